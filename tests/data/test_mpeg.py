# SPDX-License-Identifier: GPL-3.0-or-later
"""Frame headers, against the tables of ISO/IEC 11172-3 and 13818-3 written out by hand."""

import pytest

from data.mpeg import (
    LENGTH_MASK,
    LONGEST_FRAME,
    FrameHeader,
    MpegVersion,
    frame_lengths,
    is_free_format,
    layer_of,
    parse_header,
)
from tests.data.frames import FREE_FORMAT, STEREO_128

HIGH = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
LOW = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)

# first two bytes, third byte's sample rate bits, version, Hz, samples, bytes at each bit rate
ROWS = [
    ("fffb", 0x0, MpegVersion.MPEG_1, 44100, 1152,
     (104, 130, 156, 182, 208, 261, 313, 365, 417, 522, 626, 731, 835, 1044)),
    ("fffb", 0x4, MpegVersion.MPEG_1, 48000, 1152,
     (96, 120, 144, 168, 192, 240, 288, 336, 384, 480, 576, 672, 768, 960)),
    ("fffb", 0x8, MpegVersion.MPEG_1, 32000, 1152,
     (144, 180, 216, 252, 288, 360, 432, 504, 576, 720, 864, 1008, 1152, 1440)),
    ("fff3", 0x0, MpegVersion.MPEG_2, 22050, 576,
     (26, 52, 78, 104, 130, 156, 182, 208, 261, 313, 365, 417, 470, 522)),
    ("fff3", 0x4, MpegVersion.MPEG_2, 24000, 576,
     (24, 48, 72, 96, 120, 144, 168, 192, 240, 288, 336, 384, 432, 480)),
    ("fff3", 0x8, MpegVersion.MPEG_2, 16000, 576,
     (36, 72, 108, 144, 180, 216, 252, 288, 360, 432, 504, 576, 648, 720)),
    ("ffe3", 0x0, MpegVersion.MPEG_2_5, 11025, 576,
     (52, 104, 156, 208, 261, 313, 365, 417, 522, 626, 731, 835, 940, 1044)),
    ("ffe3", 0x4, MpegVersion.MPEG_2_5, 12000, 576,
     (48, 96, 144, 192, 240, 288, 336, 384, 480, 576, 672, 768, 864, 960)),
    ("ffe3", 0x8, MpegVersion.MPEG_2_5, 8000, 576,
     (72, 144, 216, 288, 360, 432, 504, 576, 720, 864, 1008, 1152, 1296, 1440)),
]  # fmt: skip


@pytest.mark.parametrize(("start", "rate_bits", "version", "rate", "samples", "lengths"), ROWS)
def test_every_bit_rate_of_every_version_and_sample_rate(
    start: str,
    rate_bits: int,
    version: MpegVersion,
    rate: int,
    samples: int,
    lengths: tuple[int, ...],
) -> None:
    kilobits = HIGH if version == MpegVersion.MPEG_1 else LOW
    for index, (expected, length) in enumerate(zip(kilobits, lengths, strict=True), start=1):
        for padding in (0, 1):
            third = index << 4 | rate_bits | padding << 1
            header = parse_header(bytes.fromhex(start) + bytes([third, 0x64]))
            assert header is not None
            assert header.version == version
            assert header.bit_rate == expected * 1000
            assert header.sample_rate == rate
            assert header.samples == samples
            assert header.length == length + padding
            assert header.length <= LONGEST_FRAME


GOLDEN = [
    ("fffb9064", FrameHeader(MpegVersion.MPEG_1, 128000, 44100, 2, 417, 1152, False, 32)),
    ("fffa9264", FrameHeader(MpegVersion.MPEG_1, 128000, 44100, 2, 418, 1152, True, 32)),
    ("fffb50c4", FrameHeader(MpegVersion.MPEG_1, 64000, 44100, 1, 208, 1152, False, 17)),
    ("fffbe484", FrameHeader(MpegVersion.MPEG_1, 320000, 48000, 2, 960, 1152, False, 32)),
    ("fff380c4", FrameHeader(MpegVersion.MPEG_2, 64000, 22050, 1, 208, 576, False, 9)),
    ("fff28004", FrameHeader(MpegVersion.MPEG_2, 64000, 22050, 2, 208, 576, True, 17)),
    ("ffe318c4", FrameHeader(MpegVersion.MPEG_2_5, 8000, 8000, 1, 72, 576, False, 9)),
    ("ffe34064", FrameHeader(MpegVersion.MPEG_2_5, 32000, 11025, 2, 208, 576, False, 17)),
]


