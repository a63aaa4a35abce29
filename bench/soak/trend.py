# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether something grows: a slope through samples, and what of it counts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

WARM: Final = 0.25  # of the samples: caches and pools fill, which is no growth


@dataclass(frozen=True, slots=True)
class Point:
    """A sample: `amount` of something after so many hours of music."""

    hours: float
    amount: float


@dataclass(frozen=True, slots=True)
class Trend:
    """How an amount behaved once it was warm.

    Attributes:
        first, last: medians of the first and of the last third.
        most: of all samples, those before it was warm included.
        slope: growth for each hour of music, Theil's and Sen's, whom single peaks do not disturb.
    """

    first: float
    last: float
    most: float
    slope: float

    @property
    def growth(self) -> float:
        """From the first third to the last."""
        return self.last - self.first


def trend(points: Sequence[Point]) -> Trend:
    """Of samples in the order in which they were taken; all 0 where there are too few."""
    warm = points[round(len(points) * WARM) :]
    third = len(warm) // 3
    if not third:
        return Trend(0.0, 0.0, max((point.amount for point in points), default=0.0), 0.0)
    slopes = [
        (later.amount - earlier.amount) / (later.hours - earlier.hours)
        for at, earlier in enumerate(warm)
        for later in warm[at + 1 :]
        if later.hours > earlier.hours
    ]
    return Trend(
        median(point.amount for point in warm[:third]),
        median(point.amount for point in warm[-third:]),
        max(point.amount for point in points),
        median(slopes) if slopes else 0.0,
    )
