# SPDX-License-Identifier: GPL-3.0-or-later
"""The recent past of a station, and those who read it: a server's listeners, a relay's children.

The payloads are the same for all readers; only the headers, with session and stream, are each
one's own. So a reader is an offset, and thousands of them cost little more than their headers.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final, NamedTuple

from common.constants import DIGEST_SIZE, MAX_PAYLOAD, RING, SIGNATURE_SIZE
from common.errors import AntiphonError, MisuseError
from data.frame_header import HEADER, FrameType

# 30 s at the highest bit rate of MPEG audio, 320 kbit/s, with room for headers that lie.
MOST_BYTES: Final = 2 * 1024 * 1024

_DATA: Final = int(FrameType.DATA)
_SEAL: Final = int(FrameType.SEAL)
_SONG: Final = int(FrameType.SONG)
_SEAL_SIZE: Final = DIGEST_SIZE + SIGNATURE_SIZE


class Behind(AntiphonError):  # noqa: N818 what the RFC calls it
    """What a reader needs next has left the ring: it is told FAIL, BEHIND."""


class Out(NamedTuple):
    """A frame for one reader: both buffers go to the kernel, one behind the other."""

    header: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Song:
    offset: int  # station offset at which it begins
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Stretch:
    offset: int  # station offset
    audio: bytes
    seal: bytes  # payload of SEAL
    song: _Song
    seconds: float

    @property
    def end(self) -> int:
        return self.offset + len(self.audio)

    @property
    def begins_song(self) -> bool:
        return self.offset == self.song.offset

    @property
    def size(self) -> int:
        song = len(self.song.payload) if self.begins_song else 0
        return song + len(self.audio) + len(self.seal)


class Ring:
    """Stretches of one station, each behind the one before it, in order and without a gap."""

    def __init__(
        self, edge: int = 0, *, seconds: float = RING, most_bytes: int = MOST_BYTES
    ) -> None:
        """An empty ring, whose first stretch will be at `edge`.

        It keeps as many of the newest stretches as play for `seconds` together, but never more
        than `most_bytes` of payloads, and always the newest one.
        """
        self._most_seconds, self._most_bytes = seconds, most_bytes
        self._offsets: list[int] = []  # of the stretches, for the search
        self._stretches: list[_Stretch] = []
        self._song: _Song | None = None
        self._edge = edge
        self._seconds = 0.0
        self._bytes = 0

    @property
    def edge(self) -> int:
        """The station offset behind the newest stretch."""
        return self._edge

    @property
    def oldest(self) -> int:
        """The station offset of the oldest stretch; `edge` where the ring is empty."""
        return self._offsets[0] if self._offsets else self._edge

    @property
    def song_offset(self) -> int | None:
        """Where the song at the edge began; None where no song was named."""
        return None if self._song is None else self._song.offset

    @property
    def held_bytes(self) -> int:
        """Bytes of payloads that are held."""
        return self._bytes

    def append_song(self, offset: int, payload: bytes) -> None:
        """The stretches that follow belong to this song, which began at `offset`.

        Raises MisuseError where it is neither the edge nor, for the very first song, before it.
        """
        if offset > self._edge or (self._song is not None and offset != self._edge):
            raise MisuseError(f"a song at {offset} where the ring ends at {self._edge}")
        self._song = _Song(offset, payload)

    def append_stretch(
        self, offset: int, audio: bytes, *, before: bytes, signature: bytes, seconds: float
    ) -> None:
        """The next stretch, which plays for `seconds`; what is too old goes.

        Raises MisuseError where it does not follow, is too large, or no song was named.
        """
        if offset != self._edge or self._song is None:
            raise MisuseError(f"a stretch at {offset} where the ring ends at {self._edge}")
        seal = before + signature
        if not 0 < len(audio) <= MAX_PAYLOAD or len(seal) != _SEAL_SIZE:
            raise MisuseError("a stretch or a seal that fits into no frame")
        stretch = _Stretch(offset, audio, seal, self._song, seconds)
        self._stretches.append(stretch)
        self._offsets.append(offset)
        self._edge = stretch.end
        self._seconds += seconds
        self._bytes += stretch.size
        self._forget()

    def has(self, offset: int) -> bool:
        """Whether a reader can begin there: at a stretch that is held, or the next one to come."""
        if offset == self._edge:
            return True
        at = bisect_left(self._offsets, offset)
        return at < len(self._offsets) and self._offsets[at] == offset

    def begin(self, offset: int) -> "Cursor":
        """A reader whose first stretch is the one at `offset`.

        Raises Behind where that has left, ValueError where no stretch begins there.
        """
        if offset < self.oldest:
            raise Behind(f"the stretch at {offset} has left")
        if not self.has(offset):
            raise ValueError(f"no stretch begins at {offset}")
        return Cursor(self, offset)

    def start_near_edge(self, back_seconds: float) -> "Cursor":
        """A reader that begins so far behind the edge, or with the oldest stretch."""
        at, seconds = len(self._stretches), 0.0
        while at and seconds < back_seconds:
            at -= 1
            seconds += self._stretches[at].seconds
        return Cursor(self, self._offsets[at] if at < len(self._offsets) else self._edge)

    def seconds_from(self, offset: int) -> float:
        """How long what is held from the stretch at `offset` on plays."""
        at = bisect_left(self._offsets, offset)
        return sum(stretch.seconds for stretch in self._stretches[at:])

    def since(self, offset: int) -> list[_Stretch]:
        """The stretches from the one at `offset` on. Raises Behind where that has left."""
        if offset < self.oldest:
            raise Behind(f"the stretch at {offset} has left")
        return self._stretches[bisect_left(self._offsets, offset) :]

    def _forget(self) -> None:
        gone = 0
        for stretch in self._stretches[:-1]:
            if self._seconds <= self._most_seconds and self._bytes <= self._most_bytes:
                break
            self._seconds -= stretch.seconds
            self._bytes -= stretch.size
            gone += 1
        if gone:
            del self._stretches[:gone]
            del self._offsets[:gone]


class Cursor:
    """How far one reader has come."""

    __slots__ = ("_fresh", "_next", "_ring")

    def __init__(self, ring: Ring, offset: int) -> None:
        """`offset` is the station offset of the first stretch to read."""
        self._ring = ring
        self._next = offset
        self._fresh = True

    @property
    def next(self) -> int:
        """The station offset of the next stretch to send."""
        return self._next

    @property
    def waiting(self) -> bool:
        """Whether all that there is was named."""
        return self._next == self._ring.edge

    def next_frames(self, session: int, stream: int, budget: int) -> list[Out]:
        """Whole stretches of together about `budget` bytes, with their seals and songs.

        One stretch at least, where there is one and `budget` is not 0. What was named counts as
        sent. Raises Behind where what comes next has left the ring.
        """
        if self._next == self._ring.edge:
            return []
        pack = HEADER.pack
        out: list[Out] = []
        for stretch in self._ring.since(self._next):
            if budget <= 0:
                break
            song = stretch.song
            if self._fresh or stretch.begins_song:
                header = pack(len(song.payload), _SONG, session, stream, song.offset)
                out.append(Out(header, song.payload))
                budget -= len(header) + len(song.payload)
                self._fresh = False
            data = pack(len(stretch.audio), _DATA, session, stream, stretch.offset)
            seal = pack(_SEAL_SIZE, _SEAL, session, stream, stretch.end)
            out += (Out(data, stretch.audio), Out(seal, stretch.seal))
            budget -= len(data) + len(stretch.audio) + len(seal) + len(stretch.seal)
            self._next = stretch.end
        return out
