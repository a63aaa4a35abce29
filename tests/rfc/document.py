# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads RFC.md: its tables by caption, its test vectors by heading line."""

import re
from dataclasses import dataclass, field
from pathlib import Path

RFC = Path(__file__).parents[2] / "RFC.md"

FENCE = "~~~ test-vectors"
MOST_COLUMNS = 69  # what the rendered document has room for


@dataclass(frozen=True, slots=True)
class Vector:
    """One vector: its heading's words, its field lines and its bytes."""

    line: int  # in RFC.md
    words: tuple[str, ...]
    fields: tuple[str, ...]
    octets: bytes

    def __str__(self) -> str:
        return f"{self.line}: {' '.join(self.words)}"

    def values(self) -> dict[str, str]:
        """The fields by name, where no name stands twice."""
        named = [line.partition(" = ") for line in self.fields]
        return {name: value for name, _, value in named}


@dataclass(slots=True)
class _Draft:
    line: int
    words: tuple[str, ...]
    fields: list[str] = field(default_factory=list[str])
    octets: bytes = b""

    def finish(self) -> Vector:
        return Vector(self.line, self.words, tuple(self.fields), self.octets)


def tables() -> dict[str, list[dict[str, str]]]:
    """Every table with a caption: its rows, cells by the column's name."""
    found: dict[str, list[dict[str, str]]] = {}
    rows: list[list[str]] = []
    for line in RFC.read_text().splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if line.startswith("Table: ") and rows:
            names, _rule, *cells = rows
            caption = line.removeprefix("Table: ")
            assert caption not in found, f"two tables are called {caption!r}"
            found[caption] = [dict(zip(names, row, strict=True)) for row in cells]
        rows = []
    return found


def vectors() -> list[Vector]:
    """Every vector outside of conversations, in order."""
    found: list[Vector] = []
    for block in _blocks():
        if not block[0][1].startswith("conversation"):
            found += _vectors_of(block)
    return found


def conversations() -> dict[str, list[Vector]]:
    """The steps of each conversation, by its title."""
    blocks = [block for block in _blocks() if block[0][1].startswith("conversation")]
    return {block[0][1].split(maxsplit=1)[1]: _vectors_of(block[1:]) for block in blocks}


def _blocks() -> list[list[tuple[int, str]]]:
    blocks: list[list[tuple[int, str]]] = []
    inside = False
    for number, line in enumerate(RFC.read_text().splitlines(), 1):
        if line == FENCE:
            inside = True
            blocks.append([])
        elif line.startswith("~~~"):
            inside = False
        elif inside:
            assert len(line) <= MOST_COLUMNS, f"RFC.md:{number} is too wide"
            blocks[-1].append((number, line))
    return blocks


def _vectors_of(block: list[tuple[int, str]]) -> list[Vector]:
    drafts: list[_Draft] = []
    expects_heading = True
    for number, line in block:
        if not line:
            expects_heading = True
        elif expects_heading:
            drafts.append(_Draft(number, tuple(line.split())))
            expects_heading = False
        elif line.startswith("hex "):
            drafts[-1].octets += bytes.fromhex(line.removeprefix("hex "))
        elif line.startswith(" "):
            drafts[-1].fields[-1] += line.strip()
        else:
            assert re.match(r"[A-Z][A-Za-z ]* = |# ", line), f"RFC.md:{number} is no field"
            drafts[-1].fields.append(line)
    return [draft.finish() for draft in drafts]
