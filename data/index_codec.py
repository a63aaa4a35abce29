# SPDX-License-Identifier: GPL-3.0-or-later
"""The stored form of an index: a version byte, then a deflated record of little-endian fields.

It never crosses the wire. A form that this version does not know is refused and made anew.
"""

import struct
import sys
import zlib
from array import array
from dataclasses import dataclass
from itertools import accumulate, pairwise

from data.frame_walk import Extent, Segment
from data.mpeg import LONGEST_FRAME, SAMPLES_AT

_VERSION = 1  # first byte of the stored form; raise it with every change of what follows
_FIXED = struct.Struct("<BBHHIII32s")
_EXTENT = struct.Struct("<II")  # file offset, length
_SEGMENT = struct.Struct("<IHI")  # first frame, samples, sample rate
_FRAME = 2  # bytes: the length of one frame
_MOST_INFLATION = 1100  # deflate never does better than 1032 to 1


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """The fields of `data.index.AudioIndex`, which says what they mean."""

    channels: int
    delay: int
    padding: int
    has_gapless: bool
    digest: bytes
    extents: tuple[Extent, ...]
    segments: tuple[Segment, ...]
    frame_ends: "array[int]"


_LARGEST_FILE = (1 << 32) - 1  # bytes: offsets are kept in 32 bits


def encode(index: StoredIndex) -> bytes:
    """The stored form of an index."""
    # Lengths instead of offsets: at a constant bit rate they deflate to almost nothing.
    starts = (0, *index.frame_ends[:-1])
    lengths = array("H", (end - a for a, end in zip(starts, index.frame_ends, strict=True)))
    parts = [
        _FIXED.pack(
            index.channels,
            index.has_gapless,
            index.delay,
            index.padding,
            len(index.extents),
            len(index.segments),
            len(index.frame_ends),
            index.digest,
        ),
        *(_EXTENT.pack(extent.file_offset, extent.length) for extent in index.extents),
        *(_SEGMENT.pack(s.first_frame, s.samples, s.sample_rate) for s in index.segments),
        _little_endian(lengths).tobytes(),
    ]
    return bytes([_VERSION]) + zlib.compress(b"".join(parts))


def decode(data: bytes) -> StoredIndex:
    """The index in its stored form `data`. Raises ValueError if it is not exactly one."""
    if data[:1] != bytes([_VERSION]):
        raise ValueError("a stored index of another version")
    record = _inflate(data[1:])
    channels, gapless, delay, padding, extents, segments, frames, digest = _FIXED.unpack_from(
        record,
    )
    at = _FIXED.size
    after_extents = at + extents * _EXTENT.size
    after_segments = after_extents + segments * _SEGMENT.size
    if len(record) != after_segments + frames * _FRAME:
        raise ValueError("a stored index of the wrong length")
    lengths = array("H")
    lengths.frombytes(record[after_segments:])
    try:
        frame_ends = array("I", accumulate(_little_endian(lengths)))
    except OverflowError:
        raise ValueError("a stored index of more than 4 GiB") from None
    index = StoredIndex(
        channels=channels,
        delay=delay,
        padding=padding,
        has_gapless=bool(gapless),
        digest=digest,
        extents=_extents(record[at:after_extents]),
        segments=tuple(
            Segment(*fields)
            for fields in _SEGMENT.iter_unpack(record[after_extents:after_segments])
        ),
        frame_ends=frame_ends,
    )
    _check(index, shortest=min(lengths, default=0), longest=max(lengths, default=0))
    return index


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        record = inflater.decompress(data, len(data) * _MOST_INFLATION)
    except zlib.error as error:
        raise ValueError("a stored index that is damaged") from error
    if not inflater.eof or inflater.unused_data or len(record) < _FIXED.size:
        raise ValueError("a stored index that is cut short, or too long")
    return record


def _extents(record: bytes) -> tuple[Extent, ...]:
    extents: list[Extent] = []
    audio_offset = 0
    for file_offset, length in _EXTENT.iter_unpack(record):
        extents.append(Extent(file_offset, audio_offset, length))
        audio_offset += length
    return tuple(extents)


def _check(index: StoredIndex, *, shortest: int, longest: int) -> None:
    firsts = [segment.first_frame for segment in index.segments]
    is_sound = (
        index.channels in (1, 2)
        and shortest > 0
        and longest <= LONGEST_FRAME
        and firsts[:1] == [0]
        and all(a < b for a, b in pairwise([*firsts, len(index.frame_ends)]))
        and all(SAMPLES_AT.get(s.sample_rate) == s.samples for s in index.segments)
        and all(extent.length for extent in index.extents)
        and all(a.file_offset + a.length <= b.file_offset for a, b in pairwise(index.extents))
        and all(e.file_offset + e.length <= _LARGEST_FILE for e in index.extents)
        and sum(extent.length for extent in index.extents) == index.frame_ends[-1]
    )
    if not is_sound:
        raise ValueError("a stored index that contradicts itself")


def _little_endian(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
