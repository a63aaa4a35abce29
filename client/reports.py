# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine tells the shell: events as they happen, and a status to be read at any time."""

from dataclasses import dataclass
from enum import Enum

from client.tuning.reports import StationReport, StationStatus


@dataclass(frozen=True, slots=True)
class TrackLine:
    """One line of a list."""

    track: int
    duration_ms: int
    title: str
    artist: str
    album: str


@dataclass(frozen=True, slots=True)
class Connected:
    """A session is open, for the first time or again (`resumed`)."""

    server: str
    resumed: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """Answers ListTracks."""

    tag: int
    total: int
    more: bool
    scanning: bool
    tracks: tuple[TrackLine, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """Answers PlayTrack and Seek: the server sends; nothing older is heard from here on."""

    tag: int
    stream: int
    track: TrackLine
    start_ms: int


@dataclass(frozen=True, slots=True)
class Done:
    """Answers StopSong, Pause and Unpause."""

    tag: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Answers any request that could not be done; `reason` is a sentence for a person."""

    tag: int
    code: str  # the RFC's name, or "" where this side refused
    reason: str


@dataclass(frozen=True, slots=True)
class Started:
    """The first sound of a stream went to the sink; `latency_ms` counts from the request."""

    stream: int
    latency_ms: float


@dataclass(frozen=True, slots=True)
class Stalled:
    """The buffer ran dry in the middle of a song."""

    stream: int


@dataclass(frozen=True, slots=True)
class Continued:
    """The song goes on after a stall."""

    stream: int
    stalled_ms: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The song was heard to its end. `intact` is None where the digest could not be checked."""

    stream: int
    intact: bool | None


@dataclass(frozen=True, slots=True)
class SongFailed:
    """The song cannot go on."""

    stream: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class LinkLost:
    """A connection is gone; the buffer plays on, and the engine tries again."""

    reason: str
    retry_in_s: float


@dataclass(frozen=True, slots=True)
class LinkBack:
    """The connection is there again."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a line, for example that there is no sound card."""

    text: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The engine has ended; `error` is True where nobody asked for it."""

    reason: str
    error: bool


Report = (
    Connected
    | Listed
    | Accepted
    | Done
    | Refused
    | Started
    | Stalled
    | Continued
    | Finished
    | SongFailed
    | LinkLost
    | LinkBack
    | Notice
    | Disconnected
    | StationReport
)


class Activity(Enum):
    """The state in words."""

    CONNECTING = "connecting"
    STOPPED = "stopped"
    BUFFERING = "buffering"
    PLAYING = "playing"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Status:
    """A snapshot for the status line; times in seconds, rates in bytes per second."""

    activity: Activity
    linked: bool  # False: link lost
    track: TrackLine | None = None
    position: float = 0.0
    buffered_to: float = 0.0  # frame time up to which sound has arrived
    duration: float = 0.0
    rate: float | None = None  # throughput, averaged over the last seconds
    mark: float | None = None  # sound with which it will start or go on, where it waits for that
    wait: float | None = None  # until then, as far as anybody can tell
    received: int = 0  # audio bytes of this stream so far
    stalls: int = 0  # in this song
    station: StationStatus | None = None  # where a station is heard; times are of its song
