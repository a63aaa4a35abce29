# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of many runs as a table for the terminal, and as a page with plots."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure

from bench.links.scenarios import BY_NAME
from bench.links.trial import OWN
from bench.report import Report

Row = dict[str, Any]  # see bench/README.md
Key = tuple[str, str]  # scenario, congestion control

HEADER: Final = (
    *("link cc player", "runs", "start", "worst", "stalls", "worst", "stalled", "cost"),
    *("moved kB", "switch", "list ms", "wasted kB"),
)


def lines(rows: Sequence[Row]) -> list[list[str]]:
    """One line for each player on each link: medians, and the worst run's start and stalls."""
    return [_line(found) for found in _groups(rows)]


def verdicts(rows: Sequence[Row]) -> list[str]:
    """For each link, whether Antiphon's cost is under every peer's."""
    said: list[str] = []
    for key in _keys(rows):
        costs = {
            group[0]["player"]: statistics.mean(row["cost"] for row in group)
            for group in _groups(rows)
            if _key(group[0]) == key
        }
        own = costs.pop(OWN, None)
        if own is None or not costs:
            continue
        best = min(costs, key=costs.__getitem__)
        word = "ahead of" if own < costs[best] else "BEHIND"
        said.append(
            f"{' '.join(key)}: {OWN} {own:.2f} is {word} the best peer, {best} {costs[best]:.2f}",
        )
    return said


def page(rows: Sequence[Row], headline: str, failed: Sequence[str], path: Path) -> None:
    """Write the HTML report; raises OSError."""
    report = Report("Antiphon and other players over emulated links", headline)
    report.text(
        "Seconds from the click to the first sound at the sink; silences of 30 ms and more after "
        "that are stalls. Cost is start + 3 · stalled seconds + 5 · stalls.",
    )
    for sentence in (*verdicts(rows), *failed):
        report.text(sentence)
    report.table(HEADER, lines(rows), "medians over the runs, seconds unless said otherwise")
    for key in _keys(rows):
        name, congestion = key
        chosen = [row for row in rows if _key(row) == key]
        report.heading(f"Link {name} with {congestion}: {BY_NAME[name].what}")
        report.figure(_costs(chosen), "cost of each run, in seconds")
        report.figure(_tracks(chosen), "what was heard in the first run, by seconds after click")
    report.write(path)


def _line(group: Sequence[Row]) -> list[str]:
    first = group[0]

    def median(name: str, digits: int, scale: float = 1.0) -> str:
        values = [row[name] * scale for row in group if row.get(name) is not None]
        return f"{statistics.median(values):.{digits}f}" if values else ""

    return [
        " ".join((first["scenario"], first["cc"].ljust(5), first["player"])),
        str(len(group)),
        median("start", 2),
        f"{max(row['start'] for row in group):.2f}",
        median("stalls", 0),
        str(max(row["stalls"] for row in group)),
        median("stalled", 2),
        f"{statistics.mean(row['cost'] for row in group):.2f}",
        median("moved_bytes", 0, 1e-3),
        median("switch", 3),
        median("list_ms", 0),
        median("wasted_bytes", 1, 1e-3),
    ]


def _key(row: Row) -> Key:
    return row["scenario"], row["cc"]


def _keys(rows: Sequence[Row]) -> list[Key]:
    order = list(BY_NAME)
    return sorted({_key(row) for row in rows}, key=lambda key: (order.index(key[0]), key[1]))


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """The runs of each player on each link, links in their order, players in that of the runs."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    players: dict[str, None] = {}
    for row in rows:
        groups.setdefault((*_key(row), row["player"]), []).append(row)
        players[row["player"]] = None
    names = sorted(players, key=lambda name: (name != OWN, name))
    return [
        sorted(groups[*key, name], key=lambda row: int(row["run"]))
        for key in _keys(rows)
        for name in names
        if (*key, name) in groups
    ]


def _costs(rows: Sequence[Row]) -> Figure:
    groups = _groups(rows)
    figure = Figure(figsize=(8, 0.4 * len(groups) + 1))
    axes = figure.subplots()
    for place, group in enumerate(groups):
        costs = [row["cost"] for row in group]
        colour = "tab:green" if group[0]["player"] == OWN else "tab:gray"
        axes.barh(place, statistics.mean(costs), color=colour, alpha=0.6)
        axes.plot(costs, [place] * len(costs), "k.", markersize=4)
    axes.set_yticks(range(len(groups)), [group[0]["player"] for group in groups])
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(left=0)
    axes.invert_yaxis()
    return figure


def _tracks(rows: Sequence[Row]) -> Figure:
    groups = _groups(rows)
    figure = Figure(figsize=(8, 0.4 * len(groups) + 1))
    axes = figure.subplots()
    for place, group in enumerate(groups):
        row = group[0]
        begin, pieces = row["start"], list[tuple[float, float]]()
        for at, seconds in row["gaps"]:
            pieces.append((begin, max(0.0, at - begin)))
            begin = at + seconds
        end = row["start"] + row["played"] + row["stalled"]
        pieces.append((begin, max(0.0, end - begin)))
        colour = "tab:green" if row["player"] == OWN else "tab:gray"
        axes.broken_barh(pieces, (place - 0.35, 0.7), color=colour)
    axes.set_yticks(range(len(groups)), [group[0]["player"] for group in groups])
    axes.set_xlim(left=0)
    axes.invert_yaxis()
    return figure
