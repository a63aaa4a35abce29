# SPDX-License-Identifier: GPL-3.0-or-later
"""Data frames to bytes and back (RFC.md, "Data Frames")."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from common.constants import DIGEST_SIZE, MAX_PAYLOAD, MAX_TEXT, MAY_IGNORE, TICKET_SIZE
from common.errors import ErrorCode, ProtocolError
from common.fields import Reader, Writer, malformed

HEADER: Final = struct.Struct("!HHIIQ")


class FrameType(IntEnum):
    """Data frame types."""

    ATTACH = 0x0001
    ATTACHED = 0x0002
    DATA = 0x0003
    END = 0x0004
    FAIL = 0x0005


@dataclass(frozen=True, slots=True)
class Attach:
    """ATTACH: admits this connection to a session."""

    session: int
    ticket: bytes

    def encode(self) -> bytes:
        """Header and payload."""
        if len(self.ticket) != TICKET_SIZE:
            raise ValueError(f"a ticket of {len(self.ticket)} bytes")
        return HEADER.pack(TICKET_SIZE, FrameType.ATTACH, self.session, 0, 0) + self.ticket


@dataclass(frozen=True, slots=True)
class Attached:
    """ATTACHED: the connection is the session's."""

    session: int

    def encode(self) -> bytes:
        """Header alone."""
        return HEADER.pack(0, FrameType.ATTACHED, self.session, 0, 0)


@dataclass(frozen=True, slots=True)
class Data:
    """DATA, or a piece of it: the payload is given on as it comes in, `offset` is the piece's.

    `begins` marks the first piece of a frame; the server makes only whole frames.
    """

    session: int
    stream: int
    offset: int  # audio offset of the first byte of `audio`
    audio: bytes
    begins: bool = True

    def encode(self) -> bytes:
        """Header and payload."""
        return data_header(self.session, self.stream, self.offset, len(self.audio)) + self.audio


@dataclass(frozen=True, slots=True)
class End:
    """END: the stream is complete."""

    session: int
    stream: int
    total: int  # audio bytes
    digest: bytes

    def encode(self) -> bytes:
        """Header and payload."""
        if len(self.digest) != DIGEST_SIZE:
            raise ValueError(f"a digest of {len(self.digest)} bytes")
        header = HEADER.pack(DIGEST_SIZE, FrameType.END, self.session, self.stream, self.total)
        return header + self.digest


@dataclass(frozen=True, slots=True)
class Fail:
    """FAIL: the stream, or with stream 0 the connection, cannot go on."""

    session: int
    stream: int
    offset: int  # audio offset behind the last byte that was sent
    code: int
    text: str = ""

    def encode(self) -> bytes:
        """Header and payload."""
        body = Writer()
        body.u16(self.code)
        body.text(self.text, MAX_TEXT)
        payload = body.finish()
        header = HEADER.pack(len(payload), FrameType.FAIL, self.session, self.stream, self.offset)
        return header + payload


Frame = Attach | Attached | Data | End | Fail


