# SPDX-License-Identifier: GPL-3.0-or-later
"""From thousands of outcomes to the figures of a rule, with how far they may be chance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.buffer.traces import Array

CAP = 60.0  # seconds; beyond, a play counts as given up
SHORT_ORACLE = 15.0  # seconds: with a clairvoyant start up to this, nothing should stop
CLASSES = ((0.0, 0.5), (0.5, 2.0), (2.0, 5.0), (5.0, 15.0), (15.0, 40.0), (40.0, np.inf))
RESAMPLES = 400
INTERVAL = (2.5, 97.5)  # percentiles


@dataclass(frozen=True, slots=True)
class Result:
    """One play by one rule; times in seconds."""

    workload: str
    rule: str
    trace: str
    kbps: int
    duration: float
    oracle: float
    start: float
    stalls: int
    stalled: float

    @property
    def excess(self) -> float:
        """What it cost more than the clairvoyant's, capped."""
        return min(self.start + 3 * self.stalled + 5 * self.stalls - self.oracle, CAP)


@dataclass(frozen=True, slots=True)
class Figures:
    """A rule on a workload; times in seconds, shares from 0 to 1, None where there was no play."""

    median_start: float
    p95_start: float
    stall_share: float
    rebuffer: float
    cap60: float
    stall_free_within_15: float | None


def figures(results: Sequence[Result]) -> Figures:
    """Of one rule's plays, at least one."""
    start = [one.start for one in results]
    within = [one.stalls == 0 for one in results if one.oracle <= SHORT_ORACLE]
    return Figures(
        median_start=float(np.median(start)),
        p95_start=float(np.percentile(start, 95)),
        stall_share=float(np.mean([one.stalls > 0 for one in results])),
        rebuffer=float(np.mean([one.stalled / one.duration for one in results])),
        cap60=float(np.mean([one.excess for one in results])),
        stall_free_within_15=float(np.mean(within)) if within else None,
    )


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies in 95 of 100 drawings of other traces."""

    low: float
    high: float


def bootstrap(results: Sequence[Result], others: Sequence[Result], *, seed: int) -> Interval:
    """By how much less these plays cost than others' (1: by all), traces being drawn anew.

    The same plays, in the same order. Plays over one trace resemble each other, so whole traces
    are drawn.
    """
    names = sorted({one.trace for one in results})
    at = {name: row for row, name in enumerate(names)}
    sums = np.zeros((len(names), 2))
    for one, other in zip(results, others, strict=True):
        sums[at[one.trace]] += one.excess, other.excess
    drawn = _drawn(sums, seed)
    saved = 1 - drawn[:, 0] / np.maximum(drawn[:, 1], 1e-9)
    low, high = np.percentile(saved, INTERVAL)
    return Interval(float(low), float(high))


def cap60_interval(results: Sequence[Result], *, seed: int) -> Interval:
    """Of a rule's cap60, traces being drawn anew."""
    names = sorted({one.trace for one in results})
    at = {name: row for row, name in enumerate(names)}
    sums = np.zeros((len(names), 2))
    for one in results:
        sums[at[one.trace]] += one.excess, 1
    drawn = _drawn(sums, seed)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], INTERVAL)
    return Interval(float(low), float(high))


def _drawn(sums: Array, seed: int) -> Array:
    chance = np.random.default_rng(seed)
    picks = chance.integers(len(sums), size=(RESAMPLES, len(sums)))
    return np.asarray(sums[picks].sum(axis=1), dtype=np.float64)


def by_class(results: Sequence[Result]) -> Mapping[tuple[float, float], list[Result]]:
    """By how long the clairvoyant waits."""
    return {
        (low, high): [one for one in results if low <= one.oracle < high] for low, high in CLASSES
    }


Plays = Mapping[str, Mapping[str, Sequence[Result]]]  # of a rule, of a workload


def gather(results: Iterable[Result]) -> Plays:
    """By workload and rule, in the order of the plays."""
    plays: dict[str, dict[str, list[Result]]] = {}
    for one in results:
        plays.setdefault(one.workload, {}).setdefault(one.rule, []).append(one)
    return plays
