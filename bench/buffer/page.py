# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of all rules in rows, and the page with tables and plots."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench.buffer.players import ORACLE, OWN
from bench.buffer.results import (
    CLASSES,
    Plays,
    Result,
    bootstrap,
    by_class,
    cap60_interval,
    figures,
)
from bench.report import Report

HEADER = (
    *("rule", "median s", "p95 s", "stalling %", "rebuffer %", "cap60", "95 % of it"),
    *("free<=15 %", "ours saves %"),
)
CLASS_HEADER = (
    "rule",
    *(f"{low:g}-{high:g} s" if np.isfinite(high) else f"{low:g} s on" for low, high in CLASSES),
)


def rows(of: Mapping[str, Sequence[Result]], seed: int) -> list[tuple[str, ...]]:
    """A row for each rule; `seed` is the bootstrap's."""
    return [_row(rule, results, of[OWN], seed) for rule, results in of.items()]


def _row(rule: str, results: Sequence[Result], own: Sequence[Result], seed: int) -> tuple[str, ...]:
    found, likely = figures(results), cap60_interval(results, seed=seed)
    free = found.stall_free_within_15
    return (
        rule,
        f"{found.median_start:.2f}",
        f"{found.p95_start:.1f}",
        f"{100 * found.stall_share:.1f}",
        f"{100 * found.rebuffer:.2f}",
        f"{found.cap60:.2f}",
        f"{likely.low:.1f} to {likely.high:.1f}",
        "-" if free is None else f"{100 * free:.1f}",
        "" if rule in {OWN, ORACLE} else _saving(own, results, seed),
    )


def _saving(own: Sequence[Result], others: Sequence[Result], seed: int) -> str:
    cost = figures(others).cap60
    if cost <= 0:
        return ""
    likely = bootstrap(own, others, seed=seed)
    saved = 1 - figures(own).cap60 / cost
    return f"{100 * saved:.0f} ({100 * likely.low:.0f} to {100 * likely.high:.0f})"


def class_rows(of: Mapping[str, Sequence[Result]]) -> list[tuple[str, ...]]:
    """For each rule the mean capped cost by how long the oracle waits."""
    found: list[tuple[str, ...]] = []
    for rule, results in of.items():
        groups = by_class(results).values()
        means = (
            f"{np.mean([one.excess for one in one_of]):.1f}" if one_of else "-" for one_of in groups
        )
        found.append((rule, *means))
    sizes = [len(one_of) for one_of in by_class(of[OWN]).values()]
    found.append(("plays", *map(str, sizes)))
    return found


_SECONDS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)  # the ticks of an axis of starts


def write_page(path: Path, plays: Plays, said: str, seed: int) -> None:
    """The report; raises OSError."""
    report = Report("When to start", said)
    report.text(
        "Simulated plays of whole songs over links as they were recorded or made up. cap60 is the "
        "mean of start + 3 s for each second of silence within the song + 5 s for each stall, less "
        "the clairvoyant's start, at most 60; brackets hold 95 of 100 bootstraps by trace."
    )
    for workload, of in plays.items():
        report.heading(workload)
        report.table(HEADER, rows(of, seed), "every rule on the same plays")
        report.table(CLASS_HEADER, class_rows(of), "cap60 by how long the clairvoyant waits")
        _plots(report, of)
    report.write(path)


def _plots(report: Report, of: Mapping[str, Sequence[Result]]) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second, and few need it

    figure = Figure(figsize=(9, 4))
    axes = figure.subplots()
    for place, (rule, results) in enumerate(of.items()):
        start = np.sort([one.start for one in results])
        width = 2.5 if rule in {OWN, ORACLE} else 1.0
        share = np.linspace(0, 1, len(start))
        axes.plot(start, share, label=rule, linewidth=width, color=_colour(rule, place))
    axes.set(xscale="log", xlim=(0.05, 120), xlabel="start, s", ylabel="share of plays")
    axes.set_xticks(_SECONDS, [f"{seconds:g}" for seconds in _SECONDS])
    axes.legend(fontsize="x-small", ncols=2)
    report.figure(figure, "how soon sound starts")
    figure = Figure(figsize=(9, 4))
    axes = figure.subplots()
    for place, (rule, results) in enumerate(of.items()):
        found = figures(results)
        at = found.median_start, found.cap60
        colour = _colour(rule, place)
        axes.plot(*at, "o" if rule != OWN else "*", color=colour, markersize=5 + 5 * (rule == OWN))
        # In turn above and below, as the fixed and the whole-file rules lie close together.
        axes.annotate(
            rule, at, (5, 4 - 12 * (place % 2)), textcoords="offset points", fontsize="x-small"
        )
    axes.set(xscale="log", xlabel="median start, s", ylabel="cap60, s")
    axes.xaxis.set_minor_formatter("")
    axes.set_xticks(_SECONDS[1:-3], [f"{seconds:g}" for seconds in _SECONDS[1:-3]])
    report.figure(figure, "waiting against what it costs in all; lower left is better")


def _colour(rule: str, place: int) -> str | tuple[float, float, float, float]:
    """Ours and the clairvoyant's stand out; no two rules have the same."""
    from matplotlib import colormaps  # noqa: PLC0415 - as above

    return {OWN: "tab:blue", ORACLE: "black"}.get(rule) or colormaps["tab20"](2 + place)
