# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrivals: after a round trip, as slow start and the link allow, and within credit."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.buffer.generators import KINDS
from bench.buffer.link import (
    FIRST_FLIGHT,
    SERVER_DELAY,
    Flow,
    TooShortError,
    credited,
    tcp,
    unlimited,
)
from bench.buffer.traces import trace
from common.constants import FIRST_WINDOW

FAST = 10_000_000.0  # bytes per second


def even(rate: float, *, rtt: float, seconds: float = 100.0) -> Flow:
    """A link of one rate in bytes per second."""
    return tcp(np.array([0.0, seconds]), np.array([0.0, rate * seconds]), rtt=rtt)


def test_the_first_byte_takes_a_round_trip() -> None:
    arrivals = unlimited(even(FAST, rtt=0.2), 1_000_000)
    assert arrivals.first == pytest.approx(0.2 + SERVER_DELAY)
    assert arrivals.at(np.array([0.1, 0.2])).tolist() == [0, 0]


def test_slow_start_doubles_every_round_trip() -> None:
    arrivals = unlimited(even(FAST, rtt=0.1), 2_000_000)
    first = arrivals.first
    sizes = arrivals.at(first + np.array([0.1, 0.2, 0.3])).tolist()
    assert sizes == pytest.approx([FIRST_FLIGHT * (2 ** (n + 1) - 1) for n in (1, 2, 3)], rel=0.05)


def test_a_slow_link_is_full_from_the_first_byte_on() -> None:
    arrivals = unlimited(even(20_000, rtt=0.1), 500_000)
    assert float(arrivals.times[-1]) == pytest.approx(arrivals.first + 25.0, rel=0.01)


def test_when_and_at_are_each_others_inverse() -> None:
    link = trace("t", KINDS["3g-commute"](Random(1)), of="s", group="g")
    times, passed = link.points(7.0, 6_000_000)
    arrivals = unlimited(tcp(times, passed, rtt=0.1), 3_000_000)
    sizes = np.linspace(1, 3_000_000, 500)
    assert arrivals.at(arrivals.when(sizes)) == pytest.approx(sizes, rel=1e-6, abs=1)
    assert np.all(np.diff(arrivals.when(sizes)) >= 0)


def test_a_flow_that_ends_early_is_no_arrival() -> None:
    with pytest.raises(TooShortError):
        unlimited(even(1000, rtt=0.1, seconds=10.0), 100_000)


def test_credit_takes_little_from_a_link_of_usual_speed() -> None:
    for seed in range(5):
        link = trace("t", KINDS["3g-commute"](Random(seed)), of="s", group="g")
        times, passed = link.points(0.0, 12_000_000)
        flow = tcp(times, passed, rtt=0.2)
        free, granted = unlimited(flow, 4_000_000), credited(flow, 4_000_000, rtt=0.2, step=128_000)
        assert float(granted.times[-1]) <= float(free.times[-1]) * 1.05 + 0.2


def test_a_link_far_faster_than_its_credit_stands_now_and_then() -> None:
    flow = even(FAST, rtt=0.2)
    free, granted = unlimited(flow, 4_000_000), credited(flow, 4_000_000, rtt=0.2, step=128_000)
    assert float(granted.times[-1]) > float(free.times[-1]) + 0.2
    # The first window may all come; what follows waits for the grant.
    assert granted.when(np.array([FIRST_WINDOW])) == pytest.approx(
        free.when(np.array([FIRST_WINDOW]))
    )


@settings(max_examples=40)
@given(
    st.integers(0, 1000),
    st.sampled_from(sorted(KINDS)),
    st.floats(0.01, 0.6),
    st.integers(200_000, 3_000_000),
)
def test_credit_brings_nothing_earlier_and_all_in_the_end(
    seed: int, kind: str, rtt: float, total: int
) -> None:
    link = trace("t", KINDS[kind](Random(seed)), of="s", group="g")
    times, passed = link.points(0.0, 20.0 * total + 20 * link.mean)
    flow = tcp(times, passed, rtt=rtt)
    free, granted = unlimited(flow, total), credited(flow, total, rtt=rtt, step=128_000)
    assert granted.bytes[-1] == total
    assert np.all(np.diff(granted.times) >= 0)
    assert np.all(np.diff(granted.bytes) >= -1e-6)
    sizes = np.linspace(1, total, 200)
    assert np.all(granted.when(sizes) >= free.when(sizes) - 1e-6)
