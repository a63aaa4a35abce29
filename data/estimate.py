# SPDX-License-Identifier: GPL-3.0-or-later
"""What the link has brought so far: mean, recent speed, spread and silence, in bounded memory.

Only time in which the server was free to send counts; while no credit is open, silence says nothing
about the link. Retransmissions arrive in lumps that look like speed, so the mean since the first
byte stands beside the recent averages.
"""

from dataclasses import dataclass
from math import exp, sqrt

SAMPLE = 1.0  # seconds of busy time that make one sample
LONG_SAMPLE = 4.0  # seconds of a long one, in which packets and lumps count for less
PART = 0.25  # seconds of the sample under way from which on it counts for the spread
FAST = 1.5  # seconds, time constant of the recent average
STEADY = 6.0  # seconds, time constant of the less recent one
SHORTEST = 0.1  # seconds; over less than this no speed is taken
SILENT = 0.1  # a sample with less than this share of the song's need is silence
SHORT = 1.0  # a sample with less than this share of it is too little
UNKNOWN_SPREAD = 0.5  # before there are two samples
MAX_SPREAD = 3.0


@dataclass(frozen=True, slots=True)
class Measured:
    """The link at one moment.

    Attributes:
        elapsed: busy seconds since the first byte.
        mean: bytes per second since then.
        fast: bytes per second, averaged over the last second or two.
        steady: bytes per second, averaged over the last half dozen seconds.
        spread: standard deviation over mean of the samples.
        wander: the same of the long ones.
        silent: share of samples in which next to nothing came.
        short: share of samples that brought less than is played in that time.
    """

    elapsed: float
    mean: float
    fast: float
    steady: float
    spread: float
    wander: float
    silent: float
    short: float


class _Average:
    """An exponential average of a flow, unbiased from its first second on."""

    def __init__(self, span: float) -> None:
        self._span = span
        self._size = 0.0

    def pass_time(self, seconds: float) -> None:
        self._size *= exp(-seconds / self._span)

    def add(self, size: int) -> None:
        self._size += size

    def rate(self, elapsed: float) -> float:
        return self._size / (self._span * (1 - exp(-max(elapsed, SHORTEST) / self._span)))


class _Samples:
    """What came in stretches of one length, in a few sums."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.count = 0
        self.under_way = 0  # bytes of the sample that is not over
        self._sum = 0.0
        self._squares = 0.0

    def end(self, elapsed: float) -> tuple[int, int]:
        """End those that are over; how many, and the bytes of the first, the others being empty."""
        whole, size = int(elapsed / self.seconds) - self.count, self.under_way
        if whole > 0:
            self.count += whole
            self._sum += size
            self._squares += size * size
            self.under_way = 0
        return whole, size

    def spread(self, part: float = 0.0) -> float:
        """Standard deviation over mean; `part`: seconds of the one under way, 0 to leave it out."""
        if self.count < 2:
            return UNKNOWN_SPREAD
        count, total, squares = float(self.count), self._sum, self._squares
        if part:
            share = part / self.seconds
            count, total = count + share, total + self.under_way
            squares += self.under_way * self.under_way / share
        mean = total / count
        variance = max(0.0, squares / count - mean * mean)
        return min(MAX_SPREAD, sqrt(variance) / mean) if mean > 0 else MAX_SPREAD


class Estimate:
    """Counts arrivals by the clock it is told; `now` in seconds, never going back."""

    def __init__(self, needed: float) -> None:
        """`needed`: bytes per second that the song consumes, against which silence is told."""
        self._needed = needed
        self._last: float | None = None  # busy since then at least; None while idle
        self._has_begun = False  # the first byte has arrived
        self._elapsed = 0.0
        self._size = 0
        self._fast = _Average(FAST)
        self._steady = _Average(STEADY)
        self._samples = _Samples(SAMPLE)
        self._long = _Samples(LONG_SAMPLE)
        self._silent = 0  # samples
        self._short = 0

    def busy(self, *, now: float) -> None:
        """From here on, the server may send."""
        if self._last is None:
            self._last = now

    def idle(self, *, now: float) -> None:
        """From here on, the server has nothing to send."""
        self._pass_time(now)
        self._last = None

    def received(self, size: int, *, now: float) -> None:
        """`size` bytes have arrived."""
        self.busy(now=now)
        self._pass_time(now)
        self._has_begun = True
        self._size += size
        self._samples.under_way += size
        self._long.under_way += size
        self._fast.add(size)
        self._steady.add(size)

    def measured(self, *, now: float) -> Measured | None:
        """The link as it looks now; None before the first byte."""
        self._pass_time(now)
        if not self._has_begun:
            return None
        part = self._elapsed - self._samples.count * SAMPLE
        count = max(self._samples.count, 1)
        return Measured(
            elapsed=self._elapsed,
            mean=self._size / max(self._elapsed, SHORTEST),
            fast=self._fast.rate(self._elapsed),
            steady=self._steady.rate(self._elapsed),
            spread=self._samples.spread(part if part >= PART else 0.0),
            wander=self._long.spread(),
            silent=self._silent / count,
            short=self._short / count,
        )

    def _pass_time(self, now: float) -> None:
        if self._last is None:
            return
        seconds, self._last = max(0.0, now - self._last), max(now, self._last)
        if not self._has_begun:
            return
        self._fast.pass_time(seconds)
        self._steady.pass_time(seconds)
        self._elapsed += seconds
        self._long.end(self._elapsed)
        whole, size = self._samples.end(self._elapsed)
        if whole > 0:
            self._silent += (size < SILENT * self._needed * SAMPLE) + whole - 1
            self._short += (size < SHORT * self._needed * SAMPLE) + whole - 1
