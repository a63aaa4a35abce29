# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the link brings sound, measured only while the server owes some.

Time in which no credit is open says nothing about the link and is left out.
"""

from collections import deque

WINDOW = 3.0  # seconds of busy time that the estimate looks back
SLOT = 0.1  # seconds; arrivals are summed up in slots, so memory is bounded


class Throughput:
    """A mean over the last `WINDOW` seconds of busy time, in bytes per second."""

    def __init__(self) -> None:
        """Nothing measured yet."""
        self._slots: deque[tuple[float, int]] = deque()  # (busy time at the slot's start, bytes)
        self._busy_before = 0.0  # seconds of busy time up to `_since`
        self._since: float | None = None
        self._first: float | None = None

    def busy(self, *, now: float) -> None:
        """From here on, the server may send."""
        if self._since is None:
            self._since = now

    def idle(self, *, now: float) -> None:
        """From here on, the server has nothing to send."""
        self._busy_before = self._busy_time(now)
        self._since = None

    def received(self, size: int, *, now: float) -> None:
        """`size` bytes have arrived."""
        self.busy(now=now)
        time = self._busy_time(now)
        if self._first is None:
            self._first = max(0.0, time - SLOT)
        if self._slots and time - self._slots[-1][0] < SLOT:
            start, before = self._slots.pop()
            self._slots.append((start, before + size))
        else:
            self._slots.append((time, size))
        while self._slots[0][0] < time - WINDOW:
            self._slots.popleft()

    def rate(self, *, now: float) -> float | None:
        """Bytes per second, or None where nothing has arrived yet."""
        if self._first is None:
            return None
        time = self._busy_time(now)
        begin = max(time - WINDOW, self._first)
        size = sum(size for start, size in self._slots if start >= begin)
        return size / max(time - begin, SLOT)

    def _busy_time(self, now: float) -> float:
        return self._busy_before + (now - self._since if self._since is not None else 0.0)
