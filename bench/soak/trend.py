# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether something grows: a slope through the least that there was, and what of it counts. Pure.

What is in use at a moment goes up and down with the songs and sessions of that moment; what has
leaked is there at every moment. So samples are taken together in stretches of time, and the least
of each stretch counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

WARM: Final = 0.5  # of the samples: caches and the allocator's pools fill, which is no growth
STRETCHES: Final = 10  # of what is left
LEAST: Final = 3 * STRETCHES  # samples; of fewer, the least of a stretch is what it was by chance


@dataclass(frozen=True, slots=True)
class Point:
    """A sample: `amount` of something after so many turns, which are what may leak."""

    turns: float
    amount: float


@dataclass(frozen=True, slots=True)
class Trend:
    """How an amount behaved once it was warm.

    Attributes:
        first, last: medians of the first and of the last three stretches.
        most: of all samples, those before it was warm included.
        slope: growth for each turn, Theil's and Sen's, whom single peaks do not disturb.
    """

    first: float
    last: float
    most: float
    slope: float

    @property
    def growth(self) -> float:
        """From the first three stretches to the last three."""
        return self.last - self.first


def trend(points: Sequence[Point]) -> Trend | None:
    """Of samples in the order in which they were taken; None where there are too few."""
    warm = points[round(len(points) * WARM) :]
    if len(warm) < LEAST:
        return None
    cuts = [len(warm) * number // STRETCHES for number in range(STRETCHES + 1)]
    stretches = [warm[begin:end] for begin, end in pairwise(cuts)]
    least = [
        Point(median(point.turns for point in stretch), min(point.amount for point in stretch))
        for stretch in stretches
    ]
    slopes = [
        (later.amount - earlier.amount) / (later.turns - earlier.turns)
        for at, earlier in enumerate(least)
        for later in least[at + 1 :]
        if later.turns > earlier.turns
    ]
    return Trend(
        median(point.amount for point in least[:3]),
        median(point.amount for point in least[-3:]),
        max(point.amount for point in points),
        median(slopes) if slopes else 0.0,
    )
