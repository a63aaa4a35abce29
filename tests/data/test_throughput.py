# SPDX-License-Identifier: GPL-3.0-or-later
"""The measured rate: of busy time only, over the last seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.throughput import SLOT, WINDOW, Throughput


def carried(rate: float, *, seconds: float, step: float, start: float = 0.0) -> Throughput:
    """A link that brings `rate` bytes per second for some seconds."""
    throughput = Throughput()
    throughput.busy(now=start)
    for n in range(1, round(seconds / step) + 1):
        throughput.received(round(rate * step), now=start + n * step)
    return throughput


def test_nothing_is_known_at_first() -> None:
    throughput = Throughput()
    assert throughput.rate(now=5) is None
    throughput.busy(now=5)
    assert throughput.rate(now=9) is None


@pytest.mark.parametrize("rate", [2_000.0, 16_000.0, 1_000_000.0])
@pytest.mark.parametrize("step", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("seconds", [1.0, 3.0, 60.0])
def test_a_steady_link(rate: float, step: float, seconds: float) -> None:
    throughput = carried(rate, seconds=seconds, step=step)
    assert throughput.rate(now=seconds) == pytest.approx(rate, rel=0.25 if seconds == 1 else 0.1)


def test_time_without_credit_says_nothing() -> None:
    throughput = carried(10_000, seconds=3, step=0.05)
    before = throughput.rate(now=3)
    throughput.idle(now=3)
    assert throughput.rate(now=1000) == before
    throughput.busy(now=1000)
    throughput.received(500, now=1000.05)
    assert throughput.rate(now=1000.05) == pytest.approx(before, rel=0.05)


def test_time_in_which_sound_is_owed_and_does_not_come_does() -> None:
    throughput = carried(10_000, seconds=3, step=0.05)
    assert throughput.rate(now=3 + WINDOW / 2) == pytest.approx(5_000, rel=0.1)
    assert throughput.rate(now=4 + WINDOW) == 0


def test_a_link_that_changes() -> None:
    throughput = carried(100_000, seconds=5, step=0.05)
    for n in range(1, 101):
        throughput.received(500, now=5 + n * 0.05)  # 10 kB/s
    assert throughput.rate(now=10) == pytest.approx(10_000, rel=0.1)


def test_one_burst_is_not_taken_for_a_rate_without_end() -> None:
    throughput = Throughput()
    throughput.received(65536, now=1)
    assert throughput.rate(now=1) == 65536 / SLOT


def test_idle_and_busy_twice_change_nothing() -> None:
    throughput = carried(10_000, seconds=3, step=0.05)
    throughput.busy(now=3)
    throughput.idle(now=3)
    throughput.idle(now=50)
    throughput.busy(now=60)
    throughput.busy(now=60)
    assert throughput.rate(now=60) == pytest.approx(10_000, rel=0.1)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["busy", "idle", "received"]),
            st.floats(0, 10),
            st.integers(1, 100_000),
        ),
        max_size=60,
    )
)
def test_any_course_of_events(steps: list[tuple[str, float, int]]) -> None:
    throughput, now, total = Throughput(), 100.0, 0
    for what, pause, size in steps:
        now += pause
        if what == "received":
            throughput.received(size, now=now)
            total += size
        elif what == "busy":
            throughput.busy(now=now)
        else:
            throughput.idle(now=now)
        rate = throughput.rate(now=now)
        assert (rate is None) is (total == 0)
        assert 0 <= (rate or 0) <= total / SLOT
