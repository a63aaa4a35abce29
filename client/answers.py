# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command leads to, in the terms of the command.

Made of one or several reports, which are in the terms of the engine (`client.reports`).
"""

from dataclasses import dataclass
from enum import Enum

from client.language import Row
from client.reports import (
    Connected,
    Continued,
    Disconnected,
    Finished,
    LinkBack,
    LinkLost,
    Notice,
    SongFailed,
    Stalled,
    Started,
    Status,
    TrackLine,
)
from client.tuning.answers import StationEvent


@dataclass(frozen=True, slots=True)
class Page:
    """Some tracks of a list that goes on by itself; Tracks or CommandFailed closes it."""

    tracks: tuple[TrackLine, ...]


@dataclass(frozen=True, slots=True)
class Tracks:
    """A list, or its last page: `shown` of `total` tracks have been shown with this."""

    query: str
    total: int
    shown: int
    more: bool
    scanning: bool
    tracks: tuple[TrackLine, ...]
    of_station: bool = False  # asked for with `songs`


@dataclass(frozen=True, slots=True)
class Matches:
    """Several tracks fit the title that was to be played, or requested, so none of them was."""

    title: str
    total: int
    tracks: tuple[TrackLine, ...]
    for_request: bool = False


@dataclass(frozen=True, slots=True)
class Playing:
    """The server sends this song; nothing of an older one is heard from here on."""

    stream: int
    track: TrackLine
    start_ms: int
    sought: bool  # by `seek`: the song told of last, elsewhere


class Did(Enum):
    """A plain command was obeyed."""

    STOPPED = "stopped"
    PAUSED = "paused"
    RESUMED = "resumed"
    HURRIED = "hurried"  # `play --now` alone


@dataclass(frozen=True, slots=True)
class StatusShown:
    """Answers `status`."""

    status: Status


@dataclass(frozen=True, slots=True)
class Help:
    """Answers `help`: about these commands; one alone is explained at length."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """A command could not be done; `reason` is a sentence, `code` the RFC's name or ""."""

    code: str
    reason: str


# What a person, or a program that reads `--json`, is told: these, and most of the engine's reports.
Event = (
    Page
    | Tracks
    | Matches
    | Playing
    | Did
    | StatusShown
    | Help
    | CommandFailed
    | Connected
    | Started
    | Stalled
    | Continued
    | Finished
    | SongFailed
    | LinkLost
    | LinkBack
    | Notice
    | Disconnected
    | StationEvent
)