@pytest.mark.parametrize(("golden", "expected"), GOLDEN)
def test_golden_headers(golden: str, expected: FrameHeader) -> None:
    data = bytes.fromhex(golden)
    assert parse_header(data) == expected
    assert parse_header(memoryview(b"junk" + data + b"more"), 4) == expected


@pytest.mark.parametrize(
    ("golden", "why"),
    [
        ("ffdb9064", "a sync bit is missing"),
        ("7ffb9064", "another one is"),
        ("ffeb9064", "the version is reserved"),
        ("fff99064", "the layer is reserved"),
        ("fffd9064", "Layer II"),
        ("ffff9064", "Layer I"),
        ("fffb0064", "free format"),
        ("fffbf064", "the bit rate is forbidden"),
        ("fffb9c64", "the sample rate is reserved"),
        ("fffb90", "three bytes are no header"),
        ("", "none are none"),
    ],
)
def test_what_is_no_header_of_ours(golden: str, why: str) -> None:
    assert parse_header(bytes.fromhex(golden)) is None, why


def test_an_offset_outside_of_the_data_gives_none() -> None:
    assert parse_header(STEREO_128, 1) is None
    assert parse_header(STEREO_128 * 2, -4) is None


@pytest.mark.parametrize(("start", "rate_bits", "version", "rate", "samples", "lengths"), ROWS)
def test_the_table_of_lengths_agrees_with_the_headers(
    start: str,
    rate_bits: int,
    version: MpegVersion,
    rate: int,
    samples: int,
    lengths: tuple[int, ...],
) -> None:
    table = frame_lengths(version, rate)
    assert len(table) == 28
    for index, length in enumerate(lengths, start=1):
        # Private bit, mode, copyright and emphasis do not matter, nor does the protection bit.
        word = int.from_bytes(bytes.fromhex(start), "big") << 16
        word |= (index << 4 | rate_bits | 0x01) << 8 | 0xEF
        assert table[word & LENGTH_MASK] == length
        assert table[word & ~0x10000 & LENGTH_MASK] == length


def test_what_changes_nothing_is_not_remembered_apart() -> None:
    # Mode extension, copyright, original and emphasis: 64 headers, one of them in memory.
    first = parse_header(bytes.fromhex("fffb9040"))
    assert first is not None
    for bits in range(64):
        assert parse_header(bytes.fromhex("fffb90") + bytes([0x40 | bits])) is first
    assert parse_header(bytes.fromhex("fffb90c0")) != first


def test_agreement_needs_version_and_sample_rate_only() -> None:
    def header(golden: str) -> FrameHeader:
        parsed = parse_header(bytes.fromhex(golden))
        assert parsed is not None
        return parsed

    assert header("fffb9064").agrees_with(header("fffae2c4"))
    assert not header("fffb9064").agrees_with(header("fffb9464"))
    assert not header("fffb9064").agrees_with(header("fff39064"))


@pytest.mark.parametrize(
    ("golden", "layer"),
    [("ffff9064", 1), ("fffd9064", 2), ("fffb9064", 3), ("fffb0064", 3)],
)
def test_layers(golden: str, layer: int) -> None:
    assert layer_of(bytes.fromhex(golden)) == layer


@pytest.mark.parametrize("golden", ["fff99064", "ffeb9064", "fffbf064", "fffb9c64", "fffb90", ""])
def test_no_layer(golden: str) -> None:
    assert layer_of(bytes.fromhex(golden)) is None


def test_free_format_is_three_headers_evenly_spaced() -> None:
    body = b"." * 300
    assert is_free_format((FREE_FORMAT + body) * 3)
    assert is_free_format(FREE_FORMAT + body + FREE_FORMAT + body + b"!" + FREE_FORMAT)
    assert not is_free_format((FREE_FORMAT + body) * 2)
    assert not is_free_format((STEREO_128 + body) * 3)
    assert not is_free_format(FREE_FORMAT + body + FREE_FORMAT + body * 2 + FREE_FORMAT)
