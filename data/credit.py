# SPDX-License-Identifier: GPL-3.0-or-later
"""How much credit the client grants, and when (RFC.md, "Credit")."""

from dataclasses import dataclass

from common.constants import FIRST_WINDOW, MIN_WINDOW

WINDOW_SECONDS = 1.0  # what the link carries in this time may be in flight
MAX_WINDOW = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Need:
    """What the decision depends on; audio offsets in bytes."""

    received: int  # the next byte to arrive
    limit: int  # granted so far
    wanted: int  # as far as the buffer may be filled now
    total: int
    step: int  # bytes that are worth a grant when the buffer is full
    rate: float | None  # bytes per second that the link carries
    played: int | None = None  # the next byte to be played; keeps `step` below the buffer's size
    filling: bool = False  # nothing is played meanwhile, so `wanted` stands still


def window(rate: float | None) -> int:
    """Bytes to keep in flight on a link of this rate (bytes per second)."""
    if rate is None:
        return FIRST_WINDOW
    return int(min(max(rate * WINDOW_SECONDS, MIN_WINDOW), MAX_WINDOW))


def next_limit(need: Need) -> int | None:
    """The limit to grant now, or None where it is not yet worth a message."""
    flight = window(need.rate)
    end = min(need.total, need.wanted)
    target = min(end, need.received + flight)
    if target <= need.limit:
        return None
    worth = min(flight // 2, need.step)
    if need.played is not None:
        # Where the song is quiet the whole buffer may be less than a step: it must not run dry.
        worth = min(worth, (need.wanted - need.played) // 4)
    # While the buffer fills, its last bytes are all that sound may be waiting for.
    is_last = target == (end if need.filling else need.total)
    return target if is_last or target - need.limit >= worth else None
