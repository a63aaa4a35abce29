# SPDX-License-Identifier: GPL-3.0-or-later
"""What every control message is: a frozen dataclass that writes its body and reads it back."""

from abc import abstractmethod
from enum import IntEnum
from typing import ClassVar, Self

from common.fields import Reader, Writer


class Type(IntEnum):
    """Control message types (RFC.md, "Header and Framing", "Stations" and "Relays")."""

    HELLO = 0x0001
    WELCOME = 0x0002
    LIST = 0x0003
    TRACKS = 0x0004
    PLAY = 0x0005
    STREAM = 0x0006
    STOP = 0x0007
    CREDIT = 0x0008
    PING = 0x0009
    PONG = 0x000A
    BYE = 0x000B
    GOODBYE = 0x000C
    ERROR = 0x000D
    REOPEN = 0x000E
    PORT = 0x000F
    DRAIN = 0x8010
    BROWSE = 0x0200
    STATIONS = 0x0201
    TUNE = 0x0202
    TUNED = 0x0203
    ENQUEUE = 0x0204
    ENQUEUED = 0x0205
    QUEUE = 0x0206
    ENTRIES = 0x0207
    NOW = 0x0208
    ON_AIR = 0x0209
    SKIP = 0x020A
    VOTES = 0x020B
    RELAY = 0x0300
    RELAYING = 0x0301
    PARENTS = 0x0302
    REPORT = 0x0303
    ACCUSE = 0x0304


class Extension(IntEnum):
    """Extension fields (RFC.md, "Extension Fields")."""

    USER = 0x0001
    PASSWORD = 0x0002
    STATION = 0x0200
    HEARD = 0x8003
    RELAYED = 0x8300


class Message:
    """One control message without its header.

    No ABC, whose `isinstance` takes six times as long for what a message is not.

    A rule that a field alone cannot express is checked when the message is made, whoever makes
    it: `__post_init__` raises ValueError. Read from a peer, that becomes MALFORMED.
    """

    __slots__ = ()

    TYPE: ClassVar[Type]

    @abstractmethod
    def write(self, body: Writer) -> None:
        """Append the fields; raises ValueError for one that does not fit its type."""

    @classmethod
    @abstractmethod
    def read(cls, body: Reader) -> Self:
        """Take the fields; raises ProtocolError or ValueError."""


def require(holds: object, rule: str, /) -> None:
    """Raise ValueError(rule) where a rule of the RFC does not hold."""
    if not holds:
        raise ValueError(rule)


class Empty(Message):
    """A message without fields."""

    __slots__ = ()

    def write(self, body: Writer) -> None:
        """Nothing to append."""

    @classmethod
    def read(cls, body: Reader) -> Self:  # noqa: ARG003 the body's end is checked by the caller
        """Nothing to take."""
        return cls()
