# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection to a parent, from the attempt to its end, as a table (RFC.md, "Joining")."""

from enum import Enum, auto
from typing import Final

from common.table import Table, row


class ParentState(Enum):
    """Where a connection to a parent stands."""

    DIALLING = auto()
    JOINING = auto()  # JOIN sent
    FEEDING = auto()
    OVER = auto()


class ParentInput(Enum):
    """What can happen on it."""

    CONNECTED = auto()
    BRANCH = auto()
    CIRCLE = auto()  # BRANCH with this listener among its nodes, or of another parent
    SOUND = auto()  # SONG, DATA, SEAL
    LEAVE = auto()
    FAIL = auto()
    LOST = auto()  # not to be reached, or closed, or broken
    BROKEN = auto()  # what came was forged, or against the rules
    LATE = auto()  # nothing new in time
    UNWANTED = auto()  # another one feeds, or nobody is to


class ParentAction(Enum):
    """What to do about it."""

    NOTHING = auto()
    JOIN = auto()
    ADMIT = auto()  # from here on, this parent feeds
    TURN = auto()  # the nodes above have changed
    DELIVER = auto()
    FOLLOW = auto()  # go on with the successor, if there is a ticket for it
    GIVE_UP = auto()
    ACCUSE = auto()


def _parent_table() -> Table[ParentState, ParentInput, ParentAction]:
    s, i, a = ParentState, ParentInput, ParentAction
    dialling, over = (s.DIALLING, a.NOTHING), (s.OVER, a.NOTHING)
    joining, feeding = (s.JOINING, a.NOTHING), (s.FEEDING, a.NOTHING)
    give_up, follow = (s.OVER, a.GIVE_UP), (s.OVER, a.FOLLOW)
    accuse = (s.OVER, a.ACCUSE)
    cells = {
        #                       DIALLING  JOINING  FEEDING  OVER
        **row(i.CONNECTED, s, ((s.JOINING, a.JOIN), joining, feeding, over)),
        **row(i.BRANCH, s, (dialling, (s.FEEDING, a.ADMIT), (s.FEEDING, a.TURN), over)),
        **row(i.CIRCLE, s, (dialling, give_up, give_up, over)),
        **row(i.SOUND, s, (dialling, give_up, (s.FEEDING, a.DELIVER), over)),
        **row(i.LEAVE, s, (dialling, follow, follow, over)),
        **row(i.FAIL, s, (dialling, give_up, give_up, over)),
        **row(i.LOST, s, (give_up, give_up, give_up, over)),
        # Before BRANCH nobody knows whether a parent is there at all: another program may have the
        # port by now, and the parent is not to blame for it.
        **row(i.BROKEN, s, (give_up, give_up, accuse, over)),
        **row(i.LATE, s, (give_up, give_up, give_up, over)),
        **row(i.UNWANTED, s, (over, over, over, over)),
    }
    return Table(s, i, cells)


PARENT_TABLE: Final = _parent_table()
