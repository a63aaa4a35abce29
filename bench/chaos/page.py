# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a run: what went wrong when, who fell silent meanwhile, and the server's memory."""

from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure

from bench.chaos.faults import Kind
from bench.chaos.results import Outcome
from bench.report import Report

KIB_IN_MIB = 1024
COLUMNS: Final = ("silences", "longest", "slowest_recovery")


def page(outcome: Outcome, found: dict[str, Any], head: str, path: Path) -> None:
    """Write it; raises OSError."""
    report = Report("Chaos", head)
    report.table(("figure", "value"), rows(found), "What was found.")
    report.figure(_faults(outcome), "Each fault from its beginning to its end.")
    report.figure(_silences(outcome), "Silences within songs; red: what nothing explains.")
    report.table(("silenced by", *COLUMNS), cause_rows(found), "What explains silences, seconds.")
    report.figure(_memory(outcome), "Anonymous memory of the server, one line for each process.")
    for title, name in (("Wrong", "wrong"), ("Jumps", "jumps"), ("Deaths", "deaths")):
        if found[name]:
            report.heading(title)
            for sentence in found[name]:
                report.text(sentence)
    report.write(path)


def rows(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures that are one number."""
    return [(name, f"{value:,}") for name, value in found.items() if isinstance(value, int | float)]


def cause_rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Silences by what explains them."""
    return [
        (what, *(f"{figures[name]:,}" for name in COLUMNS))
        for what, figures in found["silences_by_cause"].items()
    ]


def _faults(outcome: Outcome) -> Figure:
    figure = Figure(figsize=(10, 4))
    axes = figure.subplots()
    kinds = list(Kind)
    for done in outcome.done:
        begin = done.begin - outcome.started
        width = max(0.5, (done.end or done.begin) - done.begin)
        axes.barh(kinds.index(done.fault.kind), width, left=begin, height=0.7, color="C0")
    axes.set_yticks(range(len(kinds)), [kind.value for kind in kinds], fontsize=7)
    axes.set_xlabel("seconds")
    return figure


def _silences(outcome: Outcome) -> Figure:
    figure = Figure(figsize=(10, 4))
    axes = figure.subplots()
    for life in outcome.lives:
        for silence in life.silences:
            begin = silence.at - outcome.started
            axes.barh(life.client, silence.seconds, left=begin, height=0.8, color="C7")
            if silence.unexplained:
                axes.barh(life.client, silence.unexplained, left=begin, height=0.5, color="C3")
    axes.set_xlabel("seconds")
    axes.set_ylabel("client")
    return figure


def _memory(outcome: Outcome) -> Figure:
    figure = Figure(figsize=(10, 3))
    axes = figure.subplots()
    for number in sorted({which for _, which, _ in outcome.server_kib}):
        points = [(at, kib) for at, which, kib in outcome.server_kib if which == number]
        axes.plot(
            [at - outcome.started for at, _ in points], [kib / KIB_IN_MIB for _, kib in points]
        )
    axes.set_xlabel("seconds")
    axes.set_ylabel("MiB")
    axes.set_ylim(bottom=0)
    return figure
