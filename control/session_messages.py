# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages about the session itself, from HELLO to GOODBYE, and about its connections."""

import struct
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

from common.constants import (
    MAGIC,
    MAX_AGENT,
    MAX_PASSWORD,
    MAX_TEXT,
    MAX_USER,
    SECRET_SIZE,
    TICKET_SIZE,
)
from common.errors import code_name
from common.fields import Reader, Writer
from control.heard import Heard
from control.message import Empty, Extension, Message, Type, require

NO_SECRET = bytes(SECRET_SIZE)


# Numbers that follow each other, of the messages that come in crowds.
_HELLO: Final = struct.Struct("!IBBI")
_WELCOME_TIMERS: Final = struct.Struct("!HHHHI")
_WELCOME: Final = struct.Struct("!BBI")
_LOGIN: Final = (Extension.USER, Extension.PASSWORD)


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks for a session (RFC.md, "Users")."""

    user: str
    password: str = field(repr=False)  # must not reach a log

    def __post_init__(self) -> None:
        require(self.user, "a USER without a name")
        require(self.password, "a PASSWORD that is empty")


@dataclass(frozen=True, slots=True)
class Hello(Message):
    """HELLO: asks for a session, or to resume one."""

    TYPE: ClassVar = Type.HELLO

    min_version: int
    max_version: int
    session: int = 0
    secret: bytes = NO_SECRET
    agent: str = ""
    login: Login | None = None

    def __post_init__(self) -> None:
        require(0 < self.min_version <= self.max_version, "Min Version is 0 or exceeds Max Version")
        require(self.session != 0 or self.secret == NO_SECRET, "a Secret without a Session")
        require(self.session == 0 or self.login is None, "USER for a session that is resumed")

    def write(self, body: Writer) -> None:
        body.numbers(_HELLO, MAGIC, self.min_version, self.max_version, self.session)
        body.octets(self.secret, SECRET_SIZE)
        body.text(self.agent, MAX_AGENT)
        if self.login is not None:
            body.text_extension(Extension.USER, self.login.user, MAX_USER)
            body.text_extension(Extension.PASSWORD, self.login.password, MAX_PASSWORD)

    @classmethod
    def read(cls, body: Reader) -> Self:
        magic, lowest, highest, session = body.numbers(_HELLO)
        require(magic == MAGIC, "HELLO without its magic: the peer is no Antiphon client")
        secret, agent = body.octets(SECRET_SIZE), body.text(MAX_AGENT)
        return cls(lowest, highest, session, secret, agent, _login(body.extensions(_LOGIN)))


def _login(fields: dict[int, bytes]) -> Login | None:
    if not fields:
        return None
    require(len(fields) == len(_LOGIN), "USER without PASSWORD, or PASSWORD without USER")
    user, password = (Reader(fields[kind]) for kind in _LOGIN)
    return Login(user.rest(MAX_USER), password.rest(MAX_PASSWORD))


@dataclass(frozen=True, slots=True)
class Welcome(Message):
    """WELCOME: the session, its secret, where its sound is fetched, and the server's timers."""

    TYPE: ClassVar = Type.WELCOME
    RESUMED: ClassVar = 0x01

    version: int
    resumed: bool
    session: int
    secret: bytes
    data_port: int
    ticket: bytes
    ticket_lifetime: int  # seconds
    heartbeat: int  # seconds
    dead_after: int  # seconds
    grace: int  # seconds
    newest_stream: int = 0
    server: str = ""

    def __post_init__(self) -> None:
        require(self.session != 0, "a Session of 0")
        require(0 < self.heartbeat < self.dead_after, "Heartbeat is 0 or not below Dead After")

    def write(self, body: Writer) -> None:
        body.numbers(_WELCOME, self.version, self.RESUMED if self.resumed else 0, self.session)
        body.octets(self.secret, SECRET_SIZE)
        body.u16(self.data_port)
        body.octets(self.ticket, TICKET_SIZE)
        timers = (self.ticket_lifetime, self.heartbeat, self.dead_after, self.grace)
        body.numbers(_WELCOME_TIMERS, *timers, self.newest_stream)
        body.text(self.server, MAX_AGENT)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(
            version=body.u8(),
            resumed=bool(body.flags(cls.RESUMED)),
            session=body.u32(),
            secret=body.octets(SECRET_SIZE),
            data_port=body.u16(),
            ticket=body.octets(TICKET_SIZE),
            ticket_lifetime=body.u16(),
            heartbeat=body.u16(),
            dead_after=body.u16(),
            grace=body.u16(),
            newest_stream=body.u32(),
            server=body.text(MAX_AGENT),
        )


