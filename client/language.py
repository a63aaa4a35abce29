# SPDX-License-Identifier: GPL-3.0-or-later
"""The command language: one line a person typed becomes one frozen command, or a helpful sentence.

Everything about a command stands in its row of `COMMANDS`; the shell, the help and the completion
read the same rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from client.commands import (
    Browse,
    Command,
    Hold,
    Jump,
    Leave,
    More,
    PlayNow,
    PlayNumber,
    PlayOn,
    PlayTitle,
    Resume,
    ShowHelp,
    ShowStatus,
    Stop,
    Wait,
)
from client.requests import MAX_TRACK
from client.safe_text import cut, safe
from client.times import milliseconds
from common.constants import MAX_TEXT
from common.text import forbidden_character

NOW: Final = "--now"  # of `play`
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


def _words(rest: str) -> str:
    """A search text as LIST takes it (RFC.md, "LIST")."""
    if forbidden_character(rest) is not None:
        raise CommandError("There is a control character in the text; please type it without.")
    if len(rest.encode()) > MAX_TEXT:
        raise CommandError(f"The text is too long: a search has room for {MAX_TEXT} bytes.")
    return rest


def _play(rest: str) -> Command:
    at_once, rest = _without(NOW, rest)
    if not rest:
        return PlayNow() if at_once else PlayOn()
    if rest.isascii() and rest.isdigit():
        track = int(rest[:11])  # eleven digits are too many already
        if not 0 < track <= MAX_TRACK:
            number = cut(rest, MOST_SHOWN)
            raise CommandError(f"There is no track {number}; `list` shows the numbers.")
        return PlayNumber(track, at_once)
    if len(rest) >= 2 and rest[0] == rest[-1] and rest[0] in "\"'":
        rest = rest[1:-1].strip()
    if not rest:
        raise CommandError("There is no title between the quotes. Try `play 1` or `play TITLE`.")
    return PlayTitle(_words(rest), at_once)


def _without(flag: str, rest: str) -> tuple[bool, str]:
    """Whether `flag` is the first or the last word of `rest`, and the others."""
    words = rest.split(" ")
    if words[0] == flag:
        return True, " ".join(words[1:])
    if words[-1] == flag:
        return True, " ".join(words[:-1])
    return False, rest


def _jump(rest: str) -> Command:
    if not rest:
        raise CommandError("Say where to: `seek 1:23`, `seek +10` or `seek -10`.")
    sign = rest[0] if rest[0] in "+-" else ""
    ms = milliseconds(rest.removeprefix(sign).strip())
    if ms is None:
        raise CommandError(
            f"“{safe(rest)}” is no time. Write `seek 1:23`, `seek 83`, `seek +10` or `seek -1:30`."
        )
    return Jump(-ms if sign == "-" else ms, relative=bool(sign))


def _wait(rest: str) -> Command:
    if not rest:
        return Wait(None)
    ms = milliseconds(rest)
    if ms is None:
        raise CommandError(
            f"“{safe(rest)}” is no number of seconds. Write `wait 10`, `wait 1:30` or just `wait`."
        )
    return Wait(ms / 1000)


def _help(rest: str) -> Command:
    return ShowHelp(find(rest).name if rest else None)


def _alone(name: str, command: Command) -> Callable[[str], Command]:
    """The parser of a command that takes nothing."""

    def parse_nothing(rest: str) -> Command:
        if rest:
            raise CommandError(f"`{name}` stands alone; it cannot take “{safe(rest)}”.")
        return command

    return parse_nothing


COMMANDS: Final = (
    Row(
        "list",
        ("ls", "l", "search"),
        "list [TEXT]",
        "show the tracks on the server, or those that match",
        "Every word of TEXT must occur in the title, the artist, the album or the name of the file."
        " The server is asked each time, so the list is never old.",
        lambda rest: Browse(_words(rest)),
    ),
    Row(
        "more",
        ("m",),
        "more",
        "show the next page of the list",
        "The shell shows a long list in pages; `list TEXT` makes it shorter.",
        _alone("more", More()),
    ),
    Row(
        "play",
        ("p",),
        "play [--now] NUMBER|TITLE",
        "play a track, at once, also while another plays",
        "NUMBER is what `list` shows in front. TITLE can be any words of title, artist and album;"
        ' the Tab key completes titles. A title of digits only goes in quotes: play "1812".'
        " Alone, `play` goes on with a song that is paused. The sound starts when enough has"
        " arrived to last to the end; with --now it starts at once, and `play --now` alone makes"
        " a song that waits start, or go on, with what there is.",
        _play,
    ),
    Row("stop", ("s",), "stop", "silence", "The server stops sending too.", _alone("stop", Stop())),
    Row(
        "pause",
        (),
        "pause",
        "hold the song",
        "What has arrived stays; `resume` goes on at the same place.",
        _alone("pause", Hold()),
    ),
    Row(
        "resume",
        ("r", "continue", "unpause"),
        "resume",
        "go on with the song that is paused",
        "",
        _alone("resume", Resume()),
    ),
    Row(
        "seek",
        ("jump",),
        "seek TIME|+TIME|-TIME",
        "go on elsewhere in the song",
        "TIME is in seconds (83) or minutes and seconds (1:23); with + or - it counts from where"
        " the song is: seek 1:23, seek +10, seek -10.",
        _jump,
    ),
    Row(
        "status",
        (),
        "status",
        "say what plays and how the link does",
        "",
        _alone("status", ShowStatus()),
    ),
    Row(
        "wait",
        ("w",),
        "wait [SECONDS]",
        "wait for the end of the song (in scripts)",
        "Fails if the song fails. With SECONDS, goes on after that time even if the song plays on.",
        _wait,
    ),
    Row("help", ("h", "?"), "help [COMMAND]", "explain the commands, or one", "", _help),
    Row(
        "quit",
        ("q", "exit", "bye"),
        "quit",
        "stop and leave (also Ctrl-D)",
        "",
        _alone("quit", Leave()),
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
    if lower.isdigit():
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
