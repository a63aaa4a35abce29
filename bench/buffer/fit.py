# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeks the start rule's weights on simulated plays, and prints data/coefficients.py's table.

First on each part of the routes, judged on the others; then on all of them. What is printed of the
parts says what may be hoped for on links that nobody has recorded yet.
"""

import sys
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from bench.buffer.generators import generated
from bench.buffer.search import search
from bench.buffer.tables import NAMES, STEP, TICKS, Waits, vector, waits
from bench.buffer.traces import Array, Trace, TraceError, read_traces
from bench.buffer.trial import Trial
from bench.buffer.workload import WORKLOADS, draw
from bench.command_line import CommandLine, count_up_to, existing_folder, whole_number
from bench.serving import headline
from data.coefficients import RESUME, START
from data.watermark import Limits

WIDTH = 0.3  # of the first steps, in standard deviations' worth of each feature
# After a stall there is less to learn from, so fewer weights are sought; the others stay.
SOUGHT_TO_RESUME = ("bias", "speed", "fast", "buffered", "behind", "behind_slow", "left", "waited")
# Songs that are heard from the middle on, and short ones, are what every third play is about.
SECONDS = ((180.0, 240.0), (180.0, 240.0), (15.0, 180.0))
LEAST_SCALE = 0.05  # a feature that hardly varies gets no huge weight


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and print."""
    parser = CommandLine("fit", __doc__)
    add = parser.add_argument
    count = count_up_to()
    add("--traces", type=existing_folder, metavar="DIR", help="recorded links (else: made)")
    add("--with-made", action="store_true", help="made links beside the recorded")
    add("--plays", type=count, default=1500, metavar="N", help="of each workload")
    parts = count_up_to(least=0)
    add("--parts", type=parts, default=2, metavar="N", help="to judge on; 0: none")
    add("--generations", type=count, default=60, metavar="N")
    add("--seed", type=whole_number, default=1, metavar="N")
    wanted = parser.parse_args(arguments)
    try:
        traces = read_traces(wanted.traces) if wanted.traces else generated(wanted.seed)
    except (TraceError, OSError) as error:
        print(f"bench fit: {error}", file=sys.stderr)
        return 2
    if wanted.traces and wanted.with_made:
        traces += generated(wanted.seed)
    print(headline(f"{wanted.plays} plays a workload, {len(traces)} traces", seed=wanted.seed))
    seen = gather(traces, plays=wanted.plays, seed=wanted.seed)
    for part in range(wanted.parts):
        fitted = [wait for wait in seen if part_of(wait.group, wanted.parts) != part]
        judged = [wait for wait in seen if part_of(wait.group, wanted.parts) == part]
        if fitted and judged:
            print(f"part {part + 1} of {wanted.parts}: fitted on {len(fitted)} plays, judged on")
            found = fit(fitted, generations=wanted.generations, seed=wanted.seed)
            print(Trial(judged, Limits()).told(*found), flush=True)
    print(f"all {len(seen)} plays")
    found = fit(seen, generations=wanted.generations, seed=wanted.seed)
    print(Trial(seen, Limits()).told(*found))
    odds = calibrated(seen, found[0])
    print(f"{table('START', found[0], odds)}\n\n{table('RESUME', found[1], odds)}")
    return 0


def gather(traces: Sequence[Trace], *, plays: int, seed: int) -> list[Waits]:
    """What the rule sees of every play; plays that not even the oracle can bear are kept."""
    seen: list[Waits] = []
    tell = _teller("plays", plays * len(WORKLOADS))
    for workload in WORKLOADS:
        for number in range(plays):
            seconds = SECONDS[number % len(SECONDS)]
            play = draw(traces, workload, seed=seed, number=number, seconds=seconds)
            seen.append(waits(play, workload, Limits()))
            tell(len(seen), 0.0)
    return seen


def part_of(group: str, parts: int) -> int:
    """Which part a route belongs to; the same on every run."""
    return zlib.crc32(group.encode()) % parts


def fit(seen: Sequence[Waits], *, generations: int, seed: int) -> tuple[Array, Array]:
    """The weights to start and to resume, from those in use on."""
    trial = Trial(seen, Limits())
    rows = np.concatenate([wait.start[wait.allowed] for wait in seen])
    scale = 1 / np.maximum(rows.std(axis=0), LEAST_SCALE)
    scale[0] = 1.0
    later = [NAMES.index(name) for name in SOUGHT_TO_RESUME]

    def weights(point: Array) -> tuple[Array, Array]:
        start, resume = vector(START), vector(RESUME)
        start += point[: len(NAMES)] * scale
        resume[later] += point[len(NAMES) :] * scale[later]
        return start, resume

    found = search(
        lambda point: trial.cost(*weights(point)),
        np.zeros(len(NAMES) + len(later)),
        width=WIDTH,
        generations=generations,
        seed=seed,
        tell=_teller("generation", generations),
    )
    return weights(found.center)


@dataclass(frozen=True, slots=True)
class Odds:
    """What turns a score into the log-odds of no further stall."""

    sure: float  # what the score is multiplied by
    even: float  # the log-odds of a score of 0


def calibrated(seen: Sequence[Waits], weights: Array) -> Odds:
    """How often sound that starts with a score really lasts; every play counts alike."""
    scores: list[float] = []
    lasts: list[bool] = []
    share: list[float] = []
    for wait in seen:
        rows = np.flatnonzero(wait.allowed)
        for row in rows.tolist():
            scores.append(float(wait.start[row] @ weights))
            delay = wait.first + STEP * float(TICKS[row])
            lasts.append(wait.lateness.stop_after(delay) is None)
            share.append(1 / len(rows))
    if len(set(lasts)) < 2:
        return Odds(START.sure, START.even)
    model = LogisticRegression(C=1e6)
    model.fit(np.array(scores)[:, np.newaxis], lasts, sample_weight=share)
    return Odds(float(model.coef_[0, 0]), float(model.intercept_[0]))


def table(name: str, weights: Array, odds: Odds) -> str:
    """As data/coefficients.py has it."""
    lines = [f"    {of}={value:.3f}," for of, value in zip(NAMES, weights, strict=True)]
    lines += [f"    sure={odds.sure:.3f},", f"    even={odds.even:.3f},"]
    return "\n".join([f"{name} = Weights(", *lines, ")"])


def _teller(what: str, total: int) -> Callable[[int, float], None]:
    told = time.monotonic()

    def tell(number: int, best: float) -> None:
        nonlocal told
        if time.monotonic() - told > 2:
            told = time.monotonic()
            print(f"\r{what} {number} of {total} {best:.3f}", end="", file=sys.stderr)

    return tell


if __name__ == "__main__":
    sys.exit(main())
