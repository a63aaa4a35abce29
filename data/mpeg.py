# SPDX-License-Identifier: GPL-3.0-or-later
"""MPEG audio frame headers: Layer III of MPEG 1, 2 and 2.5, and nothing behind the header.

Source: ISO/IEC 11172-3 section 2.4.2.3, ISO/IEC 13818-3, and the customary extension "MPEG 2.5".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from types import MappingProxyType

HEADER_SIZE = 4  # bytes
LONGEST_FRAME = 1441  # bytes: 320 kbit/s at 32 kHz, or 160 kbit/s at 8 kHz, padded

# The bits of a header word that decide a frame's length: sync, version, layer, bit rate, sample
# rate and padding. Protection, private bit, mode and what follows may change from frame to frame.
LENGTH_MASK = 0xFFFEFE00


class MpegVersion(IntEnum):
    """The two version bits as they stand in a header; 1 is reserved."""

    MPEG_2_5 = 0
    MPEG_2 = 2
    MPEG_1 = 3


_LAYER_3 = 1  # the two layer bits
_MONO = 3  # the two mode bits
_FREE_FORMAT = 0  # the four bit rate bits
_SYNC = 0x7FF

# kbit/s by the four bit rate bits; 0 is free format and 15 forbidden.
_LOW_RATES = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HIGH_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BIT_RATES = {
    MpegVersion.MPEG_1: _HIGH_RATES,
    MpegVersion.MPEG_2: _LOW_RATES,
    MpegVersion.MPEG_2_5: _LOW_RATES,
}

# Hz by the two sample rate bits; 3 is reserved.
_SAMPLE_RATES = {
    MpegVersion.MPEG_1: (44100, 48000, 32000),
    MpegVersion.MPEG_2: (22050, 24000, 16000),
    MpegVersion.MPEG_2_5: (11025, 12000, 8000),
}

# Bytes of side information behind header and CRC: (mono, stereo).
_SIDE_INFO = {
    MpegVersion.MPEG_1: (17, 32),
    MpegVersion.MPEG_2: (9, 17),
    MpegVersion.MPEG_2_5: (9, 17),
}

_SAMPLES = {MpegVersion.MPEG_1: 1152, MpegVersion.MPEG_2: 576, MpegVersion.MPEG_2_5: 576}

# Sample rate (Hz) -> samples per channel of every frame; no rate belongs to two versions.
SAMPLES_AT: Mapping[int, int] = MappingProxyType(
    {rate: _SAMPLES[version] for version, rates in _SAMPLE_RATES.items() for rate in rates}
)


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """What the four bytes in front of a Layer III frame say."""

    version: MpegVersion
    bit_rate: int  # bits per second
    sample_rate: int  # Hz
    channels: int  # 1 or 2
    length: int  # bytes of the whole frame, header and padding included
    samples: int  # per channel: 1152 or 576
    protected: bool  # two bytes of CRC follow the header
    side_info: int  # bytes of side information behind header and CRC

    def agrees_with(self, other: "FrameHeader") -> bool:
        """Whether both can belong to one stream: bit rate, mode and protection may differ."""
        return self.version == other.version and self.sample_rate == other.sample_rate


def parse_header(data: bytes | bytearray | memoryview, at: int = 0) -> FrameHeader | None:
    """The header at `at`, or None where none stands.

    None too for Layers I and II, free format, reserved values, and fewer than four bytes.
    """
    if at < 0 or at + HEADER_SIZE > len(data):
        return None
    word = int.from_bytes(data[at : at + HEADER_SIZE], "big")
    # Asked before the cache is, so that no junk, only some 30,000 words with a sync, can fill it.
    return _parse_word(word & 0xFFFFFFC0) if word >> 21 == _SYNC else None


@cache
def frame_lengths(version: MpegVersion, sample_rate: int) -> Mapping[int, int]:
    """Masked header word (`LENGTH_MASK`) -> bytes of the frame, for every header of one stream."""
    lengths: dict[int, int] = {}
    rate_bits = _SAMPLE_RATES[version].index(sample_rate)
    for bit_rate_bits in range(1, 15):
        for padding in (0, 1):
            word = _SYNC << 21 | version << 19 | _LAYER_3 << 17
            word |= bit_rate_bits << 12 | rate_bits << 10 | padding << 9
            lengths[word] = _length(version, _BIT_RATES[version][bit_rate_bits - 1], word)
    return MappingProxyType(lengths)


def layer_of(data: bytes, at: int = 0) -> int | None:
    """The layer (1, 2 or 3) of the MPEG audio header at `at`, whatever its bit rate; or None."""
    word = int.from_bytes(data[at : at + HEADER_SIZE], "big")
    if at + HEADER_SIZE > len(data) or word >> 21 != _SYNC or word >> 19 & 3 == 1:
        return None
    if word >> 12 & 15 == 15 or word >> 10 & 3 == 3 or word >> 17 & 3 == 0:
        return None
    return 4 - (word >> 17 & 3)


def is_free_format(data: bytes, at: int = 0) -> bool:
    """Whether Layer III frames of free format, whose length no header tells, begin at `at`."""
    word = int.from_bytes(data[at : at + HEADER_SIZE], "big")
    if layer_of(data, at) != 3 or word >> 12 & 15 != _FREE_FORMAT:
        return False
    # All frames are equally long but for padding, so the same header stands twice more, evenly.
    start = data[at : at + 2]
    second = data.find(start, at + HEADER_SIZE)
    while second != -1:
        distance = second - at
        for third in (2 * distance - 1, 2 * distance, 2 * distance + 1):
            if layer_of(data, at + third) == 3 and data.startswith(start, at + third):
                return True
        second = data.find(start, second + 1)
    return False


@cache
def _parse_word(word: int) -> FrameHeader | None:
    version_bits, layer_bits = word >> 19 & 3, word >> 17 & 3
    bit_rate_bits, rate_bits = word >> 12 & 15, word >> 10 & 3
    if word >> 21 != _SYNC or version_bits == 1 or layer_bits != _LAYER_3:
        return None
    if bit_rate_bits in (_FREE_FORMAT, 15) or rate_bits == 3:
        return None
    version = MpegVersion(version_bits)
    kilobits = _BIT_RATES[version][bit_rate_bits - 1]
    sample_rate = _SAMPLE_RATES[version][rate_bits]
    channels = 1 if word >> 6 & 3 == _MONO else 2
    return FrameHeader(
        version=version,
        bit_rate=kilobits * 1000,
        sample_rate=sample_rate,
        channels=channels,
        length=_length(version, kilobits, word),
        samples=_SAMPLES[version],
        protected=not word >> 16 & 1,
        side_info=_SIDE_INFO[version][channels - 1],
    )


def _length(version: MpegVersion, kilobits: int, word: int) -> int:
    sample_rate = _SAMPLE_RATES[version][word >> 10 & 3]
    return _SAMPLES[version] // 8 * kilobits * 1000 // sample_rate + (word >> 9 & 1)
