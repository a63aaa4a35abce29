# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found: a table for the terminal, one JSON object, a page, and each target's verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from matplotlib.figure import Figure

from bench.report import Report
from bench.scale.measuring import QUIET, STOLEN, Herd, Steady, percentile, troubles

# What is to be reached, by the names of the JSON object.
CORE: Final = 12.0  # percent of a core with all listeners
KIB: Final = 12.0  # of anonymous memory a listener
OF_PEER: Final = {"nginx": 0.6, "icecast": 1 / 7}  # of the peer's cost a listener
HERD: Final = 100.0  # ms at the 99th percentile

HEADER: Final = (
    "server",
    "listeners",
    "core %",
    "own %",
    "% / 1000",
    "KiB each",
    "late bytes",
    "top-up p99",
    "herd p50",
    "herd p99 ms",
    "load %",
    "lag p99",
    "before %",
    "stolen %",
    "in herd %",
    "trouble",
)


@dataclass(slots=True)
class Result:
    """One server: what its listeners cost, how long a herd waits, or why that is not known."""

    name: str
    steady: Steady | None = None
    herds: list[Herd] = field(default_factory=list[Herd])
    missing: str = ""

    @property
    def first_ms(self) -> list[float]:
        """Of every listener of every herd, from its connect to its first sound."""
        return [ms for one in self.herds for ms in one.seen.first_ms]

    @property
    def stolen_from_herds(self) -> float:
        """Percent of the core that was taken away while they came, of the worst of them."""
        return max((one.stolen for one in self.herds), default=0.0)

    @property
    def per_thousand(self) -> float:
        """Percent of the core that a thousand of them take."""
        return 0.0 if self.steady is None else 1000 * self.steady.core / self.steady.listeners

    @property
    def trouble(self) -> str:
        """What went wrong, as a phrase; empty where nothing did."""
        parts = [] if self.steady is None else [troubles(self.steady.seen, self.steady.listeners)]
        parts += [troubles(one.seen, one.listeners) for one in self.herds]
        return "; ".join(part for part in (*parts, self.missing) if part)


def cells(result: Result) -> list[str]:
    """One row below HEADER."""
    found = result.steady
    if found is None:
        return [result.name, *("-" for _ in HEADER[2:]), result.trouble]
    waits = result.first_ms
    return [
        result.name,
        f"{found.listeners}",
        f"{found.core:.1f}",
        f"{found.process:.1f}",
        f"{result.per_thousand:.2f}",
        f"{found.kib:.1f}",
        f"{found.seen.late_bytes}",
        f"{percentile(found.seen.top_up_ms, 99):.1f}" if found.seen.top_up_ms else "-",
        f"{percentile(waits, 50):.0f}" if waits else "-",
        f"{percentile(waits, 99):.0f}" if waits else "-",
        f"{found.load:.1f}",
        f"{found.seen.lag_ms:.1f}",
        f"{found.before:.1f}",
        f"{found.stolen:.1f}",
        f"{result.stolen_from_herds:.1f}" if waits else "-",
        result.trouble or "none",
    ]


def as_json(results: Sequence[Result]) -> dict[str, object]:
    """One object, as bench/README.md documents it."""
    return {result.name: _figures(result) for result in results}


def _figures(result: Result) -> dict[str, object]:
    found = result.steady
    if found is None:
        return {"missing": result.missing}
    waits = result.first_ms
    return {
        "listeners": found.listeners,
        "core_percent": round(found.core, 2),
        "late_bytes": found.seen.late_bytes,
        "anon_kib_per_listener": round(found.kib, 2),
        "herd_p99_ms": round(percentile(waits, 99), 1) if waits else None,
        "herd_p50_ms": round(percentile(waits, 50), 1) if waits else None,
        "herd_spread_ms": round(max((one.seen.spread_ms for one in result.herds), default=0.0), 1),
        "process_percent": round(found.process, 2),
        "before_percent": round(found.before, 2),
        "stolen_percent": round(found.stolen, 2),
        "herd_stolen_percent": round(result.stolen_from_herds, 2),
        "load_percent": round(found.load, 2),
        "load_lag_ms": found.seen.lag_ms,
        "top_up_p99_ms": round(percentile(found.seen.top_up_ms, 99), 2),
        "trouble": result.trouble,
    }


def verdicts(results: Sequence[Result]) -> list[str]:
    """A line for each target, and for what makes the figures doubtful."""
    own, *others = results
    lines: list[str] = []
    if own.steady is not None:
        lines += [
            _verdict("busy share of the core", own.steady.core, CORE, "%"),
            _verdict("anonymous memory a listener", own.steady.kib, KIB, " KiB"),
            _verdict("late bytes", own.steady.seen.late_bytes, 0, ""),
        ]
        if own.first_ms:
            lines.append(_verdict("herd, p99", percentile(own.first_ms, 99), HERD, " ms"))
        for peer in others:
            if peer.name in OF_PEER and peer.per_thousand:
                part = own.per_thousand / peer.per_thousand
                lines.append(_verdict(f"of {peer.name} a listener", part, OF_PEER[peer.name], ""))
    for result in results:
        found = result.steady
        if found is not None and found.before > QUIET:
            lines.append(
                f"doubtful: the core was {found.before:.0f} % busy before anybody listened"
                f" to {result.name}; whatever else the machine does counts as the server's"
            )
        stolen = max(result.stolen_from_herds, 0.0 if found is None else found.stolen)
        if stolen > STOLEN:
            lines.append(
                f"doubtful: the machine under this virtual one took {stolen:.0f} % of the core away"
                f" from {result.name}; that counts as the server's, and a herd waits for it"
            )
    return lines


def _verdict(what: str, found: float, target: float, unit: str) -> str:
    word = "reached" if found <= target else "missed"
    return f"{word}: {what} {found:.3g}{unit}, at most {target:.3g}{unit}"


def page(results: Sequence[Result], headline: str) -> Report:
    """The same as a page, with plots."""
    report = Report("What listeners cost", headline)
    report.text(
        "Each server had one core to itself. “core” is the busy share of it as the kernel's idle"
        " time tells; “own” is what the processes were charged with, which leaves out interrupts."
        " “control” is a server that sends zeros and checks nothing: the floor under the others."
    )
    report.table(HEADER, [cells(result) for result in results], "N listeners of 128 kbit/s")
    for line in verdicts(results):
        report.text(line)
    measured = [result for result in results if result.steady is not None]
    if measured:
        report.figure(_costs(measured), "Percent of the core that a thousand listeners take")
    if any(result.first_ms for result in measured):
        report.figure(_waits(measured), "Share of a herd that has its first sound, over time")
    return report


def _costs(results: Sequence[Result]) -> Figure:
    figure = Figure(figsize=(7, 0.5 + 0.5 * len(results)))
    axes = figure.subplots()
    axes.barh([result.name for result in results], [result.per_thousand for result in results])
    axes.invert_yaxis()
    axes.set_xlabel("% of a core")
    return figure


def _waits(results: Sequence[Result]) -> Figure:
    figure = Figure(figsize=(7, 4))
    axes = figure.subplots()
    for result in results:
        waits = sorted(max(0.1, wait) for wait in result.first_ms)
        if waits:
            axes.plot(waits, [(at + 1) / len(waits) for at in range(len(waits))], label=result.name)
    axes.axvline(HERD, color="gray", linestyle=":")
    axes.set_xscale("log")
    axes.set_xlabel("ms from connect to first sound")
    axes.legend()
    return figure
