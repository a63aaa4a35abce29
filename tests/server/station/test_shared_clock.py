# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared time follows another clock and does not jump."""

from hypothesis import given
from hypothesis import strategies as st

from server.station.shared_clock import SLEW, STEP_US, RoundTrip, SharedClock

HOUR = 3_600_000_000


def trip(sent_us: int, lasted_us: int, offset_us: int) -> RoundTrip:
    middle = sent_us + lasted_us // 2
    return RoundTrip(sent_us, sent_us + lasted_us, middle + offset_us)


def test_before_anything_is_learnt_the_time_is_that_of_here() -> None:
    assert SharedClock(500).now_us(1000) == 1500


def test_the_first_answer_is_taken_as_it_is() -> None:
    clock = SharedClock(0)
    assert not clock.learn([trip(1000, 10, HOUR)], 1010)
    assert clock.now_us(1010) == 1010 + HOUR


def test_the_quickest_answer_counts() -> None:
    clock = SharedClock(0)
    clock.learn([trip(0, 4000, 7), trip(5000, 100, 40), trip(6000, 3000, 9)], 9000)
    assert clock.now_us(9000) == 9040


def test_it_comes_closer_step_by_step_and_stays_there() -> None:
    clock = SharedClock(0)
    clock.learn([trip(0, 2, 0)], 0)
    assert not clock.learn([trip(0, 2, 1000)], 0)
    assert clock.now_us(0) == 0
    assert clock.now_us(100 * SLEW) == 100 * SLEW + 100
    assert clock.now_us(1000 * SLEW) == clock.now_us(1000 * SLEW - 1) + 1 + 1
    assert clock.now_us(5000 * SLEW) == 5000 * SLEW + 1000


def test_a_clock_that_was_set_is_followed_at_once() -> None:
    clock = SharedClock(0)
    clock.learn([trip(0, 2, 0)], 0)
    assert clock.learn([trip(0, 2, -HOUR)], 100)
    assert clock.now_us(100) == 100 - HOUR


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(-STEP_US // 4, STEP_US // 4))),
    st.integers(1, 10**5),
)
def test_it_never_goes_back(learnt: list[tuple[int, int]], stride: int) -> None:
    clock, here = SharedClock(0), 0
    clock.learn([trip(0, 2, 0)], 0)
    latest = clock.now_us(0)
    for wait, offset in learnt:
        for _ in range(3):
            here += stride
            assert clock.now_us(here) > latest
            latest = clock.now_us(here)
        here += wait
        clock.learn([trip(here, 2, offset)], here)
        assert clock.now_us(here) >= latest
        latest = clock.now_us(here)
