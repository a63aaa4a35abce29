# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages about relays: RELAY, RELAYING, PARENTS, REPORT, ACCUSE."""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import ClassVar, Final, Self

from common.constants import JOIN_TICKET_SIZE, KEY_SIZE, MAX_ADDRESS, MAX_PARENTS
from common.fields import Reader, Writer
from control.message import Message, Type, require

NO_KEY: Final = bytes(KEY_SIZE)


@dataclass(frozen=True, slots=True)
class Relay(Message):
    """RELAY: offers to feed other listeners; without arguments, offers nothing any more."""

    TYPE: ClassVar = Type.RELAY

    port: int = 0
    children: int = 0  # at most
    rate: int = 0  # bytes per second to all of them; 0: no bound
    key: bytes = NO_KEY  # proves the tickets of the children

    def __post_init__(self) -> None:
        if self.port:
            require(self.children != 0, "a Port for no Children")
        else:
            nothing = (self.children, self.rate, self.key) == (0, 0, NO_KEY)
            require(nothing, "an offer without a Port")

    def write(self, body: Writer) -> None:
        body.u16(self.port)
        body.u16(self.children)
        body.u32(self.rate)
        body.octets(self.key, KEY_SIZE)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u16(), body.u16(), body.u32(), body.octets(KEY_SIZE))


@dataclass(frozen=True, slots=True)
class Relaying(Message):
    """RELAYING: the offer is taken."""

    TYPE: ClassVar = Type.RELAYING

    children: int  # whom the server will place there
    time: int  # the server's clock, in seconds since 1970 (UTC)

    def write(self, body: Writer) -> None:
        body.u16(self.children)
        body.u64(self.time)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u16(), body.u64())


@dataclass(frozen=True, slots=True)
class Parent:
    """One parent in PARENTS."""

    node: int
    port: int
    expires: int  # seconds since 1970 (UTC)
    ticket: bytes
    address: str

    def __post_init__(self) -> None:
        require(self.node != 0, "a Node of 0")
        require(self.port != 0, "a Port of 0")
        require(_is_address(self.address), "an Address that is none")

    def write(self, body: Writer) -> None:
        """Append the fields."""
        body.u32(self.node)
        body.u16(self.port)
        body.u64(self.expires)
        body.octets(self.ticket, JOIN_TICKET_SIZE)
        body.text(self.address, MAX_ADDRESS)

    @classmethod
    def read(cls, body: Reader) -> Self:
        """Take the fields."""
        return cls(
            body.u32(),
            body.u16(),
            body.u64(),
            body.octets(JOIN_TICKET_SIZE),
            body.text(MAX_ADDRESS),
        )


def _is_address(text: str) -> bool:
    """Whether it is an address of IPv4 or IPv6, without a zone."""
    if "%" in text or not text.isascii():
        return False
    for kind in (IPv4Address, IPv6Address):
        try:
            kind(text)
        except AddressValueError:
            continue
        return True
    return False


@dataclass(frozen=True, slots=True)
class Parents(Message):
    """PARENTS: who is to feed this client, the best first; none: the server."""

    TYPE: ClassVar = Type.PARENTS

    stream: int
    parents: tuple[Parent, ...]

    def __post_init__(self) -> None:
        require(self.stream != 0, "a Stream of 0")
        require(len(self.parents) <= MAX_PARENTS, "too many parents")

    def write(self, body: Writer) -> None:
        body.u32(self.stream)
        body.u16(len(self.parents))
        for parent in self.parents:
            parent.write(body)

    @classmethod
    def read(cls, body: Reader) -> Self:
        stream, count = body.u32(), body.u16()
        return cls(stream, tuple(Parent.read(body) for _ in range(count)))


@dataclass(frozen=True, slots=True)
class Report(Message):
    """REPORT: who feeds this client, and how it fares."""

    TYPE: ClassVar = Type.REPORT

    stream: int
    node: int  # 0: the server
    offset: int  # first station offset that the client does not have
    buffered: int  # milliseconds of sound
    pace: int = 0  # seconds played in a million seconds of the station's; 0: not known

    def __post_init__(self) -> None:
        require(self.stream != 0, "a Stream of 0")

    def write(self, body: Writer) -> None:
        body.u32(self.stream)
        body.u32(self.node)
        body.u64(self.offset)
        body.u32(self.buffered)
        body.u32(self.pace)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u32(), body.u32(), body.u64(), body.u32(), body.u32())


@dataclass(frozen=True, slots=True)
class Accuse(Message):
    """ACCUSE: what a node sent was no stretch of the station's."""

    TYPE: ClassVar = Type.ACCUSE

    stream: int
    node: int
    offset: int  # station offset

    def __post_init__(self) -> None:
        require(self.stream != 0, "a Stream of 0")
        require(self.node != 0, "a Node of 0")

    def write(self, body: Writer) -> None:
        body.u32(self.stream)
        body.u32(self.node)
        body.u64(self.offset)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u32(), body.u32(), body.u64())
