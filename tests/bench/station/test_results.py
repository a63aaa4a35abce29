# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a run is bad."""

from dataclasses import replace
from typing import Any

import pytest

from bench.station.results import Figures

GOOD = Figures(
    listeners=40,
    heard_seconds=12_000.0,
    killed=75,
    gaps=0,
    short_gaps=1,
    longest_gap=0.01,
    wrong_frames=0,
    server_streams=2.2,
    most_streams=2.9,
    liars=3,
    liars_heard=2,
    liars_cut=2,
    innocents_cut=0,
    depth=5,
    lag=7.0,
    hiccups=3,
    troubles=(),
)


def test_a_good_run_is_not_bad() -> None:
    assert not GOOD.is_bad(streams=3)


@pytest.mark.parametrize(
    "changes",
    [
        {"gaps": 1},
        {"wrong_frames": 1},
        {"server_streams": 3.0},
        {"liars_cut": 1},
        {"innocents_cut": 1},
        {"troubles": ("listener 3 ended with 1",)},
    ],
)
def test_each_fault_makes_it_bad(changes: dict[str, Any]) -> None:
    assert replace(GOOD, **changes).is_bad(streams=3)
