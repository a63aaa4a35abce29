# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks a file once, from front to back, and finds every whole frame of audio in it.

The rules: sound begins where two consistent headers follow each other exactly; inside a run of
frames each header must be consistent with the one before; where none is, the walk looks for two
again. A frame in whose middle a new run begins was cut short, and is left out like a truncated
last frame. A Xing, Info or VBRI frame is left out where it is the very first.
"""

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import BinaryIO

from data.mpeg import (
    HEADER_SIZE,
    LENGTH_MASK,
    LONGEST_FRAME,
    FrameHeader,
    frame_lengths,
    parse_header,
)
from data.tags import LEADING_TAG_HEADER, leading_tag
from data.xing import InfoFrame, parse_info_frame

_BLOCK = 1 << 20  # bytes read at a time
_WORD = Struct(">I")
# Where a Layer III header of a known bit rate and sample rate, or a tag, may begin. Only a filter,
# so that junk is skipped at the speed of `re`.
_CANDIDATE = re.compile(
    rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][%s]|ID3|APETAGEX"
    % b"".join(b"\\x%02x" % byte for byte in range(0x10, 0xF0) if byte & 0x0F < 0x0C)
)
_CANDIDATE_SIZE = 8  # bytes of the longest alternative


@dataclass(frozen=True, slots=True)
class Extent:
    """A run of audio bytes that lie together in the file."""

    file_offset: int  # bytes
    audio_offset: int  # bytes
    length: int  # bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames from `first_frame` on have `samples` samples a channel, at `sample_rate`."""

    first_frame: int
    samples: int
    sample_rate: int  # Hz


class Window:
    """A view on a file that slides forward; holds little more than a block at a time."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file = file
        self._position: int | None = None  # the file's, once known
        self.end = end  # offset behind the last byte worth reading; sinks if the file is shorter
        self.base = 0  # offset of the first byte of `data`
        self.data = b""

    def reach(self, at: int, size: int) -> bool:
        """Brings `size` bytes from offset `at` into `data`; False where the file ends before.

        Bytes before `at` may be forgotten by it, so `at` must never go back further than `base`.
        """
        if at + size <= self.base + len(self.data):
            return True
        if at + size > self.end:
            return False
        kept = self.data[at - self.base :]
        position = at + len(kept)
        if position != self._position:
            self._file.seek(position)
        blocks = [kept]
        wanted = min(max(size, _BLOCK), self.end - position)
        while wanted > 0:
            block = self._file.read(wanted)
            if not block:  # The file has become shorter since its size was asked for.
                self.end = position
                break
            blocks.append(block)
            position += len(block)
            wanted -= len(block)
        self._position = position
        self.base, self.data = at, b"".join(blocks)
        return at + size <= position

    def header(self, at: int) -> FrameHeader | None:
        """The frame header at offset `at`, or None."""
        return parse_header(self.data, at - self.base) if self.reach(at, HEADER_SIZE) else None

    def bytes_at(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from offset `at`, fewer only at the end."""
        size = max(0, min(size, self.end - at))
        self.reach(at, size)
        return self.data[at - self.base : at - self.base + size]

    def tag_at(self, at: int) -> int:
        """Bytes of the tag that begins at offset `at`; 0 where none does, or none that fits."""
        size = leading_tag(self.bytes_at(at, LEADING_TAG_HEADER))
        return size if at + size <= self.end else 0


