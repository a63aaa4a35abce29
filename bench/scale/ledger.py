# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bytes of a song came too late for one listener; pure, the clock is the caller's."""

from dataclasses import dataclass


@dataclass(slots=True)
class Ledger:
    """A listener that plays from the moment it holds `lead` bytes, and never waits again.

    The byte at position x of what it hears is due x / `rate` seconds after that moment, and late
    where it arrives after it is due. The clock does not stop for a stall, so one that falls behind
    goes on being late until it has caught up.
    """

    rate: float  # bytes a second
    lead: int  # bytes
    received: int = 0  # bytes of sound
    late: int = 0  # of them
    start: float | None = None  # when it began to play, in seconds

    def arrived(self, size: int, *, now: float) -> None:
        """The next `size` bytes of sound are there."""
        if self.start is None:
            if self.received + size >= self.lead:
                self.start = now
        else:
            self.late += min(size, self._missing(now))
        self.received += size

    def late_by(self, now: float) -> int:
        """Bytes that came late, and those that are due and are not there."""
        return self.late + self._missing(now)

    def _missing(self, now: float) -> int:
        if self.start is None:
            return 0
        return max(0, int((now - self.start) * self.rate) - self.received)