def data_header(session: int, stream: int, offset: int, length: int) -> bytes:
    """The header of a DATA frame whose payload is sent from elsewhere."""
    if not 0 < length <= MAX_PAYLOAD:
        raise ValueError(f"a payload of {length} bytes")
    return HEADER.pack(length, FrameType.DATA, session, stream, offset)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What RFC.md, "Data frame types", allows in a header."""

    stream: tuple[int, int]  # lowest and highest
    offset: tuple[int, int]
    length: tuple[int, int]


_ANY32 = (0, 0xFFFFFFFF)
_ANY64 = (0, 0xFFFFFFFFFFFFFFFF)
_NUMBER = (1, 0xFFFFFFFF)
_ZERO = (0, 0)

_SHAPES: Final[dict[int, _Shape]] = {
    FrameType.ATTACH: _Shape(_ZERO, _ZERO, (TICKET_SIZE, TICKET_SIZE)),
    FrameType.ATTACHED: _Shape(_ZERO, _ZERO, _ZERO),
    FrameType.DATA: _Shape(_NUMBER, _ANY64, (1, MAX_PAYLOAD)),
    FrameType.END: _Shape(_NUMBER, _ANY64, (DIGEST_SIZE, DIGEST_SIZE)),
    FrameType.FAIL: _Shape(_ANY32, _ANY64, (4, 4 + MAX_TEXT)),
}


def _check_header(length: int, kind: int, stream: int, offset: int) -> None:
    if length > MAX_PAYLOAD:
        text = f"a payload of {length} bytes, the limit is {MAX_PAYLOAD}"
        raise ProtocolError(ErrorCode.TOO_LARGE, text)
    shape = _SHAPES.get(kind)
    if shape is None:
        if kind & MAY_IGNORE:
            return
        raise ProtocolError(ErrorCode.UNKNOWN_TYPE, f"frame type 0x{kind:04X} is not known here")
    name = FrameType(kind).name
    checks = (
        ("Stream", stream, shape.stream),
        ("Offset", offset, shape.offset),
        ("Length", length, shape.length),
    )
    for field, value, (lowest, highest) in checks:
        if not lowest <= value <= highest:
            raise malformed(f"{name}: a {field} of {value}")


def _fail(session: int, stream: int, offset: int, payload: bytes) -> Fail:
    reader = Reader(payload)
    fail = Fail(session, stream, offset, reader.u16(), reader.text(MAX_TEXT))
    if reader.remaining:
        raise malformed("FAIL: bytes behind the text")
    if stream == 0 and offset:
        raise malformed(f"FAIL: an Offset of {offset} with Stream 0")
    return fail


class Deframer:
    """Puts the pieces of a data connection together again, however TCP cut them.

    The payload of DATA is given on at once, in pieces; everything else when it is complete. So
    at most a header and the payload of a small frame are held.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._left = 0  # bytes of the current DATA or ignored payload still to come
        self._at = (0, 0, 0)  # session, stream and next offset of the current DATA
        self._ignoring = False
        self._begins = False

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take the next bytes and yield what they complete.

        Raises ProtocolError for a header or payload that breaks a rule; nothing may be fed after.
        """
        view = memoryview(data)
        while view or self._buffer:
            if self._left:
                piece = view[: self._left]
                if not piece:
                    return
                view = view[len(piece) :]
                self._left -= len(piece)
                if not self._ignoring:
                    yield self._data(bytes(piece))
                continue
            frame, view = self._header(view)
            if frame is not None:
                yield frame
            elif not view:
                return

    def _data(self, audio: bytes) -> Data:
        session, stream, offset = self._at
        begins, self._begins = self._begins, False
        self._at = (session, stream, offset + len(audio))
        return Data(session, stream, offset, audio, begins)

    def _header(self, view: memoryview) -> tuple[Frame | None, memoryview]:
        """Collect a header, and the payload too unless it is DATA or ignored."""
        view = self._collect(view, HEADER.size)
        if len(self._buffer) < HEADER.size:
            return None, view
        length, kind, session, stream, offset = HEADER.unpack_from(self._buffer)
        _check_header(length, kind, stream, offset)
        if kind == FrameType.DATA or kind not in _SHAPES:
            self._buffer.clear()
            self._left, self._at = length, (session, stream, offset)
            self._ignoring, self._begins = kind != FrameType.DATA, True
            return None, view
        view = self._collect(view, HEADER.size + length)
        if len(self._buffer) < HEADER.size + length:
            return None, view
        payload = bytes(self._buffer[HEADER.size :])
        self._buffer.clear()
        return _small_frame(kind, session, stream, offset, payload), view

    def _collect(self, view: memoryview, size: int) -> memoryview:
        missing = max(0, size - len(self._buffer))
        self._buffer += view[:missing]
        return view[missing:]


def _small_frame(kind: int, session: int, stream: int, offset: int, payload: bytes) -> Frame:
    match kind:
        case FrameType.ATTACH:
            return Attach(session, payload)
        case FrameType.ATTACHED:
            return Attached(session)
        case FrameType.END:
            return End(session, stream, offset, payload)
        case _:
            return _fail(session, stream, offset, payload)
