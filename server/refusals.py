# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is turned away for want of room, in the log: the first at once, then how many in a minute.

A flood comes to a line a minute for each reason, however many it is. Who is let in costs nothing.
"""

from enum import Enum
from typing import Final

from common.errors import ErrorCode
from server.deadlines import Deadlines
from server.logbook import Logbook

EVENTS = Logbook("antiphon.server")

APART: Final = 60.0  # seconds between two lines of one reason


class Refusal(Enum):
    """Why somebody is turned away, and what the operator can do about it."""

    SESSIONS = "as many listen as --max-sessions allows: raise it if this machine can bear more"
    SESSIONS_PER_ADDRESS = (
        "as many listen from one address as --max-sessions-per-address allows: raise it, or give"
        " --proxy-protocol where that address is a proxy's"
    )
    WAITING = (
        "as many connections have yet to say who they are as --max-waiting allows: raise it if"
        " those are listeners"
    )
    WAITING_PER_ADDRESS = (
        "as many connections from one address have yet to say who they are as"
        " --max-waiting-per-address allows: raise it, or give --proxy-protocol where that address"
        " is a proxy's"
    )
    HEADERS = (
        "as many connections as are borne have yet to bring a PROXY header: see that it is sent by"
        " all that --proxy-protocol names"
    )
    PASSWORDS = (
        "as many passwords are being checked as can be, in all or from one address: where nobody"
        " guesses them, more --workers check more"
    )
    DESCRIPTORS = "this process has no descriptor left: raise the limit with ulimit -n"
    DATA_PORTS = "none of --data-ports can be opened: give others, or stop the programs there"


# By what `server.sessions.Registry.open` raises.
OF_SESSIONS: Final = {
    ErrorCode.BUSY: Refusal.SESSIONS,
    ErrorCode.ADDRESS_LIMIT: Refusal.SESSIONS_PER_ADDRESS,
}


class Refusals:
    """Counts them, each reason for itself."""

    def __init__(self, deadlines: Deadlines) -> None:
        """Nobody was turned away yet; `deadlines` tells when a minute is over."""
        self._deadlines = deadlines
        self._minutes: dict[Refusal, _Minute] = {}

    def count(self, refusal: Refusal, peer: str, *, now: float) -> None:
        """Somebody was turned away, `now` on the server's clock."""
        minute = self._minutes.get(refusal)
        if minute is None or minute.until is None:
            EVENTS.warning(
                "refused", "{peer} is turned away", peer=peer, count=1, reason=refusal.value
            )
            self._minutes[refusal] = minute = _Minute(refusal, now + APART)
            self._deadlines.watch(minute)
        else:
            minute.count += 1
            minute.peer = peer


class _Minute:
    """What the log was not told yet of one reason; the next minute begins where one was not quiet.

    Attributes:
        until: its end, in seconds on the server's clock; None: the next refusal is told at once.
        count: who were turned away since the last line.
        peer: the last of them.
    """

    __slots__ = ("_refusal", "count", "peer", "until")

    def __init__(self, refusal: Refusal, until: float) -> None:
        self._refusal = refusal
        self.until: float | None = until
        self.count = 0
        self.peer = ""

    def deadline(self) -> float | None:
        """Its end."""
        return self.until

    def tick(self, *, now: float) -> None:
        """Tell of it."""
        if self.count == 0:
            self.until = None
            return
        EVENTS.warning(
            "refused",
            "{count} more were turned away, the last of them {peer}",
            peer=self.peer,
            count=self.count,
            reason=self._refusal.value,
        )
        self.count = 0
        self.until = now + APART
