# SPDX-License-Identifier: GPL-3.0-or-later
"""HEARD, the extension field of BYE: what a listener heard, in figures (RFC.md, "BYE")."""

from dataclasses import dataclass
from typing import Final, Self

from common.fields import Reader, Writer, malformed
from control.message import require

FIGURES: Final = 9
SIZE: Final = 4 * FIGURES  # bytes


@dataclass(frozen=True, slots=True)
class Starts:
    """How long something took to begin to sound, from when the listener asked for it.

    Attributes:
        count: how often.
        median: milliseconds.
        worst: milliseconds.
    """

    count: int = 0
    median: int = 0
    worst: int = 0

    def __post_init__(self) -> None:
        require(self.median <= self.worst, "HEARD: a Median that exceeds its Worst")
        require(self.count or not self.worst, "HEARD: a Worst of no Starts")

    def figures(self) -> tuple[int, int, int]:
        """As they stand in HEARD."""
        return self.count, self.median, self.worst


@dataclass(frozen=True, slots=True)
class Heard:
    """The listener's own figures; nothing proves them.

    Attributes:
        seconds: how long there was sound.
        stalls: how often it broke off because nothing was there to play.
        stalled: for how long altogether, in milliseconds.
        songs: starts of songs, seeks among them.
        stations: starts of stations.
    """

    seconds: int = 0
    stalls: int = 0
    stalled: int = 0
    songs: Starts = Starts()
    stations: Starts = Starts()

    def __post_init__(self) -> None:
        require(self.stalls or not self.stalled, "HEARD: Stalled without Stalls")

    def encode(self) -> bytes:
        """The Value; raises ValueError for a figure that does not fit."""
        value = Writer()
        first = (self.seconds, self.stalls, self.stalled)
        value.u32s((*first, *self.songs.figures(), *self.stations.figures()))
        return value.finish()

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The figures; raises ProtocolError, or ValueError where they do not go together."""
        if len(value) != SIZE:
            raise malformed(f"HEARD of {len(value)} bytes where {SIZE} belong")
        seconds, stalls, stalled, *starts = Reader(value).u32s(FIGURES)
        songs, stations = Starts(*starts[:3]), Starts(*starts[3:])
        return cls(seconds, stalls, stalled, songs, stations)
