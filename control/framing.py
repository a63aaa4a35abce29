# SPDX-License-Identifier: GPL-3.0-or-later
"""Control messages to bytes and back (RFC.md, "Header and Framing")."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from common.constants import MAX_BODY, MAY_IGNORE
from common.errors import ErrorCode, ProtocolError
from common.fields import Reader, Writer, malformed
from control import music_messages as music
from control import queue_messages as queue
from control import relay_messages as relay
from control import session_messages as session
from control import station_messages as station
from control.message import Message, Type

HEADER: Final = struct.Struct("!HHI")

_ALL: Final[tuple[type[Message], ...]] = (
    session.Hello,
    session.Welcome,
    music.List,
    music.Tracks,
    music.Play,
    music.Stream,
    music.Stop,
    music.Credit,
    session.Ping,
    session.Pong,
    session.Bye,
    session.Goodbye,
    session.Error,
    session.Reopen,
    session.Port,
    session.Drain,
    station.Browse,
    station.Stations,
    station.Tune,
    station.Tuned,
    station.Enqueue,
    station.Enqueued,
    queue.Queue,
    queue.Entries,
    queue.Now,
    queue.OnAir,
    queue.Skip,
    queue.Votes,
    relay.Relay,
    relay.Relaying,
    relay.Parents,
    relay.Report,
    relay.Accuse,
)
MESSAGES: Final[dict[int, type[Message]]] = {message.TYPE: message for message in _ALL}

KEPT: Final = 64  # messages that are read once for all who say the same
SHORT: Final = 128  # bytes of their bodies, at most
_kept: Final[dict[tuple[int, bytes], Message]] = {}


class Numbered(NamedTuple):
    """A message with the Number of its header."""

    number: int
    message: Message


def encode(number: int, message: Message) -> bytes:
    """Header and body; raises ValueError where a field or the body does not fit."""
    writer = Writer()
    message.write(writer)
    body = writer.finish()
    if len(body) > MAX_BODY:
        raise ValueError(f"a body of {len(body)} bytes where {MAX_BODY} are allowed")
    return HEADER.pack(len(body), message.TYPE, number) + body


def decode_body(kind: int, body: bytes) -> Message:
    """The message of this known type; raises ProtocolError for a body that breaks a rule."""
    reader = Reader(body)
    try:
        message = MESSAGES[kind].read(reader)
        reader.extensions()
    except ValueError as broken:
        raise malformed(f"{Type(kind).name}: {broken}") from None
    except ProtocolError as broken:
        raise ProtocolError(broken.code, f"{Type(kind).name}: {broken.text}") from None
    return message


def _read(kind: int, body: bytes) -> Message:
    """As `decode_body`; what a crowd says alike when it comes is read once."""
    message = _kept.get((kind, body))
    if message is None:
        message = decode_body(kind, body)
        if len(body) <= SHORT and _is_everybodys(message):
            if len(_kept) >= KEPT:
                _kept.clear()
            _kept[kind, body] = message
    return message


def _is_everybodys(message: Message) -> bool:
    """Whether others may say the very same: no secret and no password is kept."""
    match message:
        case session.Hello():
            return message.session == 0 and message.login is None
        case music.Play() | station.Tune():
            return True
        case _:
            return False


class Deframer:
    """Puts the pieces of a control connection together again, however TCP cut them."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def buffered(self) -> int:
        """Bytes of a message that is not complete; at most a header and MAX_BODY."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[Numbered]:
        """Take the next bytes and yield each message that they complete.

        Raises ProtocolError behind the last good message: TOO_LARGE and UNKNOWN_TYPE as soon as
        the header is there, MALFORMED once the body is. Nothing may be fed after that.
        """
        whole: bytes | bytearray = data  # most often it holds whole messages, and none is kept
        if self._buffer:
            self._buffer += data
            whole = self._buffer
        at = 0
        try:
            while len(whole) - at >= HEADER.size:
                length, kind, number = HEADER.unpack_from(whole, at)
                # Waiting for the body would let a peer make us hold what it claims.
                if length > MAX_BODY:
                    raise ProtocolError(
                        ErrorCode.TOO_LARGE, f"a body of {length} bytes, the limit is {MAX_BODY}"
                    )
                if kind not in MESSAGES and not kind & MAY_IGNORE:
                    raise ProtocolError(
                        ErrorCode.UNKNOWN_TYPE, f"message type 0x{kind:04X} is not known here"
                    )
                end = at + HEADER.size + length
                if len(whole) < end:
                    break
                body = bytes(whole[at + HEADER.size : end])
                at = end
                if kind in MESSAGES:
                    yield Numbered(number, _read(kind, body))
        finally:
            if whole is self._buffer:
                del self._buffer[:at]
            else:
                self._buffer += whole[at:]