@dataclass(frozen=True, slots=True)
class _Token(Message):
    """The body that PING and PONG share."""

    token: int

    def write(self, body: Writer) -> None:
        body.u64(self.token)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u64())


@dataclass(frozen=True, slots=True)
class Ping(_Token):
    """PING: is anybody there?"""

    TYPE: ClassVar = Type.PING


@dataclass(frozen=True, slots=True)
class Pong(_Token):
    """PONG: yes, with the token of the PING."""

    TYPE: ClassVar = Type.PONG


@dataclass(frozen=True, slots=True)
class _Reason(Message):
    """The body that BYE and ERROR share."""

    code: int
    text: str = ""

    def __str__(self) -> str:
        return f"{code_name(self.code)}: {self.text}" if self.text else code_name(self.code)

    def write(self, body: Writer) -> None:
        body.u16(self.code)
        body.text(self.text, MAX_TEXT)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u16(), body.text(MAX_TEXT))


@dataclass(frozen=True, slots=True)
class Bye(_Reason):
    """BYE: ends the session; code 0 where the sender has simply finished."""

    TYPE: ClassVar = Type.BYE

    heard: Heard | None = None  # a client may tell

    def write(self, body: Writer) -> None:
        body.u16(self.code)
        body.text(self.text, MAX_TEXT)
        if self.heard is not None:
            body.extension(Extension.HEARD, self.heard.encode())

    @classmethod
    def read(cls, body: Reader) -> Self:
        code, text = body.u16(), body.text(MAX_TEXT)
        heard = body.extensions((Extension.HEARD,)).get(Extension.HEARD)
        return cls(code, text, None if heard is None else Heard.decode(heard))


@dataclass(frozen=True, slots=True)
class Error(_Reason):
    """ERROR: why a request, or the connection, failed."""

    TYPE: ClassVar = Type.ERROR


@dataclass(frozen=True, slots=True)
class Goodbye(Empty):
    """GOODBYE: answers BYE."""

    TYPE: ClassVar = Type.GOODBYE


@dataclass(frozen=True, slots=True)
class Reopen(Empty):
    """REOPEN: asks for a new way to a data connection."""

    TYPE: ClassVar = Type.REOPEN


@dataclass(frozen=True, slots=True)
class Port(Message):
    """PORT: the new way to a data connection."""

    TYPE: ClassVar = Type.PORT

    data_port: int
    ticket_lifetime: int  # seconds
    ticket: bytes

    def write(self, body: Writer) -> None:
        body.u16(self.data_port)
        body.u16(self.ticket_lifetime)
        body.octets(self.ticket, TICKET_SIZE)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u16(), body.u16(), body.octets(TICKET_SIZE))


@dataclass(frozen=True, slots=True)
class Drain(Message):
    """DRAIN: the server is going to stop."""

    TYPE: ClassVar = Type.DRAIN

    until: int  # seconds from when it was sent
    text: str = ""

    def write(self, body: Writer) -> None:
        body.u16(self.until)
        body.text(self.text, MAX_TEXT)

    @classmethod
    def read(cls, body: Reader) -> Self:
        return cls(body.u16(), body.text(MAX_TEXT))
