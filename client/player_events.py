# SPDX-License-Identifier: GPL-3.0-or-later
"""What the player reports, and how far it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    """The first sound of a stream was handed to the sink, at `at` (seconds, monotonic clock)."""

    stream: int
    at: float


@dataclass(frozen=True, slots=True)
class Starved:
    """The stream's bytes ran out in the middle; what the sink still has plays on."""

    stream: int


@dataclass(frozen=True, slots=True)
class Continued:
    """Sound is handed to the sink again after Starved."""

    stream: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The last sample of the stream was heard."""

    stream: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stream was given up before its end; nothing of it is heard any more."""

    stream: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The stream cannot be played (on); `text` is a sentence for the listener."""

    stream: int
    text: str


@dataclass(frozen=True, slots=True)
class SongHeard:
    """The first sample of a station's song was heard, at `at` (seconds, monotonic clock)."""

    stream: int
    number: int
    at: float


@dataclass(frozen=True, slots=True)
class SongFailed:
    """A station's song cannot be decoded; the station goes on with the next one."""

    stream: int
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Slipped:
    """So many MPEG frames of a station's sound were left out, or, less than 0, repeated."""

    stream: int
    frames: int


Event = (
    Started | Starved | Continued | Finished | Stopped | Failed | SongHeard | SongFailed | Slipped
)


@dataclass(frozen=True, slots=True)
class Position:
    """How much of a stream was heard: `ms` from the start position it was played from.

    Of a station, of the song that is heard, from its first sample that was.
    """

    stream: int
    ms: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What was known at one moment, from which the position at a later one follows.

    Attributes:
        stream: whose sound it is.
        written: seconds of sound that the sink had taken at `at`, from the start position on.
        delay: seconds of these that were not heard by then.
        at: seconds on the monotonic clock.
        moving: whether the sink was playing; False while paused.
    """

    stream: int
    written: float
    delay: float
    at: float
    moving: bool

    def position(self, now: float) -> Position:
        """The position at `now`, seconds on the same clock."""
        passed = max(0.0, now - self.at) if self.moving else 0.0
        heard = self.written - max(0.0, self.delay - passed)
        return Position(self.stream, max(0, int(heard * 1000)))
