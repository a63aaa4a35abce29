# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated links of bench/README.md as traces: what each would let through, by a seed."""

from collections.abc import Callable, Mapping
from random import Random

from bench.buffer.traces import Trace, trace
from bench.buffer.workload import Play, play
from data.timemap import TimeMap

SEGMENT = 1460  # bytes
LENGTH = 300.0  # seconds
Steps = list[tuple[float, float]]  # (seconds, kbit/s)


def lossy(chance: Random, *, rtt: float, loss: float, kbps: Callable[[float], float]) -> Steps:
    """Cubic in its rounds: a loss holds everything back for a round trip, then comes a lump."""
    steps: Steps = []
    now, window, held = 0.0, 10.0, 0.0
    while now < LENGTH:
        share = kbps(now) * 125 * rtt / SEGMENT
        sent = min(window, max(share, 0.1))
        lost = sum(chance.random() < loss for _ in range(round(sent)))
        if lost:
            arrived, held = held * 0.0 + sent * chance.random(), held + sent
            held -= arrived
            window = max(2.0, 0.7 * window)
            if sent < 4:  # too few segments follow for duplicate acknowledgements: a timeout
                steps += [(rtt, arrived * SEGMENT / 125 / rtt), (max(0.2, 2 * rtt), 0.0)]
                now += rtt + max(0.2, 2 * rtt)
                continue
        else:
            arrived, held = held + sent, 0.0
            window += 1.0
        steps.append((rtt, arrived * SEGMENT / 125 / rtt))
        now += rtt
    return steps


def alternating(low: float, high: float, seconds: float) -> Callable[[float], float]:
    """A schedule of two rates."""
    return lambda now: low if now % (2 * seconds) < seconds else high


def outage(chance: Random) -> Steps:
    """400 kbit/s, and six seconds of nothing."""
    before = chance.uniform(5, 30)
    return [(before, 400.0), (6.0, 0.0), (LENGTH - before - 6, 400.0)]


def spikes(chance: Random) -> Steps:
    """Wi-Fi that is silent for 800 ms every half minute."""
    return [(chance.uniform(1, 29), 4000.0), *((29.2, 4000.0), (0.8, 0.0)) * 10]


CASES: Mapping[str, tuple[float, Callable[[Random], Steps]]] = {  # round trip and steps
    "A": (0.05, lambda _: [(LENGTH, 10_000.0)]),
    "B": (0.1, lambda c: lossy(c, rtt=0.1, loss=0.02, kbps=lambda _: 2000.0)),
    "C": (0.2, lambda c: lossy(c, rtt=0.2, loss=0.05, kbps=lambda _: 1000.0)),
    "D": (0.3, lambda c: lossy(c, rtt=0.3, loss=0.01, kbps=alternating(96, 600, 8))),
    "E": (0.1, lambda _: [(LENGTH, 160.0)]),
    "O": (0.1, outage),
    "W": (0.02, spikes),
}


def case(name: str, *, kbps: int, seconds: float, seed: int) -> Play:
    """A song clicked on at the beginning of a link."""
    rtt, make = CASES[name]
    link: Trace = trace(f"{name}-{seed}", make(Random(seed)), of="links", group=name)
    song = TimeMap(1.0, (kbps * 125,) * int(seconds), float(seconds))
    return play(link, song, kbps=kbps, rtt=rtt)
