# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine tells the shell of stations; part of `client.reports`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StationLine:
    """One station, and what it plays; an empty `title` where it plays nothing."""

    station: str
    listeners: int
    title: str
    artist: str


@dataclass(frozen=True, slots=True)
class StationsListed:
    """Answers BrowseStations; in the order of their names."""

    tag: int
    stations: tuple[StationLine, ...]


@dataclass(frozen=True, slots=True)
class TunedIn:
    """Answers Tune: the server sends; nothing older is heard from here on."""

    tag: int
    stream: int
    station: str
    behind_ms: int  # behind the live edge


@dataclass(frozen=True, slots=True)
class SongOnAir:
    """A song of a station, as its listeners are told of it.

    Attributes:
        number: of the song in the station.
        by: who asked for it; empty where nobody did, or that is not known.
    """

    number: int
    title: str
    artist: str
    album: str
    duration_ms: int
    by: str


@dataclass(frozen=True, slots=True)
class SongHeard:
    """A station's song is heard from here on."""

    stream: int
    station: str
    song: SongOnAir


@dataclass(frozen=True, slots=True)
class Missed:
    """The station went on without this listener, who is at the live edge again.

    `missed_ms` is None where nobody can tell how much, for it is another stream of the station.
    """

    stream: int
    station: str
    missed_ms: int | None


@dataclass(frozen=True, slots=True)
class Requested:
    """Answers RequestSong: it plays as number `place`, if nobody skips in `starts_in_ms`.

    `already`: it was in the list before.
    """

    tag: int
    track: int
    place: int
    starts_in_ms: int
    already: bool


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A song that waits to be played; `track` is 0 where this server does not have it."""

    place: int
    track: int
    starts_in_ms: int
    duration_ms: int
    title: str
    artist: str
    by: str


@dataclass(frozen=True, slots=True)
class RequestsListed:
    """Answers ListRequests; `total` songs wait in all."""

    tag: int
    station: str
    total: int
    requests: tuple[RequestLine, ...]


@dataclass(frozen=True, slots=True)
class OnAirNow:
    """Answers AskNow; `votes` of `needed` want to skip the song."""

    tag: int
    station: str
    track: int
    elapsed_ms: int
    listeners: int
    votes: int
    needed: int
    song: SongOnAir


@dataclass(frozen=True, slots=True)
class Voted:
    """Answers VoteSkip.

    `behind_ms`: how long it takes until that is heard, as far as it is known.
    """

    tag: int
    skipped: bool
    votes: int
    needed: int
    behind_ms: int


News = SongHeard | Missed
StationReport = (
    StationsListed | TunedIn | Requested | RequestsListed | OnAirNow | Voted | SongHeard | Missed
)


@dataclass(frozen=True, slots=True)
class RelayStatus:
    """How a listener stands among the others.

    Attributes:
        depth: how many listeners pass the sound on before it comes here; 0: the server sends it.
        children: how many are fed from here.
        rate: bytes per second that they are sent, all together.
    """

    depth: int = 0
    children: int = 0
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class StationStatus:
    """How a station is heard.

    Attributes:
        name: the station's.
        song: the song that is heard; None before the first one.
        behind: seconds behind the live edge; None before the first sound.
        drift: how much faster than the station's the clock of the sink runs, in parts of a million;
            None where that is not known yet.
        feeder: the listener that feeds this one; 0 where the server does.
        relay: how this listener stands among the others.
    """

    name: str
    song: SongOnAir | None = None
    behind: float | None = None
    drift: int | None = None
    feeder: int = 0
    relay: RelayStatus = RelayStatus()
