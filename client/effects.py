# SPDX-License-Identifier: GPL-3.0-or-later
"""What the conversation wants done; the engine carries the effects out in their order."""

from dataclasses import dataclass
from enum import Enum, auto

from client.reports import Report
from client.trimmer import Cuts


class Line(Enum):
    """The two connections to the server."""

    CONTROL = auto()
    DATA = auto()


@dataclass(frozen=True, slots=True)
class Connect:
    """Open this connection, instead of the one before it; `port` None is the one the user named."""

    line: Line
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Write bytes to this connection."""

    line: Line
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close this connection and report nothing more of it.

    `linger`: what was sent must arrive, so the sending direction is closed first (RFC.md, CLOSED).
    """

    line: Line
    linger: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """Play `song` from an empty buffer of `capacity` bytes, instead of what plays now."""

    song: int
    capacity: int
    cuts: Cuts


@dataclass(frozen=True, slots=True)
class LoadProgramme:
    """Play a station from an empty programme of `capacity` bytes, instead of what plays now."""

    station: int
    capacity: int


@dataclass(frozen=True, slots=True)
class BeginSong:
    """What is fed from here on is of the station's song with this number.

    It has `total_bytes`, of which those before `joins_at` will never come.
    """

    number: int
    cuts: Cuts
    total_bytes: int
    joins_at: int


@dataclass(frozen=True, slots=True)
class Slip:
    """Leave out so many MPEG frames of the station, or, less than 0, repeat them, unheard."""

    frames: int


@dataclass(frozen=True, slots=True)
class Feed:
    """Append audio bytes to what was loaded last: a song's buffer, or a station's programme."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class OpenGate:
    """Enough has arrived: the player may take from the buffer."""


@dataclass(frozen=True, slots=True)
class FinishBuffer:
    """Nothing more will be fed; the song ends behind what the buffer holds."""


@dataclass(frozen=True, slots=True)
class Silence:
    """End the song at once."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Pause the player."""


@dataclass(frozen=True, slots=True)
class Release:
    """Let the player go on."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Hand a report to the shell."""

    report: Report


Effect = (
    Connect
    | Send
    | Close
    | Load
    | LoadProgramme
    | BeginSong
    | Slip
    | Feed
    | OpenGate
    | FinishBuffer
    | Silence
    | Hold
    | Release
    | Tell
)


class Outbox:
    """Collects effects while an input is worked on."""

    def __init__(self) -> None:
        self._effects: list[Effect] = []

    def put(self, *effects: Effect) -> None:
        """Add effects behind those that are there."""
        self._effects += effects

    def tell(self, report: Report) -> None:
        """Add a report."""
        self._effects.append(Tell(report))

    def take(self) -> list[Effect]:
        """All effects since the last call."""
        effects, self._effects = self._effects, []
        return effects
