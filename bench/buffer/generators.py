# SPDX-License-Identifier: GPL-3.0-or-later
"""Links made from a seed, for where no recordings are at hand: five kinds, each from its recipe."""

import math
from collections.abc import Callable, Mapping
from random import Random

from bench.buffer.traces import Trace, trace

Steps = list[tuple[float, float]]  # (seconds, kbit/s)

DURATION = 600.0  # seconds of each trace
PER_KIND = 12


def generated(seed: int, per_kind: int = PER_KIND) -> list[Trace]:
    """`per_kind` traces of every kind; the same for the same seed."""
    return [
        trace(f"{kind}-{number}", make(Random(f"{seed}/{kind}/{number}")), of="made", group=kind)
        for kind, make in KINDS.items()
        for number in range(per_kind)
    ]


def commute(chance: Random) -> Steps:
    """3G on the way to work: cells of different load, fading, and outages of seconds."""
    steps: Steps = []
    mean, left, passed = 0.0, 0.0, 0.0
    while passed < DURATION:
        if left <= 0:
            mean, left = chance.lognormvariate(math.log(900), 0.7), chance.expovariate(1 / 40)
            if chance.random() < 0.25:
                outage = 2 + chance.expovariate(1 / 8)
                steps.append((outage, 0.0))
                passed += outage
        steps.append((1.0, min(mean * chance.lognormvariate(-0.08, 0.4), 7200.0)))
        left -= 1.0
        passed += 1.0
    return steps


def shared_lte(chance: Random) -> Steps:
    """LTE whose cell serves others too: they come and go, the rest is divided evenly."""
    capacity = chance.uniform(8_000, 40_000)
    steps: Steps = []
    others = chance.randrange(10)
    for _ in range(int(DURATION)):
        others += chance.choice((-1, 0, 0, 1)) if others else chance.choice((0, 1))
        steps.append((1.0, capacity / (1 + others) * chance.lognormvariate(-0.03, 0.25)))
    return steps


def dsl(chance: Random) -> Steps:
    """A slow fixed line: steady, and now and then someone else's download for a while."""
    capacity = chance.uniform(400, 3_000)
    steps: Steps = []
    while sum(seconds for seconds, _ in steps) < DURATION:
        steps += [(1.0, capacity * chance.gauss(1, 0.02)) for _ in range(chance.randint(20, 120))]
        share = chance.uniform(0.3, 0.6)
        steps += [
            (1.0, share * capacity * chance.gauss(1, 0.1)) for _ in range(chance.randint(5, 40))
        ]
    return steps


def wifi(chance: Random) -> Steps:
    """Wi-Fi of which every half minute nothing is heard for 800 ms, and then all at once."""
    capacity = chance.lognormvariate(math.log(3_000), 0.8)
    steps: Steps = []
    first = chance.uniform(1, 29)
    while sum(seconds for seconds, _ in steps) < DURATION:
        rest = first if not steps else 29.0
        steps += [(rest, capacity), (0.8, 0.0), (0.2, 5 * capacity)]
    return steps


def train(chance: Random) -> Steps:
    """A train with tunnels: good, fading in a second or two, and nothing for up to a minute."""
    steps: Steps = []
    passed = 0.0
    while passed < DURATION:
        mean = chance.lognormvariate(math.log(2_500), 0.6)
        for _ in range(chance.randint(20, 150)):
            steps.append((1.0, mean * chance.lognormvariate(-0.05, 0.3)))
        tunnel = chance.uniform(4, 45)
        steps += [(1.0, mean / 3), (1.0, mean / 10), (tunnel, 0.0), (1.0, mean / 10)]
        passed = sum(seconds for seconds, _ in steps)
    return steps


KINDS: Mapping[str, Callable[[Random], Steps]] = {
    "3g-commute": commute,
    "lte-shared": shared_lte,
    "dsl": dsl,
    "wifi-spike": wifi,
    "train-tunnel": train,
}
