# SPDX-License-Identifier: GPL-3.0-or-later
"""When to start playing, and when to go on after the buffer ran dry.

Every rule implements `StartRule`; the client asks it on every arrival and on a timer.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Situation:
    """What a rule may know; times in seconds."""

    buffered: float  # of sound that has arrived and is not played yet
    left: float  # of sound from the playing position to the end of the track
    complete: bool  # everything has arrived
    resuming: bool  # the buffer ran dry in this song before
    waited: float  # since the first byte of this wait
    rate: float | None  # bytes per second that the link carries
    needed: float  # bytes per second that the song consumes


class StartRule(Protocol):
    """Decides whether the sound starts now."""

    def ready(self, situation: Situation) -> bool:
        """Whether to start, or to go on after a stall."""
        ...


@dataclass(frozen=True, slots=True)
class FixedStart:
    """A fixed amount of sound, twice that after a stall."""

    seconds: float = 0.5

    def ready(self, situation: Situation) -> bool:
        """Whether enough has arrived, or everything."""
        enough = self.seconds * (2 if situation.resuming else 1)
        return situation.complete or situation.buffered >= min(enough, situation.left)
