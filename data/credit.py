# SPDX-License-Identifier: GPL-3.0-or-later
"""How much credit the client grants, and when (RFC.md, "Credit")."""

from dataclasses import dataclass

from common.constants import FIRST_WINDOW, MIN_WINDOW

MAX_WINDOW = 1 << 20  # bytes
USUAL_ROUND_TRIP = 0.1  # seconds, until one was measured
MARGIN = 0.05  # seconds that a look at the link takes beyond a round trip
GROWTH = 3  # times what came during a look may be in flight
PARTS = 2  # of the window, one of which is worth a grant
PARTS_TO_START = 4  # the same while sound waits: what is in flight stays closer to the window
LEAST_GRANT = MIN_WINDOW // 2  # bytes; smaller ones would make the packets smaller
KEPT = 0.8  # share of the window that a look leaves of it at least


class Flight:
    """How many bytes to keep in flight, tuned by what arrives, as TCP's receivers tune theirs.

    A look lasts a round trip and `MARGIN`, and three times what came during one may be in flight.
    So where credit is all that holds the server back, the window trebles with each look until the
    link is full. Once it is full, no more waits in it than is needed to ride out a lost packet: a
    switch, a stop and every answer have to wait behind what is in flight.

    Attributes:
        size: bytes.
    """

    def __init__(self) -> None:
        """Nothing is known of the link."""
        self.size = FIRST_WINDOW
        self._round_trip = USUAL_ROUND_TRIP
        self._is_measured = False
        self._begin: float | None = None  # of the look under way
        self._came = 0  # bytes since then

    def connected(self) -> None:
        """The link may be another one from here on."""
        self._is_measured = False

    def round_trip(self, seconds: float) -> None:
        """An answer took so long; the quickest on a connection counts."""
        if not self._is_measured or seconds < self._round_trip:
            self._is_measured, self._round_trip = True, seconds

    def arrived(self, size: int, *, now: float) -> None:
        """`size` bytes have come; `now` in seconds, never going back."""
        if self._begin is None:
            self._begin = now
        elif now - self._begin >= self._round_trip + MARGIN:
            # It takes some looks to make it much smaller: a single lull is no slower link.
            self.size = max(self._fitting(), int(self.size * KEPT))
            self._begin, self._came = now, 0
        self._came += size
        self.size = max(self.size, self._fitting())

    def _fitting(self) -> int:
        return min(max(GROWTH * self._came, MIN_WINDOW), MAX_WINDOW)


@dataclass(frozen=True, slots=True)
class Need:
    """What the decision depends on; audio offsets in bytes."""

    received: int  # the next byte to arrive
    limit: int  # granted so far
    wanted: int  # as far as the buffer may be filled now
    total: int
    step: int  # bytes that are worth a grant when the buffer is full
    flight: int  # bytes to keep in flight
    played: int | None = None  # the next byte to be played; keeps `step` below the buffer's size
    filling: bool = False  # nothing is played meanwhile, so `wanted` stands still
    is_full: bool = False  # the latest grant was of all that was wanted


def next_limit(need: Need) -> int | None:
    """The limit to grant now, or None where it is not yet worth a message."""
    end = min(need.total, need.wanted)
    target = min(end, need.received + need.flight)
    if target <= need.limit:
        return None
    part = need.flight // (PARTS_TO_START if need.filling else PARTS)
    more, worth = target - need.limit, min(max(part, LEAST_GRANT), need.step)
    if need.is_full and end < need.total and not need.filling:
        more, worth = end - need.limit, need.step
    if need.played is not None:
        # Where the song is quiet the whole buffer may be less than a step: it must not run dry.
        worth = min(worth, (need.wanted - need.played) // 4)
    # While the buffer fills, its last bytes are all that sound may be waiting for.
    is_last = target == (end if need.filling else need.total)
    return target if is_last or more >= worth else None
