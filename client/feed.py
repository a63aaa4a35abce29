# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands MPEG audio bytes to libmad one frame at a time, and so knows which frames it was given."""

from typing import Final, Protocol

from data.mpeg import HEADER_SIZE, FrameHeader, parse_header

LOOKAHEAD = 8  # bytes behind a frame that libmad wants to see before it decodes the frame
GUARD = bytes(LOOKAHEAD)  # what stands behind the last frame

# Bounds, since the search for sound in what is none costs as much time as there are bytes.
MOST_STRAY: Final = 256 << 10  # bytes of a song outside of frames; a good server sends none
FEW_STRAY: Final = 64 << 10  # bytes of these that are borne before there is as much sound
MOST_SILENT: Final = 1 << 20  # bytes of frames in a row that libmad cannot decode
STRIDE: Final = 1024  # bytes that are searched for the next header at once


# In what is no MP3 some bytes look like a header by chance, and some of what follows decodes.
NO_SOUND: Final = "most of it is no MP3 sound"


class ByteSource(Protocol):
    """Where a decoder gets MPEG audio frames from."""

    def read(self, size: int, /) -> bytes:
        """Returns 1 to `size` bytes, waiting for them if need be; `b""` at the end. May raise."""
        ...


class FrameFeed:
    """The object that MadFile reads from: the source, then the guard bytes, then nothing.

    A frame is handed over with the 8 bytes behind it and no more, so whenever libmad asks again
    it has tried every frame of `tried`. That tells frames it skipped from frames it decoded. It
    also keeps the source's count of what was taken close to what is heard.

    It has no `fileno`, because MadFile would map and scan the file behind it.

    Attributes:
        is_open: until it is set, reads find nothing and leave the source alone.
        is_spent: a read found nothing; the end.
        error: what the source raised, or ValueError where a bound was passed or where more of it
            is stray than sound.
        tried: the frames that libmad has had since `take_tried`, oldest first.
    """

    def __init__(self, source: ByteSource) -> None:
        self.is_open = False
        self.is_spent = False
        self.error: Exception | None = None
        self.tried: list[FrameHeader] = []
        self._source = source
        self._bytes = bytearray()  # from the current frame's first byte on
        self._handed = 0  # how many of them libmad has
        self._length = 0  # bytes of the current frame, or of what stands in its place; 0: unknown
        self._header: FrameHeader | None = None
        self._is_guarded = False
        self._stray = 0  # bytes so far
        self._silent = 0  # bytes of `tried`
        self._sounding = 0  # bytes of frames that were decoded

    def take_tried(self) -> list[FrameHeader]:
        """The frames of `tried`, which is empty then: the last was decoded, or it is the end."""
        tried, self.tried, self._silent = self.tried, [], 0
        if tried:
            self._sounding += tried[-1].length
        return tried

    def read(self, size: int, /) -> bytes:
        """Called from C: must return `bytes`, at most `size` of them, and must not raise."""
        if not self.is_open or self.is_spent:
            return b""
        try:
            piece = self._next_piece(size)
            if not piece:
                self._judge(0)
        except Exception as error:  # noqa: BLE001 - C is above us; the decoder raises it again
            # Its traceback leads back to us, through libmad's object that no collector looks into:
            # neither song nor decoder would ever be freed.
            self.error = error.with_traceback(None)
            piece = b""
        self.is_spent = not piece
        return piece

    def _next_piece(self, size: int) -> bytes:
        while True:
            if not self._length and not self._measure():
                return b""
            whole = self._length + LOOKAHEAD
            if self._handed < whole:
                self._fetch(whole)
                ready = min(whole, len(self._bytes), self._handed + size)
                piece = bytes(self._bytes[self._handed : ready])
                self._handed = ready
                if ready == whole and self._header is not None:
                    self._try(self._header)
                return piece
            del self._bytes[: self._length]
            self._handed = LOOKAHEAD
            self._length = 0

    def _measure(self) -> bool:
        """Finds out how long the current frame is; False at the end."""
        if not self._fetch(HEADER_SIZE):
            return False
        self._header = parse_header(self._bytes)
        if self._header is not None:
            self._length = self._header.length
        else:
            self._length = self._to_next_header()
            self._stray += self._length
            if self._stray > MOST_STRAY:
                raise ValueError(f"{MOST_STRAY >> 10} KiB of it are no MP3 frames")
            self._judge(FEW_STRAY)
        return True

    def _judge(self, borne: int) -> None:
        """Raises ValueError where more than `borne` bytes are stray, and more than are sound."""
        # The guard counts as stray where it stands behind stray bytes.
        if self._stray > max(borne, self._sounding) + LOOKAHEAD:
            raise ValueError(NO_SOUND)

    def _to_next_header(self) -> int:
        """Bytes from here, where no header stands, to the next one that may be one.

        libmad gets them all the same, and looks for itself.
        """
        self._fetch(STRIDE)
        at = self._bytes.find(b"\xff", 1)
        while at != -1:
            if parse_header(self._bytes, at) is not None:
                return at
            at = self._bytes.find(b"\xff", at + 1)
        return max(1, len(self._bytes) - (HEADER_SIZE - 1))

    def _try(self, header: FrameHeader) -> None:
        self.tried.append(header)
        self._silent += header.length
        if self._silent > MOST_SILENT:
            raise ValueError(f"{MOST_SILENT >> 20} MiB of it in a row cannot be decoded")

    def _fetch(self, size: int) -> bool:
        """Waits until there are `size` bytes from the current frame's start; False at the end."""
        while len(self._bytes) < size:
            if self._is_guarded:
                return False
            wanted = size - len(self._bytes)
            piece = self._source.read(wanted)
            if len(piece) > wanted:
                raise ValueError(f"the source returned {len(piece)} bytes where {wanted} fit")
            self._is_guarded = not piece
            self._bytes += piece or GUARD
        return True
