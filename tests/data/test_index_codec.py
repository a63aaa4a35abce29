# SPDX-License-Identifier: GPL-3.0-or-later
"""The stored form of an index: golden bytes, and nothing else is taken for one."""

import struct
import zlib
from array import array
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.index import AudioIndex, Extent, Segment
from data.index_codec import StoredIndex, decode, encode
from data.mpeg import LONGEST_FRAME

STORED = StoredIndex(
    channels=2,
    delay=576,
    padding=756,
    has_gapless=True,
    digest=bytes(range(32)),
    extents=(Extent(10, 0, 834), Extent(1000, 834, 208)),
    segments=(Segment(0, 1152, 44100), Segment(2, 576, 22050)),
    frame_ends=array("I", [417, 834, 1042]),
)

RECORD = bytes.fromhex(
    "02 01 4002 f402"  # channels, gapless, delay, padding
    "02000000 02000000 03000000"  # extents, segments, frames
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"  # digest
    "0a000000 42030000  e8030000 d0000000"  # file offset and length of each extent
    "00000000 8004 44ac0000  02000000 4002 22560000"  # first frame, samples, rate
    "a101 a101 d000"  # length of each frame
)


def stored(record: bytes) -> bytes:
    return b"\x01" + zlib.compress(record)


def many_frames(count: int, length: int) -> bytes:
    """The record of one segment of equal frames, all of them in one extent."""
    fixed = RECORD[:6] + struct.pack("<III", 1, 1, count) + RECORD[18:50]
    extent = struct.pack("<II", 0, count * length & 0xFFFFFFFF)
    return fixed + extent + RECORD[66:76] + length.to_bytes(2, "little") * count


def test_golden_bytes_both_ways() -> None:
    assert encode(STORED)[:1] == b"\x01"
    assert zlib.decompress(encode(STORED)[1:]) == RECORD
    assert decode(stored(RECORD)) == STORED
    assert AudioIndex.from_bytes(stored(RECORD)).to_bytes() == encode(STORED)


def test_a_constant_bit_rate_costs_next_to_nothing() -> None:
    frames = 24_000  # ten minutes
    index = replace(
        STORED,
        extents=(Extent(0, 0, 417 * frames),),
        segments=STORED.segments[:1],
        frame_ends=array("I", range(417, 417 * frames + 1, 417)),
    )
    assert len(encode(index)) < 300
    assert decode(encode(index)) == index


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "nothing"),
        (b"\x01", "no record"),
        (b"\x02" + zlib.compress(RECORD), "another version"),
        (b"\x01" + RECORD, "not deflated"),
        (stored(RECORD)[:-1], "cut short"),
        (stored(RECORD) + b"\0", "too long"),
        (stored(RECORD[:-1]), "half a frame"),
        (stored(RECORD + b"\0\0"), "a frame too many"),
        (stored(RECORD[:30]), "no room for the fields"),
        (stored(bytes(50)), "no frames"),
        (stored(RECORD[:-2] + b"\xd1\x00"), "frames and extents differ"),
        (stored(RECORD[:-4] + b"\x71\x02\x00\x00"), "a frame of no bytes"),
        (stored(b"\x03" + RECORD[1:]), "three channels"),
        (stored(RECORD.replace(b"\x44\xac", b"\0\0")), "no sample rate"),
        (stored(RECORD.replace(b"\x02\0\0\0\x40\x02", b"\x03\0\0\0\x40\x02")), "an empty segment"),
        (stored(RECORD.replace(b"\xe8\x03\0\0", b"\x09\0\0\0")), "extents that overlap"),
        (stored(RECORD.replace(b"\xe8\x03\0\0", b"\x30\xff\xff\xff")), "beyond 4 GiB"),
        (stored(RECORD.replace(b"\x80\x04", b"\x40\xf7")), "samples that no frame has"),
        (stored(RECORD.replace(b"\x44\xac\0\0", b"\1\0\0\0")), "a sample rate that none has"),
        (stored(RECORD.replace(b"\x44\xac\0\0", b"\x22\x56\0\0")), "another version's samples"),
        (stored(many_frames(70_000, 0xFFFF)), "frames that come to more than 32 bits"),
        (stored(many_frames(3_000_000, LONGEST_FRAME)), "the same, of lengths that may be"),
        (stored(b"\0" * 10_000_000), "a record that inflates beyond all measure"),
    ],
)
def test_anything_else_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match="a stored index"):
        pytest.fail(f"{why}: {decode(data)}")


@pytest.mark.parametrize("at", range(len(encode(STORED))))
def test_no_wrong_byte_gives_another_index(at: int) -> None:
    for change in range(1, 256):
        data = bytearray(encode(STORED))
        data[at] ^= change
        try:
            index = decode(bytes(data))
        except ValueError:
            continue
        # A few bits of the deflated form are filling.
        assert index == STORED


@given(st.binary(max_size=200))
def test_no_bytes_crash_it(data: bytes) -> None:
    for record in (data, b"\x01" + data, stored(data), stored(RECORD[:50] + data)):
        try:
            index = decode(record)
        except ValueError:
            continue
        AudioIndex.from_bytes(encode(index))
