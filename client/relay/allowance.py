# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a relay may send to all its children together, as its user has said."""

from collections import deque
from typing import Final

from common.constants import MAX_STRETCH

BURST: Final = 1.0  # seconds of the rate that may be saved up
LEAST_BURST: Final = 2 * MAX_STRETCH  # bytes; a stretch must fit at any rate
SPAN: Final = 5.0  # seconds over which what was sent is averaged for the status


class Allowance:
    """A bucket of bytes, and a meter.

    What is new goes out whatever the bucket holds, and leaves a debt: nobody is admitted whose
    share would not fit, so the debt is paid. What is old waits until there is something to spend.
    """

    def __init__(self, rate: int, *, now: float) -> None:
        """`rate` in bytes per second; 0 for no bound."""
        self._rate = rate
        self._most = max(BURST * rate, LEAST_BURST)
        self._left = self._most
        self._at = now
        self._sent: deque[tuple[float, int]] = deque()  # of the last SPAN seconds

    def may_hurry(self, *, now: float) -> bool:
        """Whether there is something to spend on what is old."""
        self._fill(now)
        return self._rate == 0 or self._left > 0

    @property
    def hurry_at(self) -> float | None:
        """When there will be; None where there was, when it was looked at last."""
        if self._rate == 0 or self._left > 0:
            return None
        return self._at + (1 - self._left) / self._rate

    def is_choked(self, *, now: float) -> bool:
        """Whether the debt is so large that sound would come late."""
        self._fill(now)
        return self._rate > 0 and self._left < -self._most

    def bears(self, children: int, each: float) -> bool:
        """Whether so many `children` of `each` so many bytes per second fit."""
        return self._rate == 0 or children * each <= self._rate

    def spend(self, count: int, *, now: float) -> None:
        """So many bytes are sent."""
        self._fill(now)
        self._left -= count
        self._sent.append((now, count))

    def forgive(self) -> None:
        """Who made the debt is gone."""
        self._left = max(self._left, 0.0)

    def sending(self, *, now: float) -> float:
        """Bytes per second, over the last seconds."""
        while self._sent and self._sent[0][0] <= now - SPAN:
            self._sent.popleft()
        return sum(count for _, count in self._sent) / SPAN

    def _fill(self, now: float) -> None:
        self._left = min(self._most, self._left + max(0.0, now - self._at) * self._rate)
        self._at = max(self._at, now)
