# SPDX-License-Identifier: GPL-3.0-or-later
"""Who feeds this listener, and whether another one is being tried, as a table (RFC.md, "Relays").

A candidate is tried while the one before goes on feeding, so that nothing is lost by the attempt.
"""

from enum import Enum, auto
from typing import Final

from common.table import Table, row


class FeedingState(Enum):
    """Who feeds; TRYING: a candidate is dialled, or was sent JOIN."""

    OFF = auto()  # not tuned in, or not to be fed by others
    NOBODY = auto()  # placed by the server, which will say where
    NOBODY_TRYING = auto()
    SERVER = auto()
    SERVER_TRYING = auto()
    PARENT = auto()
    PARENT_TRYING = auto()


class FeedingInput(Enum):
    """What moves it."""

    TUNED = auto()  # the server feeds
    PLACED = auto()  # TUNED with PLACED
    UNTUNED = auto()
    PARENTS = auto()  # the best of them neither feeds nor is being tried
    TRIED = auto()  # the best of them is being tried
    KEPT = auto()  # the parent that feeds is the best of them, or of those that are left
    ADMITTED = auto()  # the candidate has sent BRANCH
    REFUSED = auto()  # the candidate will not do; there is another
    EXHAUSTED = auto()  # nobody is left to be tried, or PARENTS names nobody
    LOST = auto()  # the parent that fed is gone; there is another candidate
    ORPHANED = auto()  # the parent that fed is gone; there is no other candidate
    OVERDUE = auto()  # nobody has fed for too long


class FeedingAction(Enum):
    """What to do about it."""

    NOTHING = auto()
    RESET = auto()  # close everything and forget the candidates
    TRY = auto()  # dial the next candidate, instead of the one that is tried
    DROP = auto()  # the candidate
    SWITCH = auto()  # the candidate feeds from here on, instead of who did
    WAIT = auto()  # for the candidate that is tried; nobody feeds meanwhile
    ASK_SERVER = auto()  # the server feeds from here on; close everything
    DEFECT = auto()  # cannot happen


def _feeding_table() -> Table[FeedingState, FeedingInput, FeedingAction]:
    s, i, a = FeedingState, FeedingInput, FeedingAction
    tuned, placed, untuned = (s.SERVER, a.RESET), (s.NOBODY, a.RESET), (s.OFF, a.RESET)
    off, server, parent = (s.OFF, a.NOTHING), (s.SERVER, a.NOTHING), (s.PARENT, a.NOTHING)
    n_stays, s_stays, p_stays = (
        (state, a.NOTHING) for state in (s.NOBODY_TRYING, s.SERVER_TRYING, s.PARENT_TRYING)
    )
    n_tries, s_tries, p_tries = (
        (state, a.TRY) for state in (s.NOBODY_TRYING, s.SERVER_TRYING, s.PARENT_TRYING)
    )
    ask, s_drop, p_drop = (s.SERVER, a.ASK_SERVER), (s.SERVER, a.DROP), (s.PARENT, a.DROP)
    switch, wait = (s.PARENT, a.SWITCH), (s.NOBODY_TRYING, a.WAIT)
    o, n, nt, sv, st, p, _ = ((state, a.DEFECT) for state in s)
    cells = {
        #                   OFF  NOBODY  NOBODY_TRYING  SERVER  SERVER_TRYING  PARENT  PARENT_TRYING
        **row(i.TUNED, s, (tuned,) * 7),
        **row(i.PLACED, s, (placed,) * 7),
        **row(i.UNTUNED, s, (untuned,) * 7),
        **row(i.PARENTS, s, (off, n_tries, n_tries, s_tries, s_tries, p_tries, p_tries)),
        **row(i.TRIED, s, (off, n, n_stays, sv, s_stays, p, p_stays)),
        **row(i.KEPT, s, (off, n, nt, sv, st, parent, p_drop)),
        **row(i.ADMITTED, s, (o, n, switch, sv, switch, p, switch)),
        **row(i.REFUSED, s, (o, n, n_tries, sv, s_tries, p, p_tries)),
        **row(i.EXHAUSTED, s, (off, ask, ask, server, s_drop, ask, ask)),
        **row(i.LOST, s, (o, n, nt, sv, st, n_tries, wait)),
        **row(i.ORPHANED, s, (o, n, nt, sv, st, ask, wait)),
        **row(i.OVERDUE, s, (off, ask, ask, server, s_stays, parent, p_stays)),
    }
    return Table(s, i, cells)


FEEDING_TABLE: Final = _feeding_table()