class FrameWalk:
    """Everything one walk found; complete when `walk` has returned."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.extents: list[Extent] = []
        self.segments: list[Segment] = []
        # Audio offset of each frame's end. 32 bits each: a file is smaller than 4 GiB.
        self.frame_ends: array[int] = array("I")
        self.info: InfoFrame | None = None
        self.channels = 0  # of the first frame of audio
        self.tag_bytes = 0
        self.longest_run = 0  # frames
        self._hash = sha256()

    @property
    def total(self) -> int:
        """Bytes of audio."""
        return self.frame_ends[-1] if self.frame_ends else 0

    def digest(self) -> bytes:
        """SHA-256 of the audio bytes."""
        return self._hash.digest()

    def walk(self) -> None:
        """Goes through the whole window. Raises OSError as the file does."""
        at = 0
        while (found := self._find(at)) is not None:
            at, header = found
            if header is None:
                tag = self.window.tag_at(at)
                self.tag_bytes += tag
                at += tag
                continue
            if not self.frame_ends and self.info is None:
                first = self.window.bytes_at(at, header.length)
                self.info = parse_info_frame(first, header)
                at += header.length if self.info else 0
            at = self._run(at, header)

    def _find(self, at: int) -> tuple[int, FrameHeader | None] | None:
        """The next offset from `at` on where sound begins, with its header, or a tag (no header).

        None at the end of the file.
        """
        window = self.window
        while window.reach(at, _CANDIDATE_SIZE) or window.reach(at, HEADER_SIZE):
            match = _CANDIDATE.search(window.data, at - window.base)
            if match is None:
                # The beginning of a candidate may stand at the end of the block.
                at = max(at + 1, window.base + len(window.data) - _CANDIDATE_SIZE + 1)
                continue
            at = window.base + match.start()
            if match[0][0] != 0xFF:
                if window.tag_at(at):
                    return at, None
            elif (header := self._sound_at(at)) is not None:
                return at, header
            at += 1
        return None

    def _sound_at(self, at: int) -> FrameHeader | None:
        """The header at `at`, if one consistent with it stands exactly behind its frame."""
        header = self.window.header(at)
        if header is None or not self.window.reach(at, header.length + HEADER_SIZE):
            return None
        following = self.window.header(at + header.length)
        return header if following is not None and header.agrees_with(following) else None

    def _run(self, start: int, header: FrameHeader) -> int:
        """Takes the frames from offset `start` on that are consistent with `header`.

        Returns the offset from which to look for more. It lies before the end of the frames taken
        only if the last one turned out to be cut short.
        """
        window, ends, before = self.window, self.frame_ends, len(self.frame_ends)
        first = window.header(start)
        lengths = frame_lengths(header.version, header.sample_rate)
        shift = self.total - start
        last = at = start  # the frame taken last, which may yet prove cut short; the next one
        while True:
            hashed = last
            last, at = self._take(last, at, lengths, shift)
            self._hash.update(self._view(hashed, last))
            if at + HEADER_SIZE <= window.base + len(window.data):
                break  # Something else than a frame stands at `at`.
            if not window.reach(last, at + HEADER_SIZE - last):
                break  # The end of the file.
        # One look ahead for all that follows, so that the window keeps the last frame.
        window.bytes_at(last, 2 * LONGEST_FRAME + HEADER_SIZE)
        frame = bytes(self._view(last, at))
        is_whole, resume = self._after(last, at)
        if is_whole:
            self._hash.update(frame)
        elif len(ends) > before:
            ends.pop()
        if len(ends) > before and first is not None:
            self._add_run(start, at if is_whole else last, before, first)
        return resume

    def _take(self, last: int, at: int, lengths: Mapping[int, int], shift: int) -> tuple[int, int]:
        """Follows headers inside the bytes at hand; returns the last frame's offset, and the next.

        This is the inner loop: a few hundred nanoseconds for each frame of every file.
        """
        data, base = self.window.data, self.window.base
        known, word_at, append = lengths.get, _WORD.unpack_from, self.frame_ends.append
        shift += base
        last -= base
        at -= base
        stop = len(data) - HEADER_SIZE
        while at <= stop:
            length = known(word_at(data, at)[0] & LENGTH_MASK)
            if length is None:
                break
            last = at
            at += length
            append(at + shift)
        return last + base, at + base

    def _after(self, last: int, at: int) -> tuple[bool, int]:
        """Whether the frame from `last` to `at` is whole, and where to go on looking."""
        window = self.window
        if at == window.end or self._sound_at(at) is not None:
            return True, at
        # Look again from inside the last frame: it may have been cut short, and what follows it
        # would be lost with it.
        found = self._find(last + 1)
        resume = window.end if found is None else found[0]
        return at <= min(resume, window.end), resume

    def _view(self, start: int, end: int) -> memoryview:
        base = self.window.base
        return memoryview(self.window.data)[start - base : end - base]

    def _add_run(self, start: int, end: int, before: int, first: FrameHeader) -> None:
        if not self.channels:
            self.channels = first.channels
        self.longest_run = max(self.longest_run, len(self.frame_ends) - before)
        latest = self.segments[-1] if self.segments else None
        if latest is None or latest.sample_rate != first.sample_rate:
            self.segments.append(Segment(before, first.samples, first.sample_rate))
        length = end - start
        if self.extents and self.extents[-1].file_offset + self.extents[-1].length == start:
            joined = self.extents[-1]
            start, length = joined.file_offset, joined.length + length
            self.extents[-1] = Extent(start, joined.audio_offset, length)
        else:
            self.extents.append(Extent(start, self.total - length, length))
