# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fit computes for all plays at once is what the real classes decide, one by one."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest

from bench.buffer import fit
from bench.buffer.generators import generated
from bench.buffer.search import search
from bench.buffer.tables import (
    GRID,
    NAMES,
    STEP,
    TICKS,
    Waits,
    group_of,
    resumption,
    vector,
    waits,
)
from bench.buffer.trial import Trial
from bench.buffer.workload import Play, draw
from data.coefficients import RESUME, START
from data.demand import Demand
from data.estimate import Estimate, Measured
from data.waiting import Situation
from data.watermark import Limits, Watermark, features, verdict

TRACES = generated(1, 3)
PLAYS = [
    draw(TRACES, "stress", seed=4, number=number, seconds=(20.0, 200.0)) for number in range(12)
]


@pytest.fixture(scope="module")
def tabled() -> list[Waits]:
    """The tables of all plays."""
    return [waits(play, "stress", Limits()) for play in PLAYS]


def situation(play: Play, now: float, estimate: Estimate, position: float = 0.0) -> Situation:
    """As the client would see it `now` seconds after the first byte."""
    size = int(play.arrivals.at(np.array([play.arrivals.first + now]))[0] + 1e-6)
    demand = Demand(play.song, position=position)
    played = play.song.total - demand.size
    return Situation(
        buffered=max(0.0, play.song.time_at(size) - position),
        held=max(0, size - played),
        demand=demand,
        complete=size >= play.song.total,
        resuming=position > 0,
        waited=now,
        measured=estimate.measured(now=now),
    )


def test_every_first_start_is_the_real_rules(tabled: Sequence[Waits]) -> None:
    rule = Watermark()
    found = Trial(tabled, Limits()).ticks(vector(START))
    for play, tick in zip(PLAYS, found.tolist(), strict=True):
        estimate, fed, ready = Estimate(play.song.mean_rate), 0, -1
        for step in range(int(TICKS[-1]) + 1):
            if step > 200 and step % GRID:
                continue
            now = STEP * step
            size = int(play.arrivals.at(np.array([play.arrivals.first + now]))[0] + 1e-6)
            if size > fed:
                estimate.received(size - fed, now=now)
                fed = size
            if step in TICKS and rule.decide(situation(play, now, estimate)).ready:
                ready = int(np.searchsorted(TICKS, step))
                break
        assert ready == tick or (ready == -1 and tick == len(TICKS) - 1)


def test_a_later_wait_has_the_real_features_and_the_real_verdict(tabled: Sequence[Waits]) -> None:
    seen = 0
    for play, wait in zip(PLAYS, tabled, strict=True):
        position = play.song.duration / 30
        moments = np.arange(8, 200, 24)
        found = resumption(wait, position, 1.0, moments)
        for row, moment in enumerate(moments.tolist()):
            now, size = moment * GRID * STEP, int(wait.sizes[moment])
            measured = Measured(*wait.measured[moment])
            real = replace(situation(play, now, Estimate(1.0), position), waited=now - 1.0)
            if real.complete or real.held == 0:
                continue
            assert size - (play.song.total - real.demand.size) == real.held
            assert found.features[row] == pytest.approx(
                [1.0, *astuple(features(real, measured))], abs=1e-4
            )
            sure = verdict(real, measured)
            assert (found.lasts[row], found.runs_dry[row]) == (sure is True, sure is False)
            seen += 1
    assert seen > 10


def test_a_trial_lives_as_the_listener_does(tabled: Sequence[Waits]) -> None:
    lived = Trial(tabled, Limits()).live(vector(START), vector(RESUME))
    assert lived.start.shape == lived.stalls.shape == (len(PLAYS),)
    for at, wait in enumerate(tabled):
        stop = wait.lateness.stop_after(float(lived.start[at]))
        assert (lived.stalls[at] > 0) == (stop is not None)
        assert lived.start[at] + lived.stalled[at] >= wait.lateness.oracle - 0.3


def test_weights_and_names_are_in_one_order() -> None:
    assert vector(START).tolist() == [getattr(START, name) for name in NAMES]
    text = fit.table("START", vector(START), fit.Odds(START.sure, START.even))
    assert text.startswith(f"START = Weights(\n    bias={START.bias:.3f},\n")
    assert text.count("=") == len(NAMES) + 3


def test_the_search_finds_a_valley() -> None:
    def cost(point: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return float(((point - [3.0, -2.0, 0.5]) ** 2 * [1, 30, 5]).sum())

    found = search(
        cost, np.zeros(3), width=0.5, generations=80, seed=1, tell=lambda _number, _best: None
    )
    assert found.center == pytest.approx([3.0, -2.0, 0.5], abs=0.01)
    assert found.best < 1e-3


def test_a_route_is_never_split() -> None:
    names = {group_of(play) for play in PLAYS}
    assert all(name.startswith("made/") for name in names)
    single = replace(PLAYS[0].trace, group=PLAYS[0].trace.set)
    assert group_of(replace(PLAYS[0], trace=single)) == f"made/{single.name}"
    assert {fit.part_of(name, 2) for name in map(str, range(20))} == {0, 1}


def test_the_program_prints_a_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert fit.main(["--plays", "4", "--generations", "2", "--parts", "2"]) == 0
    said = capsys.readouterr().out
    assert "START = Weights(" in said
    assert "RESUME = Weights(" in said
    assert fit.main(["--traces", str(tmp_path)]) == 2
    assert "there is no trace here" in capsys.readouterr().err
