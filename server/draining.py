# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server ends: what its signals ask for, and who may still listen while it drains.

Pure; `server.shutdown` carries it out, `server.service` asks it (RFC.md, "Draining").
"""

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from common.table import Table, row
from control.session_messages import Drain

SIGNALS_APART: Final = 0.5  # seconds; a shell may send one Ctrl-C to a group twice
STOPPING: Final = "the server is about to stop; try again in a moment"
STOPPED: Final = "what is left comes from the next one"


class Mode(Enum):
    """How far the end has come."""

    SERVING = auto()
    DRAINING = auto()
    LEAVING = auto()  # everybody is told BYE
    OVER = auto()


class Asked(Enum):
    """What brings it on."""

    KINDLY = auto()  # SIGTERM
    NOW = auto()  # SIGINT
    EMPTY = auto()  # nobody listens any more, or the time is up


class Step(Enum):
    """What to do on the way."""

    NOTHING = auto()
    DRAIN = auto()
    LEAVE = auto()
    EXIT = auto()  # without a further word


def _table() -> Table[Mode, Asked, Step]:
    m, a, s = Mode, Asked, Step
    drain, leave, out = (m.DRAINING, s.DRAIN), (m.LEAVING, s.LEAVE), (m.OVER, s.EXIT)
    waits, over = (m.LEAVING, s.NOTHING), (m.OVER, s.NOTHING)
    cells = {
        #                 SERVING DRAINING LEAVING OVER
        **row(a.KINDLY, m, (drain, leave, out, over)),
        **row(a.NOW, m, (leave, leave, out, over)),
        **row(a.EMPTY, m, (leave, leave, waits, over)),
    }
    return Table(m, a, cells)


TABLE: Final = _table()


class Ending:
    """What was asked for so far.

    Attributes:
        mode: how far the end has come.
        drains: whether there is time for it, when the end comes kindly.
    """

    def __init__(self, *, drains: bool, has_parent: bool = False) -> None:
        """The server serves.

        `has_parent`: it is one of several workers. Their parent asks for a faster end with a harder
        signal; the same one once more is from a service manager, which tells every process.
        """
        self.mode = Mode.SERVING
        self.drains = drains
        self._has_parent = has_parent
        self._signalled_at = -math.inf

    def signalled(self, asked: Asked, *, now: float) -> Step:
        """A signal has come; one right behind another is no second thought, unless it is harder."""
        if self._has_parent and asked is Asked.KINDLY and self.mode is not Mode.SERVING:
            return Step.NOTHING
        apart = now - self._signalled_at > SIGNALS_APART
        if not apart and not (self.mode is Mode.DRAINING and asked is Asked.NOW):
            return Step.NOTHING
        self._signalled_at = now
        return self.happens(asked if self.drains else Asked.NOW)

    def happens(self, asked: Asked) -> Step:
        """Something brings the end on."""
        self.mode, step = TABLE.step(self.mode, asked)
        return step


@dataclass(frozen=True, slots=True)
class Draining:
    """A drain that has begun; times in seconds on the server's clock."""

    until: float

    def is_over(self, *, now: float) -> bool:
        """Whether everybody has to go."""
        return now >= self.until

    def notice(self, *, now: float) -> Drain:
        """The DRAIN to send now."""
        return Drain(min(max(0, math.ceil(self.until - now)), 0xFFFF))


class Farewell(Enum):
    """What becomes of a session while the server drains."""

    STAY = auto()
    BYE = auto()
    FORGET = auto()  # there is nobody to say BYE to, and nobody can come back


# (whether it has its control connection, may still receive something, the time is up)
_FAREWELLS: Final = {
    (True, True, False): Farewell.STAY,
    (True, True, True): Farewell.BYE,
    (True, False, False): Farewell.BYE,
    (True, False, True): Farewell.BYE,
    (False, True, False): Farewell.STAY,
    (False, True, True): Farewell.FORGET,
    (False, False, False): Farewell.FORGET,
    (False, False, True): Farewell.FORGET,
}


def farewell(
    *, has_control: bool, has_data: bool, is_sending: bool, has_unsent: bool, is_over: bool
) -> Farewell:
    """What becomes of a session that has these connections.

    `is_sending`: its newest stream has not ended; `has_unsent`: bytes wait on their way to it;
    `is_over`: the time is up.
    """
    # While nobody listens, who has lost both connections cannot come back for the rest.
    receives = (is_sending or has_unsent) and (has_control or has_data)
    return _FAREWELLS[has_control, receives, is_over]
