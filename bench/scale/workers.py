# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server of several workers carries beside one of one process.

N workers get N times the listeners, so that each has as many as the one process. (With as many
between them each would only be idler, and an idle hub takes up less at a time: a listener of an
idle server costs more.) The load needs the other core, so it cannot be seen directly how many
listeners N workers bear on N cores. What is seen is what they cost, in two ways. Together on one
core, whose idle time tells all that they need, interrupts included. And with a core for each, the
load beside them on the same cores: there they disturb each other as cores do, and the load does,
but only what the kernel charges the processes with can be told from the load.

Had the busiest worker no more than the CPU of the one process, N workers would carry N times its
listeners; they carry as many fewer as it needs more.
"""

import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from bench.scale.measuring import QUIET, STOLEN, Bench, Steady, steady, troubles
from bench.scale.orders import Order
from bench.scale.peers import antiphon, antiphon_apart

TARGET: Final = 0.85  # of what as many servers would carry

HEADER: Final = (
    "workers",
    "listeners",
    "core %",
    "own %",
    "own % of each worker",
    "late bytes",
    "load %",
    "before %",
    "trouble",
)


@dataclass(frozen=True, slots=True)
class Round:
    """One server after the other under the same load.

    Attributes:
        one: a single process, on its core.
        together: several, on the same core.
        apart: several, each on a core that it shares with the load.
    """

    one: Steady
    together: Steady
    apart: Steady

    @property
    def count(self) -> int:
        """How many workers."""
        return len(self.together.each)

    @property
    def times_by_core(self) -> float:
        """Times the listeners of one, by the core's idle time: the busiest worker bounds them."""
        busiest = max(self.together.each) / sum(self.together.each)
        times = self.together.seen.begun / self.one.seen.begun
        return times * self.one.core / (self.together.core * busiest)

    @property
    def times_by_own(self) -> float:
        """The same by what the processes are charged with, while all cores are in use."""
        times = self.apart.seen.begun / self.one.seen.begun
        return times * self.one.process / max(self.apart.each)

    def rows(self) -> list[list[str]]:
        """Below HEADER."""
        names = ("1", f"{self.count}, on one core", f"{self.count}, a core each")
        return [
            [
                name,
                f"{found.listeners}",
                "-" if found is self.apart else f"{found.core:.2f}",
                f"{found.process:.2f}",
                " ".join(f"{one:.2f}" for one in found.each) or "-",
                f"{found.seen.late_bytes}",
                f"{found.load:.1f}",
                f"{found.before:.1f}",
                troubles(found.seen, found.listeners) or "none",
            ]
            for name, found in zip(names, (self.one, self.together, self.apart), strict=True)
        ]


def one_round(
    bench: Bench, order: Order, music: Path, count: int, *, tell: Callable[[str], None]
) -> Round:
    """Measure all three; raises LoadError, PeerError."""
    cores = [bench.core, *sorted(bench.others)]
    everywhere = replace(bench, others=frozenset(cores))
    all_of_them = replace(order, listeners=count * order.listeners)
    few, many = order.listeners, all_of_them.listeners
    tell(f"one process: {few} listeners come, and stay")
    one = steady(bench, partial(antiphon, music, listeners=few, core=bench.core), order)
    tell(f"{count} workers on one core: {many} listeners")
    start = partial(antiphon, music, listeners=many, core=bench.core, workers=count)
    together = steady(bench, start, all_of_them)
    tell(f"{count} workers on {min(count, len(cores))} cores: {many} listeners")
    start = partial(antiphon_apart, music, listeners=many, cores=cores, workers=count)
    return Round(one, together, steady(everywhere, start, all_of_them))


def verdicts(rounds: Sequence[Round]) -> list[str]:
    """The medians of all rounds against the target, and what makes them doubtful."""
    count = rounds[0].count
    least = TARGET * count
    by_core = statistics.median(one.times_by_core for one in rounds)
    by_own = statistics.median(one.times_by_own for one in rounds)
    lines = [
        _verdict(f"{count} workers carry, by what they need of one core", by_core, least),
        _verdict(f"{count} workers carry, by their own CPU beside the load", by_own, least),
    ]
    measured = [found for one in rounds for found in (one.one, one.together, one.apart)]
    late = sum(found.seen.late_bytes for found in measured)
    if late:
        lines.append(f"doubtful: {late} bytes were late, and what is not done in time costs less")
    deaf = sum(found.listeners - found.seen.begun for found in measured)
    if deaf:
        lines.append(
            f"doubtful: {deaf} listeners heard nothing; they count as if they had not come"
        )
    before = max(found.before for found in measured)
    if before > QUIET:
        lines.append(
            f"doubtful: the core was {before:.0f} % busy before anybody listened; what else the"
            " machine does counts as the server's"
        )
    stolen = max(found.stolen for found in measured)
    if stolen > STOLEN:
        lines.append(
            f"doubtful: the machine under this virtual one took {stolen:.0f} % of a core away,"
            " which counts as the server's"
        )
    if (os.cpu_count() or 1) < count:
        lines.append(f"doubtful: {count} workers are more than this machine has cores")
    return lines


def _verdict(what: str, times: float, least: float) -> str:
    word = "reached" if times >= least else "missed"
    return f"{word}: {what}, {times:.2f} times the listeners of one process, at least {least:.2f}"


def as_json(rounds: Sequence[Round]) -> dict[str, object]:
    """One object, as bench/README.md documents it."""
    return {
        "workers": rounds[0].count,
        "times_by_core": round(statistics.median(one.times_by_core for one in rounds), 3),
        "times_by_own": round(statistics.median(one.times_by_own for one in rounds), 3),
        "target": TARGET * rounds[0].count,
        "rounds": [
            {
                "times_by_core": round(one.times_by_core, 3),
                "times_by_own": round(one.times_by_own, 3),
                "one": _figures(one.one),
                "together": _figures(one.together),
                "apart": _figures(one.apart),
            }
            for one in rounds
        ],
    }


def _figures(found: Steady) -> dict[str, object]:
    return {
        "listeners": found.listeners,
        "core_percent": round(found.core, 2),
        "process_percent": round(found.process, 2),
        "each_percent": [round(one, 2) for one in found.each],
        "late_bytes": found.seen.late_bytes,
        "load_percent": round(found.load, 2),
        "before_percent": round(found.before, 2),
        "trouble": troubles(found.seen, found.listeners),
    }
