# SPDX-License-Identifier: GPL-3.0-or-later
"""Data frames to bytes and back (RFC.md, "Data Frames")."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from common.constants import DIGEST_SIZE, MAX_PAYLOAD, MAX_TEXT, TICKET_SIZE
from common.fields import Reader, Writer, malformed
from data.frame_header import DATA, HEADER, SHAPES, FrameType, check_header
from data.station_frames import Branch, Join, Leave, Seal, Song, SongFrame


@dataclass(frozen=True, slots=True)
class Attach:
    """ATTACH: admits this connection to a session."""

    TYPE: ClassVar = FrameType.ATTACH

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

    TYPE: ClassVar = FrameType.ATTACHED

    session: int

    def encode(self) -> bytes:
        """Header alone."""
        return HEADER.pack(0, FrameType.ATTACHED, self.session, 0, 0)


@dataclass(frozen=True, slots=True)
class Data:
    """DATA, or a piece of it: the payload is given on as it comes in, `offset` is the piece's.

    `begins` marks the first piece of a frame; the server makes only whole frames.
    """

    TYPE: ClassVar = FrameType.DATA

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

    TYPE: ClassVar = FrameType.END

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

    TYPE: ClassVar = FrameType.FAIL

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


Frame = Attach | Attached | Data | End | Fail | SongFrame | Seal | Join | Branch | Leave


def data_header(session: int, stream: int, offset: int, length: int) -> bytes:
    """The header of a DATA frame whose payload is sent from elsewhere."""
    if not 0 < length <= MAX_PAYLOAD:
        raise ValueError(f"a payload of {length} bytes")
    return HEADER.pack(length, FrameType.DATA, session, stream, offset)


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
        self._held = b""  # the beginning of a header or a small frame
        self._left = 0  # bytes of the current DATA or ignored payload still to come
        self._at = (0, 0, 0)  # session, stream and next offset of the current DATA
        self._ignoring = False
        self._begins = False

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take the next bytes and yield what they complete.

        Raises ProtocolError for a header or payload that breaks a rule; nothing may be fed after.
        """
        if self._held:
            data, self._held = self._held + data, b""
        view = memoryview(data)
        while view:
            if self._left:
                piece = view[: self._left]
                view = view[len(piece) :]
                self._left -= len(piece)
                if not self._ignoring:
                    yield self._data(bytes(piece))
                continue
            frame, size = self._begin(view)
            if not size:
                self._held = bytes(view)
                return
            view = view[size:]
            if frame is not None:
                yield frame

    def _data(self, audio: bytes) -> Data:
        session, stream, offset = self._at
        begins, self._begins = self._begins, False
        self._at = (session, stream, offset + len(audio))
        return Data(session, stream, offset, audio, begins)

    def _begin(self, view: memoryview) -> tuple[Frame | None, int]:
        """Take a small frame, or only the header of DATA and of what is ignored, and its size.

        0 where not all of it has come.
        """
        if len(view) < HEADER.size:
            return None, 0
        length, kind, session, stream, offset = HEADER.unpack_from(view)
        check_header(length, kind, stream, offset)
        if kind == DATA or kind not in SHAPES:
            self._left, self._at = length, (session, stream, offset)
            self._ignoring, self._begins = kind != DATA, True
            return None, HEADER.size
        size = HEADER.size + length
        if len(view) < size:
            return None, 0
        return _small_frame(kind, session, stream, offset, bytes(view[HEADER.size : size])), size


def _small_frame(  # noqa: PLR0911 one for each type
    kind: int, session: int, stream: int, offset: int, payload: bytes
) -> Frame:
    match kind:
        case FrameType.ATTACH:
            return Attach(session, payload)
        case FrameType.ATTACHED:
            return Attached(session)
        case FrameType.END:
            return End(session, stream, offset, payload)
        case FrameType.SONG:
            return SongFrame(session, stream, offset, Song.read(payload))
        case FrameType.SEAL:
            return Seal.read(session, stream, offset, payload)
        case FrameType.JOIN:
            return Join.read(session, stream, offset, payload)
        case FrameType.BRANCH:
            return Branch.read(session, stream, offset, payload)
        case FrameType.LEAVE:
            return Leave(session, stream, Reader(payload).u32())
        case _:
            return _fail(session, stream, offset, payload)
