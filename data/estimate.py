# SPDX-License-Identifier: GPL-3.0-or-later
"""What the link has brought so far: mean, recent speed, spread and silence, in bounded memory.

Only time in which the server was free to send counts; while no credit is open, silence says nothing
about the link. Retransmissions arrive in lumps that look like speed, so the mean since the first
byte stands beside the recent averages.
"""

from dataclasses import dataclass
from math import exp, sqrt

SAMPLE = 1.0  # seconds of busy time that make one sample
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
        silent: share of samples in which next to nothing came.
        short: share of samples that brought less than is played in that time.
    """

    elapsed: float
    mean: float
    fast: float
    steady: float
    spread: float
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
        self._sample_size = 0  # bytes in the sample under way
        self._samples = 0
        self._sum = 0.0
        self._squares = 0.0
        self._silent = 0
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
        self._sample_size += size
        self._fast.add(size)
        self._steady.add(size)

    def measured(self, *, now: float) -> Measured | None:
        """The link as it looks now; None before the first byte."""
        self._pass_time(now)
        if not self._has_begun:
            return None
        mean, samples = self._sum / max(self._samples, 1), max(self._samples, 1)
        spread = UNKNOWN_SPREAD
        if self._samples > 1:
            variance = max(0.0, self._squares / samples - mean * mean)
            spread = min(MAX_SPREAD, sqrt(variance) / mean) if mean > 0 else MAX_SPREAD
        return Measured(
            elapsed=self._elapsed,
            mean=self._size / max(self._elapsed, SHORTEST),
            fast=self._fast.rate(self._elapsed),
            steady=self._steady.rate(self._elapsed),
            spread=spread,
            silent=self._silent / samples,
            short=self._short / samples,
        )

    def _pass_time(self, now: float) -> None:
        if self._last is None:
            return
        seconds, self._last = max(0.0, now - self._last), max(now, self._last)
        if not self._has_begun:
            return
        self._fast.pass_time(seconds)
        self._steady.pass_time(seconds)
        whole = int((self._elapsed + seconds) / SAMPLE) - self._samples
        self._elapsed += seconds
        if whole > 0:
            self._sample(self._sample_size, 1)
            self._sample(0, whole - 1)
            self._sample_size = 0

    def _sample(self, size: int, times: int) -> None:
        self._samples += times
        self._sum += times * size
        self._squares += times * size * size
        self._silent += times * (size < SILENT * self._needed * SAMPLE)
        self._short += times * (size < SHORT * self._needed * SAMPLE)
