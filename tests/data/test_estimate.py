# SPDX-License-Identifier: GPL-3.0-or-later
"""What the link brought: counted in busy time only, with its lumps and its silence."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.estimate import MAX_SPREAD, UNKNOWN_SPREAD, Estimate, Measured

NEEDED = 16_000.0


def told(arrivals: list[tuple[float, int]], *, until: float, needed: float = NEEDED) -> Measured:
    """An estimate of these arrivals (seconds, bytes), as it looks at `until`."""
    estimate = Estimate(needed)
    for now, size in arrivals:
        estimate.received(size, now=now)
    measured = estimate.measured(now=until)
    assert measured is not None
    return measured


def test_nothing_is_known_before_the_first_byte() -> None:
    estimate = Estimate(NEEDED)
    assert estimate.measured(now=3) is None
    estimate.busy(now=4)
    assert estimate.measured(now=9) is None


def test_time_counts_from_the_first_byte_on() -> None:
    estimate = Estimate(NEEDED)
    estimate.busy(now=0)
    estimate.received(1000, now=50)
    estimate.received(1000, now=52)
    measured = estimate.measured(now=54)
    assert measured is not None
    assert measured.elapsed == pytest.approx(4)
    assert measured.mean == pytest.approx(500)


def test_a_steady_link_has_one_speed_and_no_spread() -> None:
    measured = told([(n / 20, 1000) for n in range(1, 601)], until=30.0)
    assert measured.mean == pytest.approx(20_000, rel=0.01)
    assert measured.fast == pytest.approx(20_000, rel=0.05)
    assert measured.steady == pytest.approx(20_000, rel=0.05)
    assert measured.spread < 0.05
    assert (measured.silent, measured.short) == (0, 0)


def test_a_lump_lifts_the_fast_average_more_than_the_mean() -> None:
    steady = [(float(n), 16_000) for n in range(20)]
    before, after = told(steady, until=20.0), told([*steady, (20.0, 64_000)], until=20.0)
    assert after.mean / before.mean == pytest.approx(1.2)
    assert after.fast / before.fast > 3
    assert before.steady < after.steady < after.fast


def test_the_averages_are_true_from_the_first_second_on() -> None:
    measured = told([(0.0, 0), *((n / 100, 100) for n in range(1, 51))], until=0.5)
    assert measured.fast == pytest.approx(10_000, rel=0.02)
    assert measured.steady == pytest.approx(10_000, rel=0.02)


def test_silence_and_shortage_are_shares_of_whole_seconds() -> None:
    sizes = [16_000, 0, 8_000, 1_000]  # a second each: enough, silent, short, silent
    measured = told([(n + 0.5, size) for n, size in enumerate(sizes)], until=4.6)
    assert measured.silent == pytest.approx(0.5)
    assert measured.short == pytest.approx(0.75)


def test_a_long_silence_is_many_samples() -> None:
    measured = told([(0.0, 16_000)], until=10.5)
    assert measured.silent == pytest.approx(0.9)
    assert measured.spread == MAX_SPREAD
    assert measured.wander == 1.0  # two samples, all in the first


def test_the_spread_is_unknown_before_two_samples_and_has_a_bound() -> None:
    assert told([(0.0, 99)], until=1.9).spread == UNKNOWN_SPREAD
    assert told([(0.0, 99)], until=1000.0).spread == MAX_SPREAD
    # A silent link that brought nothing in its whole seconds is as uncertain as can be.
    assert told([(0.0, 0), (5.1, 9)], until=5.2).spread == MAX_SPREAD


def test_a_jump_is_seen_before_its_first_second_is_over() -> None:
    arrivals = [(n / 20, 500 if n < 160 else 3000) for n in range(180)]

    def spread(until: float) -> float:
        return told([(now, size) for now, size in arrivals if now <= until], until=until).spread

    assert spread(8.24) < 0.05  # still too little to go by
    assert spread(8.26) > 0.5
    assert spread(8.99) == pytest.approx(spread(9.0), rel=0.05)


def test_the_wander_knows_no_lumps_of_a_second() -> None:
    lumps = [(n * 2.0, 32_000) for n in range(16)]
    measured = told(lumps, until=31.9)
    assert measured.spread == pytest.approx(1.0, abs=0.05)
    assert measured.wander == 0.0
    slow = [(float(n), 16_000 if n < 16 else 8_000) for n in range(32)]
    assert told(slow, until=31.9).wander == pytest.approx(1 / 3, rel=0.1)


def test_time_in_which_the_server_may_not_send_is_left_out() -> None:
    estimate, steady = Estimate(NEEDED), Estimate(NEEDED)
    for n in range(80):
        estimate.received(500, now=n / 20)
        steady.received(500, now=n / 20)
    estimate.idle(now=4.0)
    assert estimate.measured(now=60.0) == steady.measured(now=4.0)
    estimate.busy(now=100.0)
    estimate.received(500, now=100.5)
    steady.received(500, now=4.5)
    later, same = estimate.measured(now=101.0), steady.measured(now=5.0)
    assert later is not None
    assert same is not None
    assert later.mean == pytest.approx(same.mean)
    assert later.fast == pytest.approx(same.fast)
    assert later.spread == pytest.approx(same.spread)


def test_a_clock_that_goes_back_does_no_harm() -> None:
    estimate = Estimate(NEEDED)
    estimate.received(1000, now=5.0)
    estimate.received(1000, now=4.0)
    measured = estimate.measured(now=6.0)
    assert measured is not None
    assert measured.elapsed == pytest.approx(1.0)


def test_memory_is_bounded() -> None:
    estimate = Estimate(NEEDED)

    def held() -> int:
        return sum(sys.getsizeof(value) for value in vars(estimate).values())

    estimate.received(1000, now=0.0)
    before = held()
    for n in range(20_000):
        estimate.received(1000, now=n / 100)
    assert held() <= before + 100


@given(
    st.lists(st.tuples(st.floats(0, 3), st.integers(0, 100_000)), min_size=1, max_size=60),
    st.floats(0, 50),
)
def test_how_often_one_asks_does_not_matter(gaps: list[tuple[float, int]], rest: float) -> None:
    asked, unasked, now = Estimate(NEEDED), Estimate(NEEDED), 0.0
    for gap, size in gaps:
        asked.measured(now=now + gap / 2)
        now += gap
        asked.received(size, now=now)
        unasked.received(size, now=now)
    one, other = asked.measured(now=now + rest), unasked.measured(now=now + rest)
    assert one is not None
    assert other is not None
    assert one.elapsed == pytest.approx(other.elapsed)
    assert one.mean == pytest.approx(other.mean)
    assert one.fast == pytest.approx(other.fast, abs=1e-6)
