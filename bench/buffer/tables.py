# SPDX-License-Identifier: GPL-3.0-or-later
"""What the start rule sees, for all plays at once: the real classes' features in arrays."""

from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from bench.buffer.lateness import Lateness, lateness
from bench.buffer.traces import Array
from bench.buffer.workload import Play
from data.coefficients import Weights
from data.demand import Demand
from data.estimate import SHORTEST, Estimate, Measured
from data.timemap import TimeMap
from data.waiting import Situation
from data.watermark import (
    CRAWLING,
    DEVIATIONS,
    ERROR,
    KNOWN,
    LEAST_BUFFERED,
    LUMPS,
    MAX_LOG_SPEED,
    MAX_WAIT,
    RATIO,
    SLOW,
    SPEED,
    USUAL_LEFT,
    WAIT_UNIT,
    WELL_KNOWN,
    Features,
    Limits,
    features,
    verdict,
)

NAMES = ("bias", *(field.name for field in fields(Features)))
STEP = 0.05  # seconds between two feedings of the estimate
TICKS = np.unique(  # steps since the first byte at which a first wait may end
    np.concatenate(
        [
            np.arange(0, 40),
            np.arange(40, 200, 2),
            np.arange(200, 800, 10),
            np.arange(800, 3000, 20),
        ]
    ),
)
GRID = 5  # steps between two moments at which a later wait may end
FINE = 200  # steps that are fed one by one; then only those of the grid
LONGEST = 7000  # steps that are looked at
BEGUN = Measured(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Waits:
    """One play; times since its first byte.

    Attributes:
        workload, group: for splitting.
        song, first, lateness, complete_at: the play's.
        start: for each of `TICKS`, the features as `NAMES` has them.
        allowed: whether the limits, and what is certain, leave it to the weights to start then.
        certain: whether everything is there then, or will be in time.
        measured: at each moment of the grid, the fields of `Measured`.
        sizes: bytes at each moment.
        reached: seconds of the song at each moment.
    """

    workload: str
    group: str
    song: TimeMap
    first: float
    lateness: Lateness
    complete_at: float
    start: NDArray[np.float32]
    allowed: NDArray[np.bool_]
    certain: NDArray[np.bool_]
    measured: Array
    sizes: Array
    reached: Array


def waits(play: Play, workload: str, limits: Limits) -> Waits:
    """Feed a real estimate, and ask for the real features."""
    song, first = play.song, play.arrivals.first
    times = STEP * np.arange(LONGEST, dtype=np.float64)
    sizes = np.floor(play.arrivals.at(first + times) + 1e-6).astype(np.int64)
    map_times, offsets = np.array([*song.points()], dtype=np.float64).T
    reached = np.interp(sizes, offsets, map_times)
    estimate, demand = Estimate(song.mean_rate), Demand(song)
    start = np.zeros((len(TICKS), len(NAMES)), dtype=np.float32)
    allowed = np.zeros(len(TICKS), dtype=np.bool_)
    certain = sizes[TICKS] >= song.total
    grid: list[Measured] = []
    rows = {int(step): row for row, step in enumerate(TICKS)}
    fed = 0
    for step, (now, size) in enumerate(zip(times.tolist(), sizes.tolist(), strict=True)):
        if step > FINE and step % GRID:
            continue
        if size > fed:
            estimate.received(size - fed, now=now)
            fed = size
        row = rows.get(step)
        if row is None and step % GRID:
            continue
        measured = estimate.measured(now=now) or BEGUN
        if step % GRID == 0:
            grid.append(measured)
        if row is not None and measured.mean > 0 and size < song.total:
            buffered = float(reached[step])
            seen = Situation(buffered, size, demand, False, False, now, measured)  # noqa: FBT003
            start[row] = (1.0, *astuple(features(seen, measured)))
            quick = measured.mean >= limits.fast * demand.rate
            enough = buffered >= (limits.least_on_fast if quick else limits.least)
            sure = verdict(seen, measured)
            allowed[row] = enough and sure is None
            certain[row] |= enough and sure is True
    return Waits(
        workload=workload,
        group=group_of(play),
        song=song,
        first=first,
        lateness=lateness(song, play.arrivals),
        complete_at=float(play.arrivals.times[-1]) - first,
        start=start,
        allowed=allowed,
        certain=certain,
        measured=np.array([astuple(one) for one in grid]),
        sizes=sizes[::GRID].astype(np.float64),
        reached=reached[::GRID],
    )


def group_of(play: Play) -> str:
    """What must not be split between fitting and judging: a route; a trace where there is one."""
    trace = play.trace
    return f"{trace.set}/{trace.name if trace.group == trace.set else trace.group}"


@dataclass(frozen=True, slots=True)
class Resumption:
    """The moments of a later wait: features as `NAMES` has them, and what `verdict` says."""

    features: Array
    lasts: NDArray[np.bool_]
    runs_dry: NDArray[np.bool_]


def resumption(
    wait: Waits, position: float, since: float, moments: NDArray[np.int64]
) -> Resumption:
    """These moments of a wait that began at `since` with the song at `position`."""
    demand = Demand(wait.song, position=position)
    measured, now = wait.measured[moments], moments * GRID * STEP
    elapsed, mean, fast, steady, spread, wander, silent, short = measured.T
    mean = np.maximum(mean, 1e-9)
    speed = np.clip(mean / demand.rate, *SPEED)
    held = np.maximum(wait.sizes[moments] - (wait.song.total - demand.size), 0)
    buffered = np.maximum(wait.reached[moments] - position, LEAST_BUFFERED)
    corners = np.array(demand.corners)

    def shortfall(rate: Array) -> Array:
        ahead = corners[:, 1] - np.outer(rate, corners[:, 0])
        return np.asarray(ahead.max(axis=1) - held)

    def behind(share: float) -> Array:
        return np.clip(shortfall(share * speed * demand.rate) / demand.size, -1.0, 1.0)

    steady_spread = np.minimum(spread, np.maximum(wander, spread / LUMPS))
    known, well = elapsed >= KNOWN, elapsed >= WELL_KNOWN
    deviation = DEVIATIONS * np.where(well, steady_spread, spread)
    found = np.stack(
        [
            np.ones(len(moments)),
            np.clip(np.log(speed), -MAX_LOG_SPEED, MAX_LOG_SPEED),
            np.log(np.clip(fast / mean, *RATIO)),
            np.log(np.clip(steady / mean, *RATIO)),
            spread,
            silent,
            short,
            np.log(buffered),
            behind(1.0),
            behind(SLOW),
            behind(CRAWLING),
            np.full(len(moments), np.log(demand.left / USUAL_LEFT)),
            np.log(np.maximum(elapsed, SHORTEST)),
            np.minimum(now - since, MAX_WAIT) / WAIT_UNIT,
        ],
        axis=1,
    )
    runs_dry = known & (shortfall((1 + deviation - ERROR) * mean) > 0)
    slowest = np.maximum(0.0, 1 - deviation - ERROR) * mean
    return Resumption(found, known & ~runs_dry & (shortfall(slowest) <= 0), runs_dry)


def vector(weights: Weights) -> Array:
    """As `NAMES` has them."""
    return np.array([float(getattr(weights, name)) for name in NAMES])
