# SPDX-License-Identifier: GPL-3.0-or-later
"""A screen as SVG: text that can be searched and read aloud, in the colours of its cells."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from pages.picture.screen import Look, Run, Screen, runs

# Of a cell, in the units of the picture. A monospaced letter is 0.6 of its size wide.
SIZE: Final = 14.0
WIDTH: Final = 8.4
HEIGHT: Final = 19.0
MARGIN: Final = 16.0
_BASELINE: Final = 14.0  # below the top of a line
_FONT: Final = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"

_PAPER: Final = "#1b1f27"
_INK: Final = "#d8dee9"

# pyte's names: it calls ANSI's yellow brown.
_COLOURS: Final = {
    "black": "#3b4252",
    "red": "#e06c75",
    "green": "#8fce7e",
    "brown": "#e5c07b",
    "blue": "#6fa8dc",
    "magenta": "#c792ea",
    "cyan": "#56b6c2",
    "white": "#e5e9f0",
    "brightblack": "#6b7689",
    "brightred": "#ff7b86",
    "brightgreen": "#a5e694",
    "brightbrown": "#ffd68a",
    "brightblue": "#8cc4ff",
    "brightmagenta": "#dba8ff",
    "brightcyan": "#7fd9e4",
    "brightwhite": "#ffffff",
}


def drawn(screen: Screen, *, title: str, description: str) -> str:
    """The picture; `title` and `description` are for who does not see it."""
    columns = max(map(len, screen), default=0)
    width = f"{columns * WIDTH + 2 * MARGIN:.0f}"
    height = f"{len(screen) * HEIGHT + 2 * MARGIN:.0f}"
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title about">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="about">{escape(description)}</desc>',
        f'<rect width="100%" height="100%" rx="8" fill="{_PAPER}"/>',
        f'<g font-family="{_FONT}" font-size="{SIZE:g}" fill="{_INK}" xml:space="preserve">',
    ]
    for number, line in enumerate(screen):
        parts += _line(runs(line), MARGIN + number * HEIGHT)
    parts += ["</g>", "</svg>", ""]
    return "\n".join(parts)


def _line(pieces: Sequence[Run], top: float) -> list[str]:
    drawings: list[str] = []
    spans: list[str] = []
    for piece in pieces:
        ink, paper = _colours(piece.look)
        if paper != _PAPER:
            place = f'x="{_x(piece.column):g}" y="{top:g}"'
            size = f'width="{piece.columns * WIDTH:g}" height="{HEIGHT:g}"'
            drawings.append(f'<rect {place} {size} fill="{paper}"/>')
        fill = f' fill="{ink}"' if ink != _INK else ""
        weight = ' font-weight="bold"' if piece.look.bold else ""
        # Each run has its place, so that no font can move the columns.
        place = f'x="{_x(piece.column):g}"'
        spans.append(f"<tspan {place}{fill}{weight}>{escape(piece.text)}</tspan>")
    if spans:
        drawings.append(f'<text y="{top + _BASELINE:g}">{"".join(spans)}</text>')
    return drawings


def _x(column: int) -> float:
    return round(MARGIN + column * WIDTH, 1)


def _colours(look: Look) -> tuple[str, str]:
    """Of the letters, and of what is behind them."""
    ink = _colour(look.foreground, _INK)
    paper = _colour(look.background, _PAPER)
    return (paper, ink) if look.reverse else (ink, paper)


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return _COLOURS.get(name) or f"#{name}"
