# SPDX-License-Identifier: GPL-3.0-or-later
"""What weights would cost: all plays at once, over the tables of what the rule sees."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.buffer.results import CAP, SHORT_ORACLE
from bench.buffer.tables import GRID, STEP, TICKS, Waits, resumption
from bench.buffer.traces import Array
from data.watermark import Limits

LATER = np.concatenate(  # grid moments after a stall at which the rule is asked
    [np.arange(0, 40), np.arange(40, 120, 2), np.arange(120, 400, 4)]
)
MAX_STALLS = 12  # by then a play has cost more than the cap


@dataclass(frozen=True, slots=True)
class Goals:
    """Where a workload should be at least, and what missing it costs.

    Attributes:
        start: seconds; of the start that `share` of the plays do not exceed.
        free: share of plays without a stall, of those that the oracle starts within 15 s.
        share: see start.
        per_second: cost of each second over `start`.
        per_share: cost of each share under `free`.
    """

    start: float
    free: float
    share: float = 0.53
    per_second: float = 20.0
    per_share: float = 50.0


GOALS = {
    "stress": Goals(start=0.85, free=0.945),
    "natural": Goals(start=0.4, free=0.99, per_share=150.0),
}


@dataclass(frozen=True, slots=True)
class Lived:
    """What the listeners of all plays lived through."""

    start: Array
    stalls: Array
    stalled: Array


class Trial:
    """Some plays that weights are tried on."""

    def __init__(self, waits: Sequence[Waits], limits: Limits) -> None:
        self.waits = waits
        self._limits = limits
        self._features = np.concatenate([wait.start for wait in waits])
        self._allowed = np.stack([wait.allowed for wait in waits])
        self._certain = np.stack([wait.certain for wait in waits])
        self._oracle = np.array([wait.lateness.oracle for wait in waits])
        self._of = {name: np.array([wait.workload == name for wait in waits]) for name in GOALS}

    def ticks(self, weights: Array) -> NDArray[np.int64]:
        """The tick at which each play starts; the last where none is right."""
        score = (self._features @ weights.astype(np.float32)).reshape(self._allowed.shape)
        fires = self._certain | (self._allowed & (score >= 0))
        return np.where(fires.any(axis=1), fires.argmax(axis=1), len(TICKS) - 1)

    def live(self, start: Array, resume: Array) -> Lived:
        """Play all with these weights."""
        delays = STEP * TICKS[self.ticks(start)].astype(np.float64)
        lived = Lived(
            start=delays + np.array([wait.first for wait in self.waits]),
            stalls=np.zeros(len(delays)),
            stalled=np.zeros(len(delays)),
        )
        for at, wait in enumerate(self.waits):
            delay = float(delays[at])
            while (stop := wait.lateness.stop_after(delay + wait.first)) is not None:
                since = stop + delay
                until = self._resumed(wait, stop, since, resume)
                lived.stalls[at] += 1
                lived.stalled[at] += until - since
                delay = until - stop
                if lived.stalls[at] >= MAX_STALLS:
                    break
        return lived

    def _resumed(self, wait: Waits, position: float, since: float, resume: Array) -> float:
        moments = int(np.ceil(since / (GRID * STEP))) + LATER
        moments = moments[moments < len(wait.measured)]
        if len(moments):
            seen = resumption(wait, position, since, moments)
            now = moments * GRID * STEP
            least = min(self._limits.least_to_resume, wait.song.duration - position)
            enough = wait.reached[moments] - position >= least
            likely = seen.lasts | (~seen.runs_dry & (seen.features @ resume >= 0))
            fires = (enough & likely) | (now >= wait.complete_at)
            if fires.any():
                return float(now[fires.argmax()])
        return max(wait.complete_at, since)

    def excess(self, lived: Lived) -> Array:
        """Capped cost over the oracle's, of each play."""
        cost = lived.start + 3 * lived.stalled + 5 * lived.stalls - self._oracle
        return np.asarray(np.where(lived.stalls >= MAX_STALLS, CAP, np.minimum(cost, CAP)))

    def cost(self, start: Array, resume: Array) -> float:
        """What the search brings down: cap60 of both workloads, and what the goals ask."""
        lived = self.live(start, resume)
        excess, total = self.excess(lived), 0.0
        for name, goals in GOALS.items():
            rows = self._of[name]
            if rows.any():
                short = rows & (self._oracle <= SHORT_ORACLE)
                free = float((lived.stalls[short] == 0).mean()) if short.any() else 1.0
                late = float(np.quantile(lived.start[rows], goals.share)) - goals.start
                total += float(excess[rows].mean())
                total += goals.per_second * max(0.0, late)
                total += goals.per_share * max(0.0, goals.free - free)
        return total

    def told(self, start: Array, resume: Array) -> str:
        """One line a workload."""
        lived = self.live(start, resume)
        excess, lines = self.excess(lived), []
        for name, rows in self._of.items():
            if rows.any():
                short = rows & (self._oracle <= SHORT_ORACLE)
                lines.append(
                    f"  {name:8} median {np.median(lived.start[rows]):.2f} s"
                    f"  stalling {100 * (lived.stalls[rows] > 0).mean():.1f} %"
                    f"  cap60 {excess[rows].mean():.2f}"
                    f"  stall-free within 15: {100 * (lived.stalls[short] == 0).mean():.1f} %"
                )
        return "\n".join(lines)
