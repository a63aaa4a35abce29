# SPDX-License-Identifier: GPL-3.0-or-later
"""How often clients say that they are alive: less often where they are thousands. Pure.

PING finds a peer that hangs; one that is gone is found by TCP, whatever is told here (RFC.md,
"Heartbeats").
"""

from typing import Final, NamedTuple

from server.config import Timers

# A session is told a second for each so many that are there when it comes. Those who came first
# keep what they were told, so of 10,000 sessions some 270 PINGs come a second.
CROWD: Final = 33
LONGEST: Final = 60  # seconds between two PINGs, unless the operator wants more
TIMES: Final = 3  # a PING or two may be lost


class Pace(NamedTuple):
    """Heartbeat and Dead After of WELCOME, in seconds."""

    heartbeat: int
    dead_after: int


def pace(timers: Timers, sessions: int) -> Pace:
    """What to tell a client that comes when there are so many sessions."""
    crowded = min(LONGEST, -(-sessions // CROWD))
    if crowded <= timers.heartbeat:
        return Pace(timers.heartbeat, timers.dead_after)
    return Pace(crowded, max(timers.dead_after, TIMES * crowded))
