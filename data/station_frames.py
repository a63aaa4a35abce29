# SPDX-License-Identifier: GPL-3.0-or-later
"""Data frames of stations and of relays (RFC.md, "Stations" and "Relays")."""

from dataclasses import dataclass
from typing import ClassVar, Self

from common.constants import (
    DIGEST_SIZE,
    JOIN_TICKET_SIZE,
    MAX_TEXT,
    MAX_USER,
    SIGNATURE_SIZE,
    STATION_ID_SIZE,
)
from common.fields import Reader, Writer, malformed
from data.frame_header import FrameType, encoded

SERVER_NODE = 0  # the server among the nodes of a tree


@dataclass(frozen=True, slots=True)
class Song:
    """The payload of SONG: what a listener needs to know of a station's song."""

    GAPLESS: ClassVar = 0x01

    number: int  # of the song in the station
    total: int  # audio bytes of the track
    duration: int  # milliseconds of playing time
    sample_rate: int  # Hz
    channels: int
    gapless: bool
    delay: int  # samples per channel
    padding: int  # samples per channel
    digest: bytes
    title: str = ""
    artist: str = ""
    album: str = ""
    by: str = ""

    def __post_init__(self) -> None:
        for holds, rule in (
            (self.number > 0, "a Song of 0"),
            (self.total > 0, "a Total of 0"),
            (self.sample_rate > 0, "a Sample Rate of 0"),
            (self.channels in {1, 2}, "neither one channel nor two"),
            (self.gapless or self.delay == self.padding == 0, "Delay without GAPLESS"),
        ):
            if not holds:
                raise ValueError(rule)

    def payload(self) -> bytes:
        """The bytes that SONG carries, and that the seals of the song are chained to.

        Raises ValueError for a field that does not fit its type.
        """
        body = Writer()
        body.u32(self.number)
        body.u64(self.total)
        body.u32(self.duration)
        body.u32(self.sample_rate)
        body.u8(self.channels)
        body.u8(self.GAPLESS if self.gapless else 0)
        body.u16(self.delay)
        body.u16(self.padding)
        body.octets(self.digest, DIGEST_SIZE)
        body.text(self.title, MAX_TEXT)
        body.text(self.artist, MAX_TEXT)
        body.text(self.album, MAX_TEXT)
        body.text(self.by, MAX_USER)
        return body.finish()

    @classmethod
    def read(cls, payload: bytes) -> Self:
        """The song of a payload; raises ProtocolError(MALFORMED)."""
        body = Reader(payload)
        try:
            song = cls(
                number=body.u32(),
                total=body.u64(),
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
                by=body.text(MAX_USER),
            )
        except ValueError as broken:
            raise malformed(f"SONG: {broken}") from None
        _check_end(body, FrameType.SONG)
        return song


@dataclass(frozen=True, slots=True)
class SongFrame:
    """SONG: a station's next song begins, or the one in which the stream begins."""

    TYPE: ClassVar = FrameType.SONG

    session: int
    stream: int
    offset: int  # station offset at which the song begins
    song: Song

    def encode(self) -> bytes:
        """Header and payload."""
        return encoded(self.TYPE, self.session, self.stream, self.offset, self.song.payload())


@dataclass(frozen=True, slots=True)
class Seal:
    """SEAL: proves that the stretch before it is the station's."""

    TYPE: ClassVar = FrameType.SEAL

    session: int
    stream: int
    offset: int  # station offset behind the stretch
    before: bytes  # the link of the stretch before, or the song's start
    signature: bytes

    def encode(self) -> bytes:
        """Header and payload."""
        body = Writer()
        body.octets(self.before, DIGEST_SIZE)
        body.octets(self.signature, SIGNATURE_SIZE)
        return encoded(self.TYPE, self.session, self.stream, self.offset, body.finish())

    @classmethod
    def read(cls, session: int, stream: int, offset: int, payload: bytes) -> Self:
        """The seal of a payload whose length was checked."""
        return cls(session, stream, offset, payload[:DIGEST_SIZE], payload[DIGEST_SIZE:])


@dataclass(frozen=True, slots=True)
class Join:
    """JOIN: a listener asks its parent for a station's stream."""

    TYPE: ClassVar = FrameType.JOIN

    session: int  # the child's node; 0 is the server itself, with stream 1
    stream: int
    offset: int  # first station offset wanted, or 0
    station_id: bytes
    expires: int  # seconds since 1970 (UTC)
    ticket: bytes

    def __post_init__(self) -> None:
        if self.session == SERVER_NODE and self.stream != 1:
            raise ValueError("a Session of 0 with another Stream than 1")

    def encode(self) -> bytes:
        """Header and payload."""
        body = Writer()
        body.octets(self.station_id, STATION_ID_SIZE)
        body.u64(self.expires)
        body.octets(self.ticket, JOIN_TICKET_SIZE)
        return encoded(self.TYPE, self.session, self.stream, self.offset, body.finish())

    @classmethod
    def read(cls, session: int, stream: int, offset: int, payload: bytes) -> Self:
        """The request of a payload; raises ProtocolError(MALFORMED)."""
        body = Reader(payload)
        station_id, expires = body.octets(STATION_ID_SIZE), body.u64()
        ticket = body.octets(JOIN_TICKET_SIZE)
        try:
            return cls(session, stream, offset, station_id, expires, ticket)
        except ValueError as broken:
            raise malformed(f"JOIN: {broken}") from None


@dataclass(frozen=True, slots=True)
class Branch:
    """BRANCH: the relays above a child, the highest first, and where its stream begins."""

    TYPE: ClassVar = FrameType.BRANCH

    session: int
    stream: int
    offset: int  # station offset of the first stretch; 0 where only the nodes have changed
    nodes: tuple[int, ...]

    def __post_init__(self) -> None:
        if SERVER_NODE in self.nodes:
            raise ValueError("a Node of 0")

    def encode(self) -> bytes:
        """Header and payload; raises ValueError for none or more than MAX_DEPTH nodes."""
        body = Writer()
        body.u16(len(self.nodes))
        body.u32s(self.nodes)
        return encoded(self.TYPE, self.session, self.stream, self.offset, body.finish())

    @classmethod
    def read(cls, session: int, stream: int, offset: int, payload: bytes) -> Self:
        """The nodes of a payload; raises ProtocolError(MALFORMED)."""
        body = Reader(payload)
        nodes = body.u32s(body.u16())
        _check_end(body, FrameType.BRANCH)
        try:
            return cls(session, stream, offset, nodes)
        except ValueError as broken:
            raise malformed(f"BRANCH: {broken}") from None


@dataclass(frozen=True, slots=True)
class Leave:
    """LEAVE: the parent goes; `node` is its own parent, or 0, the server."""

    TYPE: ClassVar = FrameType.LEAVE

    session: int
    stream: int
    node: int

    def encode(self) -> bytes:
        """Header and payload."""
        body = Writer()
        body.u32(self.node)
        return encoded(self.TYPE, self.session, self.stream, 0, body.finish())


def _check_end(body: Reader, kind: FrameType) -> None:
    if body.remaining:
        raise malformed(f"{kind.name}: bytes behind the last field")
