# SPDX-License-Identifier: GPL-3.0-or-later
"""The command language: one line a person typed becomes one frozen command, or a helpful sentence.

Everything about a command stands in its row of `COMMANDS`; the shell, the help and the completion
read the same rows.
"""

from difflib import get_close_matches
from typing import Final

from client.commands import Command, Leave, ShowHelp
from client.language.music import MUSIC, NOW
from client.language.row import CommandError, Row, alone
from client.language.stations import STATIONS
from client.safe_text import safe

__all__ = ["COMMANDS", "NOW", "CommandError", "Row", "find", "parse"]


def _help(rest: str) -> Command:
    return ShowHelp(find(rest).name if rest else None)


COMMANDS: Final = (
    *MUSIC,
    *STATIONS,
    Row("help", ("h", "?"), "help [COMMAND]", "explain the commands, or one", "", _help),
    Row(
        "quit",
        ("q", "exit", "bye"),
        "quit",
        "stop and leave (also Ctrl-D)",
        "",
        alone("quit", Leave()),
    ),
)
_BY_WORD: Final = {word: row for row in COMMANDS for word in (row.name, *row.aliases)}


def find(word: str) -> Row:
    """The row that `word` means: a name, an alias, or the beginning of just one name.

    Raises CommandError with the nearest commands in the sentence.
    """
    lower = word.lower()
    if lower in _BY_WORD:
        return _BY_WORD[lower]
    begun = [row for row in COMMANDS if row.name.startswith(lower)]
    if len(begun) == 1:
        return begun[0]
    if begun:
        names = " or ".join(f"`{row.name}`" for row in begun)
        raise CommandError(f"“{safe(word)}” could be {names}; a letter more will do.")
    if lower.isascii() and lower.isdigit():
        raise CommandError(f"To play track {safe(word)}, type `play {safe(word)}`.")
    near = get_close_matches(lower, _BY_WORD, n=1, cutoff=0.6)
    hint = f"Did you mean `{_BY_WORD[near[0]].name}`?" if near else "`help` shows the commands."
    raise CommandError(f"There is no command “{safe(word)}”. {hint}")


def parse(line: str) -> Command | None:
    """The command in `line`; None where there is none (blank, or a comment after `#`).

    Raises CommandError with a sentence for the person who typed it.
    """
    words = line.split()
    if not words or words[0].startswith("#"):
        return None
    return find(words[0]).parse(" ".join(words[1:]))
