# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing that was looked at before a start, and what was found there."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from server.library.track import printable

WIDTH: Final = 9  # of the first column


class Grade(Enum):
    """How a finding counts."""

    GOOD = "good"
    WARNING = "warning"  # a server starts, and does less than somebody may expect
    ERROR = "error"  # it does not start, or nobody can use it


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer; `text` says what is there, or what to do."""

    grade: Grade
    about: str
    text: str

    def __str__(self) -> str:
        """On one line, whatever the names of files in it are."""
        return f"{self.grade.value:<{WIDTH}}{printable(f'{self.about}: {self.text}')}"


def good(about: str, text: str) -> Finding:
    """All is well."""
    return Finding(Grade.GOOD, about, text)


def warning(about: str, text: str) -> Finding:
    """A server starts all the same."""
    return Finding(Grade.WARNING, about, text)


def error(about: str, text: str) -> Finding:
    """It does not."""
    return Finding(Grade.ERROR, about, text)


def count(number: int, one: str, many: str = "") -> str:
    """So many of them; `many` is "" where one more letter makes it."""
    return f"{number} {one if number == 1 else many or one + 's'}"
