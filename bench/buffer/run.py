# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets every rule play every drawn song, with progress on standard error."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.buffer.listener import Outcome, Stage
from bench.buffer.players import ORACLE, PLAYERS
from bench.buffer.results import Result
from bench.buffer.traces import Trace
from bench.buffer.workload import WORKLOADS, draw

PROGRESS_EVERY = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """What to simulate.

    Attributes:
        traces: the links.
        plays: how many plays of each workload.
        seed: of the drawing.
    """

    traces: Sequence[Trace]
    plays: int
    seed: int


def run(plan: Plan) -> Iterator[Result]:
    """Every rule on every play; the same results for the same plan."""
    told = time.monotonic()
    for at, workload in enumerate(WORKLOADS):
        for number in range(plan.plays):
            stage = Stage(draw(plan.traces, workload, seed=plan.seed, number=number))
            for rule, make in PLAYERS.items():
                yield _result(workload, rule, stage, stage.listen(make(stage.play.song)))
            yield _result(workload, ORACLE, stage, Outcome(stage.lateness.oracle, 0, 0.0))
            if time.monotonic() - told > PROGRESS_EVERY or number + 1 == plan.plays:
                told = time.monotonic()
                done = (at * plan.plays + number + 1) / (len(WORKLOADS) * plan.plays)
                print(f"\r{workload}: {100 * done:3.0f} %", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def _result(workload: str, rule: str, stage: Stage, outcome: Outcome) -> Result:
    play = stage.play
    return Result(
        workload=workload,
        rule=rule,
        trace=f"{play.trace.set}/{play.trace.name}",
        kbps=play.kbps,
        duration=play.song.duration,
        oracle=stage.lateness.oracle,
        start=outcome.start,
        stalls=outcome.stalls,
        stalled=outcome.stalled,
    )
