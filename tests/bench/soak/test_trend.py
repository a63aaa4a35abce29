# SPDX-License-Identifier: GPL-3.0-or-later
"""Growth is told from warming up, from peaks, and from going up and down."""

import random
from collections.abc import Callable

import pytest

from bench.soak.command import BOUNDS, Bound
from bench.soak.trend import LEAST, Point, Trend, trend

A_SECOND = 16  # turns; thirty hours of music in three minutes, as one client plays it
SAMPLES = 170


def line(*amounts: float) -> list[Point]:
    return [Point(at * A_SECOND, amount) for at, amount in enumerate(amounts)]


def found(*amounts: float) -> Trend:
    it = trend(line(*amounts))
    assert it is not None
    return it


def noisy(amount: Callable[[int], float], noise: float) -> Trend:
    """What is in use besides comes and goes, and now and then there is little of it."""
    dice = random.Random(1)
    return found(*(amount(at * A_SECOND) + dice.uniform(0, noise) for at in range(SAMPLES)))


def test_what_is_flat_has_no_slope() -> None:
    assert found(*[5.0] * 60) == Trend(5.0, 5.0, 5.0, 0.0)


def test_what_grows_is_told_for_each_turn() -> None:
    it = found(*(1000 + 0.5 * at * A_SECOND for at in range(100)))
    assert it.slope == pytest.approx(0.5)
    assert it.growth == pytest.approx(0.5 * A_SECOND * 50 * 0.7)


def test_warming_up_is_no_growth() -> None:
    assert found(*range(0, 3000, 100), *[3000.0] * 30) == Trend(3000.0, 3000.0, 3000.0, 0.0)


def test_a_peak_counts_only_as_the_most() -> None:
    it = found(*[5.0] * 40, 500.0, *[5.0] * 30)
    assert (it.slope, it.growth, it.most) == (0.0, 0.0, 500.0)


def test_going_up_and_down_is_no_growth() -> None:
    assert not BOUNDS["malloc_kib"].is_broken(noisy(lambda _: 7000.0, 600.0))
    assert abs(noisy(lambda _: 7000.0, 600.0).growth) < 100


def test_a_pool_that_fills_more_and_more_slowly_is_no_growth() -> None:
    it = noisy(lambda turns: 21_000 + 1500 * turns / (turns + 600), 100.0)
    assert not BOUNDS["anon_kib"].is_broken(it)


@pytest.mark.parametrize("what", ["anon_kib", "malloc_kib"])
def test_a_kibibyte_for_each_turn_is_found_behind_the_noise(what: str) -> None:
    assert BOUNDS[what].is_broken(noisy(float, 600.0))


@pytest.mark.parametrize("what", ["objects", "blocks"])
def test_an_object_for_each_turn_is_found_behind_the_noise(what: str) -> None:
    assert BOUNDS[what].is_broken(noisy(float, 600.0))


@pytest.mark.parametrize("what", ["fds", "greenlets", "watchers", "threads"])
def test_a_descriptor_for_each_break_is_found(what: str) -> None:
    assert BOUNDS[what].is_broken(noisy(lambda turns: turns // 200, 0.0))


def test_few_samples_tell_nothing() -> None:
    assert trend([]) is None
    assert trend(line(*range(2 * LEAST - 2))) is None
    assert trend(line(*range(2 * LEAST))) is not None


def test_samples_at_one_and_the_same_turn_are_no_slope() -> None:
    it = trend([Point(1.0, amount) for amount in range(100)])
    assert it is not None
    assert it.slope == 0


def test_a_bound_is_broken_only_by_more_a_turn_and_more_in_all() -> None:
    bound = Bound(0.5, 100.0)
    assert bound.is_broken(Trend(0.0, 101.0, 101.0, 0.51))
    assert not bound.is_broken(Trend(0.0, 99.0, 101.0, 0.51))
    assert not bound.is_broken(Trend(0.0, 101.0, 101.0, 0.49))
    assert not bound.is_broken(Trend(101.0, 0.0, 101.0, 0.51))


def test_what_may_not_grow_at_all_need_not_grow_all_the_time() -> None:
    bound = Bound(0.0, 1.0)
    assert bound.is_broken(Trend(3.0, 5.0, 5.0, 0.0))
    assert not bound.is_broken(Trend(3.0, 4.0, 9.0, 0.0))
