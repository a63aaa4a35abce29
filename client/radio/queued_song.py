# SPDX-License-Identifier: GPL-3.0-or-later
"""One song of a programme: what of it has come in, and what the player has taken; no lock."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from client.trimmer import Cuts
from data.mpeg import parse_header

WARM_UP: Final = (
    2048  # bytes without sound where a client joins in the middle, see RFC.md, "Frames"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole MPEG frames.

    Attributes:
        content: their bytes.
        samples: how many they become.
        seconds: how long these last.
    """

    content: bytes
    samples: int
    seconds: float


def measure(content: bytes) -> Stretch:
    """Counts the samples of its frames, up to the first place where no header stands."""
    at, samples, seconds = 0, 0, 0.0
    while at < len(content) and (header := parse_header(content, at)) is not None:
        samples += header.samples
        seconds += header.samples / header.sample_rate
        at += header.length
    return Stretch(content, samples, seconds)


@dataclass(slots=True, eq=False)
class QueuedSong:
    """Changed by its programme alone, under that one's lock. Numbers may be read at any time.

    Attributes:
        number: the song's in the station.
        cuts: samples to take off at its ends.
        left: bytes up to its total that have not come in.
        joins_at: the audio offset in the song at which it was joined.
        warm_up: bytes still to come in whose sound is thrown away; less than 0 behind them.
        received: bytes that came in.
        consumed: bytes that the player took, or that were dropped.
        thrown: samples at the beginning that are not to be heard; grows as stretches come in.
        is_followed: another song has begun, or nothing more will come.
        is_dropped: nobody wants the rest.
    """

    number: int
    cuts: Cuts
    left: int
    joins_at: int
    warm_up: int
    received: int = 0
    consumed: int = 0
    thrown: int = 0
    is_followed: bool = False
    is_dropped: bool = False
    _stretches: deque[Stretch] = field(default_factory=deque[Stretch])
    _used: int = 0  # bytes of the first stretch that were taken already

    @property
    def is_whole(self) -> bool:
        """Whether its last byte has come in: it was not skipped."""
        return not self.left

    @property
    def has_bytes(self) -> bool:
        """Whether there are some to take."""
        return bool(self._stretches)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more of it will come in."""
        return self.is_whole or self.is_followed

    @property
    def is_over(self) -> bool:
        """Whether there will never be a byte to take."""
        return self.is_dropped or (self.has_ended and not self._stretches)

    @property
    def seconds(self) -> float:
        """How long the bytes sound that wait; of the first stretch, as if all were as dense."""
        seconds = sum(stretch.seconds for stretch in self._stretches)
        if self._used:
            first = self._stretches[0]
            seconds -= first.seconds * self._used / len(first.content)
        return seconds

    def append(self, stretch: Stretch) -> None:
        """The next bytes, of which there are not more than `left`."""
        size = len(stretch.content)
        if self.warm_up > 0:
            self.warm_up -= size
            self.thrown += stretch.samples
        self.left -= size
        self.received += size
        if self.is_dropped:
            self.consumed += size
        else:
            self._stretches.append(stretch)

    def take(self, size: int) -> bytes:
        """Takes 1 to `size` bytes where there are some."""
        first = self._stretches[0].content
        piece = first[self._used : self._used + size]
        self._used += len(piece)
        if self._used == len(first):
            self._stretches.popleft()
            self._used = 0
        self.consumed += len(piece)
        return piece

    def drop(self) -> None:
        """Nobody wants the rest of it."""
        self.is_dropped = True
        self.consumed = self.received
        self._stretches.clear()
        self._used = 0
