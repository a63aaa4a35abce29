# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the latest song, and how a `wait` for it ends. Pure.

A `wait` is under way in the state AWAITED and in no other: so it cannot outlive what it waits for.
"""

from enum import Enum, auto
from typing import Final

from common.table import Table, row


class Outcome(Enum):
    """Of the latest song."""

    NONE = auto()  # there is none, or it was stopped
    ON = auto()
    AWAITED = auto()  # it is on, and a `wait` for its end is under way
    HEARD = auto()
    FAILED = auto()


class Happening(Enum):
    """What can happen to it, or be asked about it."""

    ACCEPTED = auto()  # a later song takes its place
    STOPPED = auto()
    HEARD = auto()  # to its end
    BROKE = auto()
    WAIT = auto()
    TIME_UP = auto()  # a `wait` with a number of seconds has lasted so long
    GIVE_UP = auto()  # a `wait` has lasted too long
    CUT = auto()  # the engine has ended, and the sound with it


class Waiting(Enum):
    """What that means for a `wait`, the one under way or the one that is asked for."""

    AS_IT_WAS = auto()
    SUCCEEDS = auto()
    FAILS = auto()
    REFUSED = auto()  # there is nothing to wait for


_KEPT: Final = Waiting.AS_IT_WAS
_GOOD: Final = Waiting.SUCCEEDS
_BAD: Final = Waiting.FAILS
_NONE, _ON, _AWAITED, _HEARD, _FAILED = Outcome

# fmt: off
TABLE: Final = Table(Outcome, Happening, {
    # From NONE, ON, AWAITED, HEARD, FAILED:
    **row(Happening.ACCEPTED, Outcome, (
        (_ON, _KEPT), (_ON, _KEPT), (_AWAITED, _KEPT), (_ON, _KEPT), (_ON, _KEPT))),
    **row(Happening.STOPPED, Outcome, (
        (_NONE, _KEPT), (_NONE, _KEPT), (_NONE, _BAD), (_NONE, _KEPT), (_NONE, _KEPT))),
    **row(Happening.HEARD, Outcome, (
        (_NONE, _KEPT), (_HEARD, _KEPT), (_HEARD, _GOOD), (_HEARD, _KEPT), (_FAILED, _KEPT))),
    **row(Happening.BROKE, Outcome, (
        (_NONE, _KEPT), (_FAILED, _KEPT), (_FAILED, _BAD), (_HEARD, _KEPT), (_FAILED, _KEPT))),
    **row(Happening.WAIT, Outcome, (
        (_NONE, Waiting.REFUSED), (_AWAITED, _KEPT), (_AWAITED, _KEPT),
        (_HEARD, _GOOD), (_FAILED, _BAD))),
    **row(Happening.TIME_UP, Outcome, (
        (_NONE, _KEPT), (_ON, _KEPT), (_ON, _GOOD), (_HEARD, _KEPT), (_FAILED, _KEPT))),
    **row(Happening.GIVE_UP, Outcome, (
        (_NONE, _KEPT), (_ON, _KEPT), (_ON, _BAD), (_HEARD, _KEPT), (_FAILED, _KEPT))),
    **row(Happening.CUT, Outcome, (
        (_NONE, _KEPT), (_NONE, _KEPT), (_NONE, _BAD), (_HEARD, _KEPT), (_FAILED, _KEPT))),
})
# fmt: on
