# SPDX-License-Identifier: GPL-3.0-or-later
"""How often clients say that they are alive: less often where they are thousands. Pure.

PING finds a peer that hangs; one that is gone is found by TCP, whatever is told here (RFC.md,
"Heartbeats").
"""

from typing import Final, NamedTuple

from server.config import Timers

PINGS: Final = 500  # a second, from all sessions together
LONGEST: Final = 20  # seconds between two PINGs, unless the operator wants more
TIMES: Final = 3  # a PING or two may be lost


class Pace(NamedTuple):
    """Heartbeat and Dead After of WELCOME, in seconds."""

    heartbeat: int
    dead_after: int


def pace(timers: Timers, sessions: int) -> Pace:
    """What to tell a client that comes when there are so many sessions."""
    crowded = min(LONGEST, -(-sessions // PINGS))
    if crowded <= timers.heartbeat:
        return Pace(timers.heartbeat, timers.dead_after)
    return Pace(crowded, max(timers.dead_after, TIMES * crowded))
