# SPDX-License-Identifier: GPL-3.0-or-later
"""How a kernel is to look for a peer that is gone, or cut off (RFC.md, "Heartbeats")."""

from typing import Final, NamedTuple

# From <linux/tcp.h>; Python has no names for them, and an older kernel, or another, none of them.
TCP_THIN_LINEAR_TIMEOUTS: Final = 16
TCP_RTO_MAX_MS: Final = 44  # since Linux 6.15
LONGEST_RTO: Final = 1000  # milliseconds; a mended link is found so long after it was mended


class Probes(NamedTuple):
    """What a silent connection is asked for; seconds, and how often."""

    idle: int
    interval: int
    times: int


def probes(dead_after: int) -> Probes:
    """Keepalive that finds a cut connection on which nobody says anything within `dead_after` s."""
    idle = max(1, dead_after // 3)
    # Linux looks at its user timeout only when it sends the next probe.
    interval = max(1, dead_after // 9)
    return Probes(idle, interval, max(1, (dead_after - idle) // interval))
