# SPDX-License-Identifier: GPL-3.0-or-later
"""How much the server sends, in streams: bytes that have passed its link, looked at each second."""

import threading
import time
from collections.abc import Callable
from typing import Final

PERIOD: Final = 1.0  # seconds between two looks
WINDOW: Final = 10.0  # seconds over which the most is found


class Uplink:
    """Watches from its start to its end."""

    def __init__(self, passed: Callable[[], int], *, rate: float) -> None:
        """`passed`: bytes so far; `rate`: bytes per second of one stream."""
        self._passed = passed
        self._rate = rate
        self.found: list[tuple[float, int]] = [(time.monotonic(), passed())]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no more."""
        self._stop.set()
        self._thread.join()

    def mean(self, since: float) -> float:
        """Streams on average from `since` on."""
        return streams([found for found in self.found if found[0] >= since], rate=self._rate)

    def most(self, since: float) -> float:
        """Streams in the worst WINDOW from `since` on."""
        return most_streams([found for found in self.found if found[0] >= since], rate=self._rate)

    def _watch(self) -> None:
        while not self._stop.wait(PERIOD):
            self.found.append((time.monotonic(), self._passed()))


def streams(found: list[tuple[float, int]], *, rate: float) -> float:
    """Between the first and the last of (time, bytes so far); 0 where there are not two."""
    if len(found) < 2:
        return 0.0
    (began, first), (ended, last) = found[0], found[-1]
    return (last - first) / (ended - began) / rate


def most_streams(found: list[tuple[float, int]], *, rate: float) -> float:
    """The most over any WINDOW of (time, bytes so far); 0 where they do not last as long."""
    worst, first = 0.0, 0
    for last, (at, _) in enumerate(found):
        while first < last and at - found[first + 1][0] >= WINDOW:
            first += 1
        if at - found[first][0] >= WINDOW:
            worst = max(worst, streams(found[first : last + 1], rate=rate))
    return worst
