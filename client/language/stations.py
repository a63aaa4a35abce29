# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands about stations."""

from typing import Final

from client.commands import Browse, Command
from client.language.row import CommandError, Row, alone, search_text, track_number, unquoted
from client.safe_text import cut, safe
from client.tuning.commands import (
    RequestNumber,
    RequestTitle,
    ShowNow,
    ShowRequests,
    ShowStations,
    TuneIn,
    VoteToSkip,
)
from common.constants import MAX_STATION
from common.text import forbidden_character

MOST_PLACES: Final = 0xFFFF  # of a station's list, which QUEUE has room for
MOST_SHOWN: Final = 20  # columns of a number that is quoted


def station_name(text: str) -> str:
    """A station's name as TUNE takes it (RFC.md, "TUNE"); raises CommandError."""
    if forbidden_character(text) is not None:
        raise CommandError("There is a control character in the name; please type it without.")
    if len(text.encode()) > MAX_STATION:
        raise CommandError(f"No station has a name of more than {MAX_STATION} bytes.")
    return text


def _tune(rest: str) -> Command:
    return TuneIn(station_name(unquoted(rest)))


def _request(rest: str) -> Command:
    if not rest:
        raise CommandError("Say what to request: `request 3` or `request TITLE`.")
    track = track_number(rest, "`songs` shows the numbers.")
    if track is not None:
        return RequestNumber(track)
    rest = unquoted(rest)
    if not rest:
        raise CommandError("There is no title between the quotes. Try `request TITLE`.")
    return RequestTitle(search_text(rest))


def _requests(rest: str) -> Command:
    if not rest:
        return ShowRequests(1)
    if rest.isascii() and rest.isdigit() and 0 < int(rest[:6]) <= MOST_PLACES:
        return ShowRequests(int(rest[:6]))
    shown = safe(cut(rest, MOST_SHOWN))
    raise CommandError(f"“{shown}” is no place in the list; write `requests` or `requests 21`.")


STATIONS: Final = (
    Row(
        "stations",
        (),
        "stations",
        "show the server's stations, and what they play",
        "A station plays one song after another, and all its listeners hear the same.",
        alone("stations", ShowStations()),
    ),
    Row(
        "tune",
        ("t",),
        "tune [NAME]",
        "listen to a station",
        "The beginning of NAME is enough where it is clear, and no name where there is only one"
        " station. `stop` ends it, and so does `play`. A station cannot be paused or sought in.",
        _tune,
    ),
    Row(
        "songs",
        (),
        "songs [TEXT]",
        "show the songs of the station, or those that match",
        "Their numbers are for `request`. Where no station is tuned in, it is the same as `list`.",
        lambda rest: Browse(search_text(rest), of_station=True),
    ),
    Row(
        "request",
        (),
        "request NUMBER|TITLE",
        "ask the station for a song",
        "It is put at the end of the list that `requests` shows. NUMBER is what `songs` shows in"
        " front. TITLE can be any words of title, artist and album; a title of digits only goes in"
        ' quotes: request "1812".',
        _request,
    ),
    Row(
        "requests",
        (),
        "requests [PLACE]",
        "show what was asked for, the next song first",
        "With who asked for it and when it will play. With PLACE, a long list is shown from there.",
        _requests,
    ),
    Row(
        "now",
        (),
        "now",
        "say what the station plays, and who listens",
        "That is what the server plays by now; it is heard some seconds later.",
        alone("now", ShowNow()),
    ),
    Row(
        "skip",
        (),
        "skip",
        "vote to skip the song that is heard",
        "It is skipped when more than half of the listeners have voted.",
        alone("skip", VoteToSkip()),
    ),
)
