# SPDX-License-Identifier: GPL-3.0-or-later
"""Which songs are played over which links: drawn from a seed, as traces are and under stress."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bench.buffer.link import SLOW_START, Arrivals, TooShortError, credited, tcp
from bench.buffer.traces import Trace
from data.timemap import TimeMap

SECONDS = (180.0, 240.0)  # how long songs last
KBPS = (128, 192, 320)  # mean bitrates
VBR_SHARE = 1 / 3
RTT = (0.03, 0.2)  # seconds, drawn log-uniformly
STRESS = (0.8, 4.0)  # trace mean over bitrate, drawn log-uniformly
TOP_UP = 16.0  # seconds of sound that are worth a grant
WORKLOADS = ("natural", "stress")


@dataclass(frozen=True, slots=True)
class Play:
    """One click on one song.

    Attributes:
        trace: the link's recording, for the bootstrap.
        kbps: the song's mean bitrate.
        song: how it is consumed.
        rtt: seconds.
        arrivals: its bytes, from the click.
    """

    trace: Trace
    kbps: int
    song: TimeMap
    rtt: float
    arrivals: Arrivals


def draw(
    traces: Sequence[Trace],
    workload: str,
    *,
    seed: int,
    number: int,
    seconds: tuple[float, float] = SECONDS,
) -> Play:
    """The `number`th play of a workload; the same for the same traces and seed.

    Groups of recordings are equally likely, and the recordings of a group: a route that was
    measured often counts no more than one that was measured once. Songs last so many `seconds`.
    """
    chance = Random(f"{seed}/{workload}/{number}")
    groups = sorted({(trace.set, trace.group) for trace in traces})
    group = chance.choice(groups)
    link = chance.choice([trace for trace in traces if (trace.set, trace.group) == group])
    kbps = chance.choice(KBPS)
    song = draw_song(chance, kbps, chance.uniform(*seconds))
    rtt = _log_uniform(chance, *RTT)
    scale = 1.0
    if workload == "stress":
        scale = _log_uniform(chance, *STRESS) * song.mean_rate / link.mean
    return play(link, song, kbps=kbps, rtt=rtt, begin=chance.uniform(0, link.duration), scale=scale)


def play(
    link: Trace, song: TimeMap, *, kbps: int, rtt: float, begin: float = 0.0, scale: float = 1.0
) -> Play:
    """A song clicked on when the trace is at `begin` seconds, with `scale` times its capacity."""
    step = int(TOP_UP * song.mean_rate)
    size = 2.0 * song.total / scale
    while True:
        times, passed = link.points(begin, size)
        flow = tcp(times, passed * scale, rtt=rtt)
        size *= 2
        if flow.times[-1] > rtt + SLOW_START:
            try:
                arrivals = credited(flow, song.total, rtt=rtt, step=step)
            except TooShortError:
                continue
            return Play(link, kbps, song, rtt, arrivals)


def draw_song(chance: Random, kbps: int, seconds: float) -> TimeMap:
    """A song of this mean bitrate, of constant or variable rate."""
    count = math.ceil(seconds)
    weights = [1.0] * count
    if chance.random() < VBR_SHARE:
        # Louder and quieter passages of some ten seconds.
        level = 0.0
        for at in range(count):
            level = 0.9 * level + chance.gauss(0, 0.12)
            weights[at] = math.exp(min(max(level, -1.0), 0.8))
    weights[-1] *= seconds - (count - 1)
    size = kbps * 125 * seconds / sum(weights)
    return TimeMap(1.0, tuple(round(size * weight) for weight in weights), seconds)


def _log_uniform(chance: Random, low: float, high: float) -> float:
    return math.exp(chance.uniform(math.log(low), math.log(high)))
