# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on a terminal, cell by cell, without saying how it came there or how it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks; colours are `default`, a name of ANSI's, or six hexadecimal digits."""

    foreground: str = "default"
    background: str = "default"
    bold: bool = False
    reverse: bool = False  # the two colours change places


PLAIN = Look()


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of one line; empty where the wide character before it reaches over here."""

    text: str
    look: Look = PLAIN


Line = tuple[Cell, ...]
Screen = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Cells beside each other that look the same."""

    column: int
    columns: int
    text: str
    look: Look


def runs(line: Sequence[Cell]) -> list[Run]:
    """The line in as few pieces as there are looks, without the blanks behind its end."""
    made: list[Run] = []
    column = 0
    for look, cells in groupby(line, lambda cell: cell.look):
        texts = [cell.text for cell in cells]
        made.append(Run(column, len(texts), "".join(texts), look))
        column += len(texts)
    if made and made[-1].look == PLAIN:
        last = made.pop()
        text = last.text.rstrip()
        made += [Run(last.column, len(text), text, PLAIN)] if text else []
    return made


def words(line: Sequence[Cell]) -> str:
    """The line as text, without the blanks behind its end."""
    return "".join(cell.text for cell in line).rstrip()
