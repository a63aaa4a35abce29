# SPDX-License-Identifier: GPL-3.0-or-later
"""Growth is told from warming up, from peaks, and from going up and down."""

import random

import pytest

from bench.soak.command import BOUNDS
from bench.soak.trend import Point, Trend, trend


def line(*amounts: float, hours: float = 8.0) -> list[Point]:
    return [Point(at * hours / len(amounts), amount) for at, amount in enumerate(amounts)]


def test_what_is_flat_has_no_slope() -> None:
    assert trend(line(*[5.0] * 40)) == Trend(5.0, 5.0, 5.0, 0.0)


def test_what_grows_is_told_for_each_hour() -> None:
    found = trend([Point(hour / 10, 1000 + 30 * hour / 10) for hour in range(80)])
    assert found.slope == pytest.approx(30.0)
    assert found.growth == pytest.approx(30 * 8 * 0.75 * 2 / 3, rel=0.1)


def test_warming_up_is_no_growth() -> None:
    assert trend(line(*range(0, 1000, 100), *[1000.0] * 30)).slope == 0


def test_a_peak_counts_only_as_the_most() -> None:
    found = trend(line(*[5.0] * 30, 500.0, *[5.0] * 20))
    assert (found.slope, found.most) == (0.0, 500.0)


def test_going_up_and_down_is_no_growth() -> None:
    dice = random.Random(1)
    found = trend(line(*(100 + dice.uniform(-10, 10) for _ in range(200))))
    assert abs(found.slope) < 1.0


def test_few_samples_tell_nothing() -> None:
    assert trend([]) == Trend(0.0, 0.0, 0.0, 0.0)
    assert trend(line(1.0, 9.0)).slope == 0


def test_samples_at_one_and_the_same_hour_are_no_slope() -> None:
    assert trend([Point(1.0, amount) for amount in range(20)]).slope == 0


@pytest.mark.parametrize("what", list(BOUNDS))
def test_a_bound_is_broken_only_by_more_an_hour_and_more_in_all(what: str) -> None:
    bound = BOUNDS[what]
    steep, much = bound.an_hour * 1.1, bound.floor * 1.1
    assert bound.is_broken(Trend(0.0, much, much, steep))
    assert not bound.is_broken(Trend(0.0, bound.floor * 0.9, much, steep))
    assert not bound.is_broken(Trend(0.0, much, much, bound.an_hour * 0.9))
    assert not bound.is_broken(Trend(much, 0.0, much, steep))
