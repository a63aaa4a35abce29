# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages about a station's queue and the song on the air: QUEUE, NOW, SKIP, and their answers."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from common.constants import MAX_STATION, MAX_TEXT, MAX_USER
from common.fields import Reader, Writer
from control.message import Message, Type, require

_NAMELESS: Final = "a Station without a name"


@dataclass(frozen=True, slots=True)
class Queue(Message):
    """QUEUE: the songs that wait, from a place on."""

    TYPE: ClassVar = Type.QUEUE

    first: int  # place in the queue, from 1
    limit: int
    station: str

    def __post_init__(self) -> None:
        require(self.first != 0, "a First of 0")
        require(self.limit != 0, "a Limit of 0")
        require(self.station, _NAMELESS)

    def write(self, body: Writer) -> None:
        body.u16(self.first)
        body.u16(self.limit)
        body.text(self.station, MAX_STATION)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u16(), body.u16(), body.text(MAX_STATION))


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One song in ENTRIES."""

    track: int  # 0 where the server does not have it
    starts_in: int  # milliseconds
    duration: int  # milliseconds of playing time
    title: str
    artist: str = ""
    by: str = ""  # who asked for it

    def __post_init__(self) -> None:
        require(self.title, "a song without a title")

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return 18 + sum(len(text.encode()) for text in (self.title, self.artist, self.by))

    def write(self, body: Writer) -> None:
        """Append the fields."""
        body.u32(self.track)
        body.u32(self.starts_in)
        body.u32(self.duration)
        body.text(self.title, MAX_TEXT)
        body.text(self.artist, MAX_TEXT)
        body.text(self.by, MAX_USER)

    @classmethod
    def read(cls, body: Reader) -> Self:
        """Take the fields."""
        return cls(
            body.u32(),
            body.u32(),
            body.u32(),
            body.text(MAX_TEXT),
            body.text(MAX_TEXT),
            body.text(MAX_USER),
        )


@dataclass(frozen=True, slots=True)
class Entries(Message):
    """ENTRIES: songs that wait, in the order in which they will play."""

    TYPE: ClassVar = Type.ENTRIES
    FIXED_SIZE: ClassVar = 4  # bytes before the first entry

    total: int  # songs in the queue
    entries: tuple[QueueEntry, ...]

    def __post_init__(self) -> None:
        require(len(self.entries) <= self.total, "more entries than songs in the queue")

    def write(self, body: Writer) -> None:
        body.u16(self.total)
        body.u16(len(self.entries))
        for entry in self.entries:
            entry.write(body)

    @classmethod
    def read(cls, body: Reader) -> Self:
        total, count = body.u16(), body.u16()
        return cls(total, tuple(QueueEntry.read(body) for _ in range(count)))


@dataclass(frozen=True, slots=True)
class Now(Message):
    """NOW: what is on the air?"""

    TYPE: ClassVar = Type.NOW

    station: str

    def __post_init__(self) -> None:
        require(self.station, _NAMELESS)

    def write(self, body: Writer) -> None:
        body.text(self.station, MAX_STATION)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.text(MAX_STATION))


@dataclass(frozen=True, slots=True)
class OnAir(Message):
    """ON_AIR: the song on the air."""

    TYPE: ClassVar = Type.ON_AIR

    song: int  # its number in the station
    track: int  # 0 where the server does not have it
    elapsed: int  # milliseconds
    duration: int  # milliseconds of playing time
    listeners: int
    votes: int  # to skip it
    needed: int  # votes that skip it
    title: str
    artist: str = ""
    album: str = ""
    by: str = ""

    def __post_init__(self) -> None:
        require(self.song != 0, "a Song of 0")

    def write(self, body: Writer) -> None:
        body.u32(self.song)
        body.u32(self.track)
        body.u32(self.elapsed)
        body.u32(self.duration)
        body.u32(self.listeners)
        body.u16(self.votes)
        body.u16(self.needed)
        body.text(self.title, MAX_TEXT)
        body.text(self.artist, MAX_TEXT)
        body.text(self.album, MAX_TEXT)
        body.text(self.by, MAX_USER)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(
            song=body.u32(),
            track=body.u32(),
            elapsed=body.u32(),
            duration=body.u32(),
            listeners=body.u32(),
            votes=body.u16(),
            needed=body.u16(),
            title=body.text(MAX_TEXT),
            artist=body.text(MAX_TEXT),
            album=body.text(MAX_TEXT),
            by=body.text(MAX_USER),
        )


@dataclass(frozen=True, slots=True)
class Skip(Message):
    """SKIP: a vote to end a song now."""

    TYPE: ClassVar = Type.SKIP

    song: int  # its number in the station
    station: str

    def __post_init__(self) -> None:
        require(self.song != 0, "a Song of 0")
        require(self.station, _NAMELESS)

    def write(self, body: Writer) -> None:
        body.u32(self.song)
        body.text(self.station, MAX_STATION)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u32(), body.text(MAX_STATION))


@dataclass(frozen=True, slots=True)
class Votes(Message):
    """VOTES: how the vote stands."""

    TYPE: ClassVar = Type.VOTES
    SKIPPED: ClassVar = 0x01

    skipped: bool  # the song ends now
    votes: int
    needed: int

    def write(self, body: Writer) -> None:
        body.u8(self.SKIPPED if self.skipped else 0)
        body.u16(self.votes)
        body.u16(self.needed)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(bool(body.flags(cls.SKIPPED)), body.u16(), body.u16())
