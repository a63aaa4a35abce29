# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the sound in what a data connection brings, and sees that none of it is missing.

The client's own deframer copies every payload; a load that did so would measure itself. This one
reads headers only, where they lie in the buffer that the socket was read into.
"""

from data.frame_header import HEADER, FrameType


class FrameCount:
    """One data connection: whole frames of one stream, one behind the other."""

    __slots__ = ("_head", "_left", "next")

    def __init__(self) -> None:
        """Nothing has come."""
        self._head = b""  # of a frame whose header has come in part
        self._left = 0  # bytes of the current frame that have yet to come
        self.next = 0  # audio offset of the next byte

    def take(self, buffer: bytearray, size: int) -> int:
        """Bytes of sound in `buffer[:size]`; raises ValueError for what has no place there."""
        at = sound = 0
        if self._head:
            at = HEADER.size - len(self._head)
            head, self._head = self._head + buffer[: min(at, size)], b""
            if len(head) < HEADER.size:
                self._head = bytes(head)
                return 0
            self._begin(head, 0)
        while at < size:
            if self._left:
                piece = min(self._left, size - at)
                self._left -= piece
                self.next += piece
                sound += piece
                at += piece
            elif size - at < HEADER.size:
                self._head = bytes(buffer[at:size])
                break
            else:
                self._begin(buffer, at)
                at += HEADER.size
        return sound

    def _begin(self, buffer: bytes | bytearray, at: int) -> None:
        length, kind, _session, _stream, offset = HEADER.unpack_from(buffer, at)
        if kind == FrameType.DATA:
            if offset != self.next:
                raise ValueError(f"sound from {offset} on where {self.next} was next")
            self._left = length
        elif kind != FrameType.ATTACHED:
            name = FrameType(kind).name if kind in set(FrameType) else f"frame type {kind}"
            raise ValueError(name)
