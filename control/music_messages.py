# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages about music: LIST, TRACKS, PLAY, STREAM, STOP, CREDIT."""

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from typing import ClassVar, Final, Self

from common.constants import DIGEST_SIZE, MAX_MAP, MAX_STATION, MAX_TEXT
from common.fields import Reader, Writer
from control.message import Extension, Message, Type, require

# Numbers that follow each other, of the messages of which a listener has many.
_PLAY: Final = struct.Struct("!IIBQIB")
_STREAM: Final = struct.Struct("!IIQQQIIBBHH")
_CREDIT: Final = struct.Struct("!IQ")


@dataclass(frozen=True, slots=True)
class List(Message):
    """LIST: one page of the library, or of what matches a query."""

    TYPE: ClassVar = Type.LIST

    after: int = 0
    limit: int = 100
    query: str = ""
    station: str = ""  # only the tracks of this station; empty: of the whole library

    def __post_init__(self) -> None:
        require(self.limit != 0, "a Limit of 0")

    def write(self, body: Writer) -> None:
        body.u32(self.after)
        body.u16(self.limit)
        body.text(self.query, MAX_TEXT)
        if self.station:
            body.text_extension(Extension.STATION, self.station, MAX_STATION)

    @classmethod
    def read(cls, body: Reader) -> Self:
        after, limit, query = body.u32(), body.u16(), body.text(MAX_TEXT)
        station = body.extensions((Extension.STATION,)).get(Extension.STATION)
        name = "" if station is None else Reader(station).rest(MAX_STATION)
        return cls(after, limit, query, name)


@dataclass(frozen=True, slots=True)
class TrackEntry:
    """One track in TRACKS."""

    track: int
    duration: int  # milliseconds
    title: str
    artist: str = ""
    album: str = ""

    def __post_init__(self) -> None:
        require(self.track != 0, "a Track of 0")
        require(self.title != "", "a track without a title")

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return 14 + sum(len(text.encode()) for text in (self.title, self.artist, self.album))

    def write(self, body: Writer) -> None:
        """Append the fields."""
        body.u32(self.track)
        body.u32(self.duration)
        body.text(self.title, MAX_TEXT)
        body.text(self.artist, MAX_TEXT)
        body.text(self.album, MAX_TEXT)

    @classmethod
    def read(cls, body: Reader) -> Self:
        """Take the fields."""
        return cls(
            body.u32(),
            body.u32(),
            body.text(MAX_TEXT),
            body.text(MAX_TEXT),
            body.text(MAX_TEXT),
        )


@dataclass(frozen=True, slots=True)
class Tracks(Message):
    """TRACKS: one page of tracks, by rising id."""

    TYPE: ClassVar = Type.TRACKS
    MORE: ClassVar = 0x01
    SCANNING: ClassVar = 0x02
    FIXED_SIZE: ClassVar = 7  # bytes before the first track

    total: int
    more: bool
    scanning: bool
    tracks: tuple[TrackEntry, ...]

    def __post_init__(self) -> None:
        ids = [entry.track for entry in self.tracks]
        require(all(a < b for a, b in pairwise(ids)), "tracks out of order")
        require(bool(ids) or not self.more, "a page with MORE and without a track")

    def write(self, body: Writer) -> None:
        body.u32(self.total)
        body.u8((self.MORE if self.more else 0) | (self.SCANNING if self.scanning else 0))
        body.u16(len(self.tracks))
        for entry in self.tracks:
            entry.write(body)

    @classmethod
    def read(cls, body: Reader) -> Self:
        total = body.u32()
        flags = body.flags(cls.MORE | cls.SCANNING)
        count = body.u16()
        tracks = tuple(TrackEntry.read(body) for _ in range(count))
        return cls(total, bool(flags & cls.MORE), bool(flags & cls.SCANNING), tracks)


class StartKind(IntEnum):
    """What the Start of a PLAY counts."""

    TIME = 0  # milliseconds of frame time
    OFFSET = 1  # audio bytes


