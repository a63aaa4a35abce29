# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated links of bench/README.md, as far as a simulation can have them."""

import pytest

from bench.buffer.listener import Outcome, Stage
from bench.buffer.players import OWN, PLAYERS
from tests.bench.buffer.links import CASES, case

SEEDS = range(4)


def listen(name: str, *, kbps: int, seconds: float, seed: int, rule: str = OWN) -> Outcome:
    """One play of one case."""
    stage = Stage(case(name, kbps=kbps, seconds=seconds, seed=seed))
    return stage.listen(PLAYERS[rule](stage.play.song))


@pytest.mark.parametrize("kbps", [128, 192])
@pytest.mark.parametrize("seconds", [60.0, 200.0])
@pytest.mark.parametrize("name", ["A", "B", "C", "D", "O", "W"])
def test_nothing_stops(name: str, kbps: int, seconds: float) -> None:
    for seed in SEEDS:
        assert listen(name, kbps=kbps, seconds=seconds, seed=seed).stalls == 0


@pytest.mark.parametrize("kbps", [128, 192])
@pytest.mark.parametrize("name", ["A", "B"])
def test_good_links_start_at_once(name: str, kbps: int) -> None:
    rtt, _ = CASES[name]
    for seed in SEEDS:
        assert listen(name, kbps=kbps, seconds=200.0, seed=seed).start <= 0.15 + 2 * rtt


@pytest.mark.parametrize("seconds", [60.0, 200.0])
def test_a_link_slower_than_the_song_stops_it_once_at_most(seconds: float) -> None:
    assert listen("E", kbps=192, seconds=seconds, seed=0).stalls <= 1
    assert listen("E", kbps=192, seconds=seconds, seed=0, rule="fixed-1").stalls >= 10
