# SPDX-License-Identifier: GPL-3.0-or-later
"""A measurement's report: one HTML file with tables and plots, and JSON for programs."""

import html
import io
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #ddd }
th:first-child, td:first-child { text-align: left }
caption, figcaption { text-align: left; color: #555; padding: .3rem 0 }
figure { margin: 1.5rem 0 } svg { max-width: 100%; height: auto }
code { background: #f3f3f3; padding: 0 .2rem }
"""


class Output(Protocol):
    """Where a line of text goes; an open text file is one."""

    def write(self, text: str, /) -> object:
        """Take some text."""
        ...


class Report:
    """Gathers headings, sentences, tables and plots; `write` makes the page of them."""

    def __init__(self, title: str, headline: str) -> None:
        """`headline` tells command, commit, seed and machine (see `bench.serving.headline`)."""
        self._title = title
        self._parts = [f"<h1>{html.escape(title)}</h1>", f"<p><code>{html.escape(headline)}</code>"]

    def heading(self, text: str) -> None:
        """Begin a chapter."""
        self._parts.append(f"<h2>{html.escape(text)}</h2>")

    def text(self, sentence: str) -> None:
        """One paragraph of plain text."""
        self._parts.append(f"<p>{html.escape(sentence)}")

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> None:
        """Cells as they should be read, the first column being names."""
        head = "".join(f"<th>{html.escape(cell)}" for cell in header)
        body = "\n".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}" for cell in row) for row in rows
        )
        self._parts.append(
            f"<table><caption>{html.escape(caption)}</caption><tr>{head}\n{body}</table>",
        )

    def figure(self, figure: "Figure", caption: str) -> None:
        """A plot, kept as SVG inside the page."""
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", bbox_inches="tight", metadata={"Date": None})
        svg = drawn.getvalue()
        self._parts.append(
            f"<figure>{svg[svg.index('<svg') :]}"
            f"<figcaption>{html.escape(caption)}</figcaption></figure>",
        )

    def write(self, path: Path) -> None:
        """Write the page; raises OSError."""
        head = (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            f"<title>{html.escape(self._title)}</title><style>{_STYLE}</style>"
        )
        path.write_text("\n".join([head, *self._parts, ""]), encoding="utf-8")


def write_json(path: Path, result: Mapping[str, object]) -> None:
    """One object, as bench/README.md documents it; raises OSError."""
    path.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def write_line(output: Output, result: Mapping[str, object]) -> None:
    """One line of JSON, for results that are many."""
    output.write(json.dumps(result, sort_keys=True) + "\n")


def text_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table for the terminal: the first column to the left, figures to the right."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def keep(folder: Path, where: Path) -> None:
    """Copy what a measurement has written in its folder, but for sockets; raises OSError."""

    def sockets(at: str, names: list[str]) -> set[str]:
        return {name for name in names if (Path(at) / name).is_socket()}

    shutil.copytree(folder, where, dirs_exist_ok=True, ignore=sockets)
