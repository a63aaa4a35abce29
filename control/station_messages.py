# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages about stations: BROWSE, TUNE, ENQUEUE, QUEUE, NOW, SKIP, and what answers them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Final, Self

from common.constants import KEY_SIZE, MAX_STATION, MAX_STATIONS, MAX_TEXT, STATION_ID_SIZE
from common.fields import Reader, Writer
from control.message import Empty, Extension, Message, Type, require

NO_STATION_ID: Final = bytes(STATION_ID_SIZE)
_NAMELESS: Final = "a Station without a name"


@dataclass(frozen=True, slots=True)
class Browse(Empty):
    """BROWSE: which stations are there?"""

    TYPE: ClassVar = Type.BROWSE


@dataclass(frozen=True, slots=True)
class StationEntry:
    """One station in STATIONS."""

    station: str
    listeners: int
    title: str = ""  # of the song on the air
    artist: str = ""

    def __post_init__(self) -> None:
        require(self.station, _NAMELESS)

    def write(self, body: Writer) -> None:
        """Append the fields."""
        body.text(self.station, MAX_STATION)
        body.u32(self.listeners)
        body.text(self.title, MAX_TEXT)
        body.text(self.artist, MAX_TEXT)

    @classmethod
    def read(cls, body: Reader) -> Self:
        """Take the fields."""
        return cls(body.text(MAX_STATION), body.u32(), body.text(MAX_TEXT), body.text(MAX_TEXT))


@dataclass(frozen=True, slots=True)
class Stations(Message):
    """STATIONS: all stations of the server, by the bytes of their names."""

    TYPE: ClassVar = Type.STATIONS

    stations: tuple[StationEntry, ...]

    def __post_init__(self) -> None:
        require(len(self.stations) <= MAX_STATIONS, "too many stations")
        names = [entry.station.encode() for entry in self.stations]
        require(all(a < b for a, b in pairwise(names)), "stations out of order")

    def write(self, body: Writer) -> None:
        body.u16(len(self.stations))
        for entry in self.stations:
            entry.write(body)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(tuple(StationEntry.read(body) for _ in range(body.u16())))


@dataclass(frozen=True, slots=True)
class Tune(Message):
    """TUNE: a new stream of a station, near the live edge or from where another one broke off."""

    TYPE: ClassVar = Type.TUNE

    stream: int
    station: str
    offset: int = 0  # station offset
    station_id: bytes = NO_STATION_ID
    relayed: bool = False  # this client can be fed by other listeners

    def __post_init__(self) -> None:
        require(self.stream != 0, "a Stream of 0")
        require(self.station, _NAMELESS)
        known = self.station_id != NO_STATION_ID
        require(known or self.offset == 0, "an Offset without a Station Id")

    def write(self, body: Writer) -> None:
        body.u32(self.stream)
        body.u64(self.offset)
        body.octets(self.station_id, STATION_ID_SIZE)
        body.text(self.station, MAX_STATION)
        if self.relayed:
            body.extension(Extension.RELAYED, b"")

    @classmethod
    def read(cls, body: Reader) -> Self:
        stream, offset = body.u32(), body.u64()
        station_id, station = body.octets(STATION_ID_SIZE), body.text(MAX_STATION)
        relayed = body.extensions((Extension.RELAYED,)).get(Extension.RELAYED)
        require(not relayed, "a RELAYED that is not empty")
        return cls(stream, station, offset, station_id, relayed is not None)


@dataclass(frozen=True, slots=True)
class Tuned(Message):
    """TUNED: accepts a TUNE, and tells where the stream begins and how its seals are checked."""

    TYPE: ClassVar = Type.TUNED
    PLACED: ClassVar = 0x01

    stream: int
    offset: int  # station offset
    behind: int  # milliseconds since the stretch at `offset` was due
    station_id: bytes
    key: bytes  # the station's public key
    placed: bool = False  # nothing comes until PARENTS has come

    def __post_init__(self) -> None:
        require(self.stream != 0, "a Stream of 0")
        require(self.station_id != NO_STATION_ID, "a Station Id of zero")

    def write(self, body: Writer) -> None:
        body.u32(self.stream)
        body.u64(self.offset)
        body.u32(self.behind)
        body.octets(self.station_id, STATION_ID_SIZE)
        body.octets(self.key, KEY_SIZE)
        body.u8(self.PLACED if self.placed else 0)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(
            stream=body.u32(),
            offset=body.u64(),
            behind=body.u32(),
            station_id=body.octets(STATION_ID_SIZE),
            key=body.octets(KEY_SIZE),
            placed=bool(body.flags(cls.PLACED)),
        )


@dataclass(frozen=True, slots=True)
class Enqueue(Message):
    """ENQUEUE: asks a station for a song."""

    TYPE: ClassVar = Type.ENQUEUE

    track: int
    station: str

    def __post_init__(self) -> None:
        require(self.track != 0, "a Track of 0")
        require(self.station, _NAMELESS)

    def write(self, body: Writer) -> None:
        body.u32(self.track)
        body.text(self.station, MAX_STATION)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u32(), body.text(MAX_STATION))


@dataclass(frozen=True, slots=True)
class Enqueued(Message):
    """ENQUEUED: the song's place in the queue."""

    TYPE: ClassVar = Type.ENQUEUED
    ALREADY: ClassVar = 0x01

    already: bool  # it was in the queue before, and stays where it was
    place: int  # 1: it plays next
    starts_in: int  # milliseconds

    def __post_init__(self) -> None:
        require(self.place != 0, "a Place of 0")

    def write(self, body: Writer) -> None:
        body.u8(self.ALREADY if self.already else 0)
        body.u16(self.place)
        body.u32(self.starts_in)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(bool(body.flags(cls.ALREADY)), body.u16(), body.u32())
