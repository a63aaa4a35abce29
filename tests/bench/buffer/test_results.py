# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures by hand, and a bootstrap that knows its traces."""

from dataclasses import asdict, replace

import pytest

from bench.buffer.page import CLASS_HEADER, HEADER, class_rows, rows
from bench.buffer.results import (
    Result,
    bootstrap,
    by_class,
    cap60_interval,
    figures,
    gather,
)

ONE = Result("stress", "r", "t", 128, 200.0, oracle=1.0, start=2.0, stalls=0, stalled=0.0)
BAD = replace(ONE, start=1.0, stalls=2, stalled=20.0, trace="u")  # J = 71
LATE = replace(ONE, oracle=30.0, start=10.0, stalls=1, stalled=22.0, trace="v")  # J = 81


def test_figures() -> None:
    assert (ONE.excess, BAD.excess, LATE.excess) == (1.0, 60.0, 51.0)
    found = asdict(figures([ONE, BAD, LATE, ONE]))
    assert found == {
        "median_start": 2.0,
        "p95_start": pytest.approx(8.8),
        "stall_share": 0.5,
        "rebuffer": pytest.approx((20 + 22) / 200 / 4),
        "cap60": pytest.approx((1 + 60 + 51 + 1) / 4),
        "stall_free_within_15": pytest.approx(2 / 3),
    }
    assert figures([LATE]).stall_free_within_15 is None


def test_classes_by_what_the_oracle_waits() -> None:
    sizes = [len(found) for found in by_class([ONE, BAD, LATE]).values()]
    assert sizes == [0, 2, 0, 0, 1, 0]
    assert len(CLASS_HEADER) == len(sizes) + 1


def test_the_bootstrap_draws_traces_not_plays() -> None:
    one_trace = [replace(BAD, trace="t") if n % 2 else ONE for n in range(200)]
    same = cap60_interval(one_trace, seed=1)
    assert same.low == same.high == pytest.approx(30.5)
    many = [replace(one, trace=str(n)) for n, one in enumerate(one_trace)]
    wide = cap60_interval(many, seed=1)
    assert 24 < wide.low < 30.5 < wide.high < 37
    assert cap60_interval(many, seed=1) == wide
    assert cap60_interval(many, seed=2) != wide


def test_what_is_saved_is_told_with_its_interval() -> None:
    own = [replace(ONE, trace=str(n)) for n in range(50)]
    others = [replace(ONE, start=3.0 + n % 2, trace=str(n)) for n in range(50)]
    found = bootstrap(own, others, seed=1)
    assert 0.5 < found.low < 0.6 < found.high < 0.67
    assert bootstrap(own, own, seed=1).low == 0


def test_rows_are_as_wide_as_their_header() -> None:
    of = {"antiphon": [ONE, LATE], "mpv": [BAD, LATE], "oracle": [replace(ONE, start=1.0)] * 2}
    assert {len(row) for row in rows(of, 1)} == {len(HEADER)}
    assert {len(row) for row in class_rows(of)} == {len(CLASS_HEADER)}
    assert gather(one for found in of.values() for one in found)["stress"]["r"] == [
        *of["antiphon"],
        *of["mpv"],
        *of["oracle"],
    ]
