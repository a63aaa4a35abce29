# SPDX-License-Identifier: GPL-3.0-or-later
"""One server under one load: what its core, its memory and its listeners tell."""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final

from bench.load import Swarms, busy, resident
from bench.scale.orders import Order, Seen
from bench.scale.peers import Peer

QUIET: Final = 3.0  # percent of the core that may be busy before anybody listens
STOLEN: Final = 3.0  # percent of the core above which what is taken away makes figures doubtful
WATCHED: Final = 2.0  # seconds for which the core is watched before anybody listens

Start = Callable[[], AbstractContextManager[Peer]]


@dataclass(frozen=True, slots=True)
class Bench:
    """Who works where.

    Attributes:
        core: that the server has to itself.
        others: the listeners' cores.
        processes: of listeners.
        seconds: for which the core is watched while all listen.
    """

    core: int
    others: frozenset[int]
    processes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Steady:
    """What N listeners cost who are all there; shares are of one core, in percent."""

    listeners: int
    core: float  # busy, whatever with: the truth where nothing else runs on it
    process: float  # what the server is charged with; the kernel's work in interrupts is not in it
    before: float  # busy before anybody listened: other people's work, if any
    kib: float  # anonymous memory a listener
    load: float  # the listeners' processes together, of one core
    seen: Seen
    each: tuple[float, ...] = ()  # what each worker of the server is charged with
    stolen: float = 0.0  # from the core by the machine under a virtual one


@dataclass(frozen=True, slots=True)
class Herd:
    """How long listeners wait for their first sound who come all at once."""

    listeners: int
    seen: Seen
    stolen: float = 0.0  # percent of the core meanwhile, by the machine under a virtual one


def steady(bench: Bench, start: Start, order: Order) -> Steady:
    """Let them come, wait until all play, and watch; raises LoadError, PeerError."""
    with start() as peer:
        time.sleep(1.0)  # for what starting has set going
        watched = busy(peer.pids, bench.core)
        time.sleep(WATCHED)
        before = busy(peer.pids, bench.core).since(watched).core
        empty = resident(peer.pids)
        swarms = Swarms(shares(replace(order, port=peer.port), bench), cores=set(bench.others))
        try:
            swarms.begin()
            time.sleep(order.period + 1)  # until all have had a top-up
            server = busy(peer.pids, bench.core)
            workers = [busy((pid,), bench.core) for pid in peer.workers]
            load = busy(swarms.pids, bench.core)
            time.sleep(bench.seconds)
            used = busy(peer.pids, bench.core).since(server)
            each = tuple(
                100 * busy((pid,), bench.core).since(then).process
                for pid, then in zip(peer.workers, workers, strict=True)
            )
            worked = busy(swarms.pids, bench.core).since(load).process
            memory = resident(peer.pids) - empty
            seen = swarms.stop()
        finally:
            swarms.kill()
    return Steady(
        listeners=order.listeners,
        core=100 * used.core,
        process=100 * used.process,
        before=100 * before,
        kib=memory / 1024 / order.listeners,
        load=100 * worked,
        seen=seen,
        each=each,
        stolen=100 * used.stolen,
    )


def herd(bench: Bench, start: Start, order: Order) -> Herd:
    """Let all come at once, from one process; raises LoadError, PeerError."""
    with start() as peer:
        time.sleep(1.0)
        swarms = Swarms([replace(order, port=peer.port, ramp=0.0)], cores=set(bench.others))
        try:
            server = busy(peer.pids, bench.core)
            swarms.begin()
            stolen = busy(peer.pids, bench.core).since(server).stolen
            seen = swarms.stop()
        finally:
            swarms.kill()
    return Herd(order.listeners, seen, stolen=100 * stolen)


def shares(order: Order, bench: Bench) -> list[Order]:
    """The order, shared out among the processes."""
    count = min(bench.processes, order.listeners)
    return [
        replace(order, listeners=order.listeners // count + (at < order.listeners % count))
        for at in range(count)
    ]


def percentile(values: Sequence[float], percent: int) -> float:
    """Of any number of values; 0 of none."""
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def troubles(seen: Seen, listeners: int) -> str:
    """What went wrong, as a phrase; empty where nothing did."""
    counted = Counter(seen.errors)
    parts = [f"{count} x {error}" for error, count in counted.most_common(3)]
    if seen.begun < listeners:
        parts.append(f"{listeners - seen.begun} heard nothing")
    return ", ".join(parts)