@dataclass(frozen=True, slots=True)
class Play(Message):
    """PLAY: a new stream of a track, from a time or an audio offset."""

    TYPE: ClassVar = Type.PLAY

    track: int
    stream: int
    kind: StartKind = StartKind.TIME
    start: int = 0
    window: int = 0  # bytes
    digest: bytes = b""

    def __post_init__(self) -> None:
        require(self.stream != 0, "a Stream of 0")
        require(len(self.digest) in {0, DIGEST_SIZE}, "a Digest Length other than 0 and 32")

    def write(self, body: Writer) -> None:
        fixed = (self.track, self.stream, self.kind, self.start, self.window, len(self.digest))
        body.numbers(_PLAY, *fixed)
        body.octets(self.digest, len(self.digest))

    @classmethod
    def read(cls, body: Reader) -> Self:
        track, stream, kind, start, window, size = body.numbers(_PLAY)
        return cls(track, stream, StartKind(kind), start, window, body.octets(size))


@dataclass(frozen=True, slots=True)
class Stream(Message):
    """STREAM: accepts a PLAY and tells all there is to know about the sound to come."""

    TYPE: ClassVar = Type.STREAM
    GAPLESS: ClassVar = 0x01

    stream: int
    track: int
    offset: int  # audio bytes
    total: int  # audio bytes
    start_time: int  # microseconds of frame time
    duration: int  # milliseconds
    sample_rate: int  # Hz
    channels: int
    gapless: bool
    delay: int  # samples per channel
    padding: int  # samples per channel
    digest: bytes
    title: str
    artist: str
    album: str
    map_interval: int  # milliseconds
    map: tuple[int, ...]  # audio bytes in each interval
    # As it goes out, once it has; the longest of all answers, and a crowd gets the same one.
    _written: bytes = field(init=False, repr=False, compare=False, default=b"")

    def __post_init__(self) -> None:
        require(self.stream != 0, "a Stream of 0")
        require(self.track != 0, "a Track of 0")
        require(self.offset <= self.total, "an Offset beyond Total")
        require(self.duration > 0, "a Duration of 0")
        require(self.sample_rate > 0, "a Sample Rate of 0")
        require(self.channels in {1, 2}, "neither one channel nor two")
        require(self.gapless or self.delay == self.padding == 0, "Delay without GAPLESS")
        require(self.map_interval > 0, "a Map Interval of 0")
        intervals = -(-self.duration // self.map_interval)
        require(1 <= len(self.map) <= MAX_MAP, "an empty or too long Map")
        require(len(self.map) == intervals, "Map Count does not fit Duration and Map Interval")
        require(sum(self.map) == self.total, "the Map does not add up to Total")

    def write(self, body: Writer) -> None:
        if not self._written:
            object.__setattr__(self, "_written", self._write())
        body.octets(self._written, len(self._written))

    def _write(self) -> bytes:
        body = Writer()
        body.numbers(
            _STREAM,
            self.stream,
            self.track,
            self.offset,
            self.total,
            self.start_time,
            self.duration,
            self.sample_rate,
            self.channels,
            self.GAPLESS if self.gapless else 0,
            self.delay,
            self.padding,
        )
        body.octets(self.digest, DIGEST_SIZE)
        body.text(self.title, MAX_TEXT)
        body.text(self.artist, MAX_TEXT)
        body.text(self.album, MAX_TEXT)
        body.u32(self.map_interval)
        body.u16(len(self.map))
        body.u32s(self.map)
        return body.finish()

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(
            stream=body.u32(),
            track=body.u32(),
            offset=body.u64(),
            total=body.u64(),
            start_time=body.u64(),
            duration=body.u32(),
            sample_rate=body.u32(),
            channels=body.u8(),
            gapless=bool(body.flags(cls.GAPLESS)),
            delay=body.u16(),
            padding=body.u16(),
            digest=body.octets(DIGEST_SIZE),
            title=body.text(MAX_TEXT),
            artist=body.text(MAX_TEXT),
            album=body.text(MAX_TEXT),
            map_interval=body.u32(),
            map=body.u32s(body.u16()),
        )


@dataclass(frozen=True, slots=True)
class Stop(Message):
    """STOP: ends a stream early."""

    TYPE: ClassVar = Type.STOP

    stream: int

    def write(self, body: Writer) -> None:
        body.u32(self.stream)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u32())


@dataclass(frozen=True, slots=True)
class Credit(Message):
    """CREDIT: the audio offset up to which the server may send."""

    TYPE: ClassVar = Type.CREDIT

    stream: int
    limit: int  # audio offset

    def write(self, body: Writer) -> None:
        body.numbers(_CREDIT, self.stream, self.limit)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(*body.numbers(_CREDIT))
