# SPDX-License-Identifier: GPL-3.0-or-later
"""How long things took, in buckets as Prometheus has them. Pure."""

from bisect import bisect_left
from collections.abc import Sequence


class Histogram:
    """How many durations were how long.

    Attributes:
        bounds: upper ends of the buckets, in seconds, both rising and included.
        counts: durations in each bucket, and last those above all bounds.
        total: of all durations, in seconds.
    """

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        """Nothing was observed yet."""
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        """(upper end, durations up to it) for each bucket, "+Inf" last, as Prometheus has it."""
        names = [*map(str, self.bounds), "+Inf"]
        found: list[tuple[str, float]] = []
        count = 0
        for name, more in zip(names, self.counts, strict=True):
            count += more
            found.append((name, count))
        return found
