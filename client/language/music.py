# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands about songs of the library, and about whatever plays."""

from typing import Final

from client.commands import (
    Browse,
    Command,
    Hold,
    Jump,
    More,
    PlayNow,
    PlayNumber,
    PlayOn,
    PlayTitle,
    Resume,
    ShowStatus,
    Stop,
    Wait,
)
from client.language.row import CommandError, Row, alone, search_text, track_number, unquoted
from client.safe_text import safe
from client.times import milliseconds

NOW: Final = "--now"  # of `play`


def _play(rest: str) -> Command:
    at_once, rest = _without(NOW, rest)
    if not rest:
        return PlayNow() if at_once else PlayOn()
    track = track_number(rest, "`list` shows the numbers.")
    if track is not None:
        return PlayNumber(track, at_once)
    rest = unquoted(rest)
    if not rest:
        raise CommandError("There is no title between the quotes. Try `play 1` or `play TITLE`.")
    return PlayTitle(search_text(rest), at_once)


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


MUSIC: Final = (
    Row(
        "list",
        ("ls", "l", "search"),
        "list [TEXT]",
        "show the tracks on the server, or those that match",
        "Every word of TEXT must occur in the title, the artist, the album or the name of the file."
        " The server is asked each time, so the list is never old.",
        lambda rest: Browse(search_text(rest)),
    ),
    Row(
        "more",
        ("m",),
        "more",
        "show the next page of the list",
        "The shell shows a long list in pages; `list TEXT` makes it shorter.",
        alone("more", More()),
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
    Row("stop", ("s",), "stop", "silence", "The server stops sending too.", alone("stop", Stop())),
    Row(
        "pause",
        (),
        "pause",
        "hold the song",
        "What has arrived stays; `resume` goes on at the same place.",
        alone("pause", Hold()),
    ),
    Row(
        "resume",
        ("r", "continue", "unpause"),
        "resume",
        "go on with the song that is paused",
        "",
        alone("resume", Resume()),
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
        alone("status", ShowStatus()),
    ),
    Row(
        "wait",
        ("w",),
        "wait [SECONDS]",
        "wait for the end of the song (in scripts)",
        "Fails if the song fails. With SECONDS, goes on after that time even if the song plays on."
        " A station does not end: without SECONDS, it is listened to until the client is ended.",
        _wait,
    ),
)
