# SPDX-License-Identifier: GPL-3.0-or-later
"""What a row of the command table is, and the readers that several rows share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from client.commands import Command
from client.requests import MAX_TRACK
from client.safe_text import cut, safe
from common.constants import MAX_TEXT
from common.text import forbidden_character

MOST_SHOWN: Final = 20  # columns of a number that is quoted


class CommandError(Exception):
    """The line is no command; the argument is a sentence that helps."""


@dataclass(frozen=True, slots=True)
class Row:
    """One command: how it is called, what it takes, what it does."""

    name: str
    aliases: tuple[str, ...]
    usage: str
    summary: str
    details: str
    parse: Callable[[str], Command]


def search_text(rest: str) -> str:
    """A search text as LIST takes it (RFC.md, "LIST"); raises CommandError."""
    if forbidden_character(rest) is not None:
        raise CommandError("There is a control character in the text; please type it without.")
    if len(rest.encode()) > MAX_TEXT:
        raise CommandError(f"The text is too long: a search has room for {MAX_TEXT} bytes.")
    return rest


def track_number(rest: str, remedy: str) -> int | None:
    """The track that `rest` names by its number; None where it is no number.

    Raises CommandError, with what to do about it behind, where no track has such a number.
    """
    if not (rest.isascii() and rest.isdigit()):
        return None
    track = int(rest[:11])  # eleven digits are too many already
    if not 0 < track <= MAX_TRACK:
        raise CommandError(f"There is no track {cut(rest, MOST_SHOWN)}; {remedy}")
    return track


def unquoted(rest: str) -> str:
    """`rest` without the quotes around it, if there are any."""
    if len(rest) >= 2 and rest[0] == rest[-1] and rest[0] in "\"'":
        return rest[1:-1].strip()
    return rest


def alone(name: str, command: Command) -> Callable[[str], Command]:
    """The parser of a command that takes nothing."""

    def parse_nothing(rest: str) -> Command:
        if rest:
            raise CommandError(f"`{name}` stands alone; it cannot take “{safe(rest)}”.")
        return command

    return parse_nothing
