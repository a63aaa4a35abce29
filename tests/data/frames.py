# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames put together by hand, each of which can be told from the others."""

from collections.abc import Iterable
from io import BytesIO

from data.index import AudioIndex, index_audio
from data.mpeg import parse_header

STEREO_128 = bytes.fromhex("fffb9064")  # MPEG 1, 128 kbit/s, 44.1 kHz: 417 bytes, 1152 samples
STEREO_128_PADDED = bytes.fromhex("fffb9264")  # 418 bytes
STEREO_320 = bytes.fromhex("fffbe064")  # 1044 bytes
MONO_64 = bytes.fromhex("fffb50c4")  # 208 bytes
RATE_48 = bytes.fromhex("fffb9464")  # MPEG 1, 128 kbit/s, 48 kHz: 384 bytes
MPEG2_64 = bytes.fromhex("fff38064")  # MPEG 2, 64 kbit/s, 22.05 kHz: 208 bytes, 576 samples
FREE_FORMAT = bytes.fromhex("fffb0064")


def frame(header: bytes, number: int = 0) -> bytes:
    """A frame as long as its header says, filled with its number."""
    parsed = parse_header(header)
    assert parsed is not None
    return (header + b"%07d," % number * 200)[: parsed.length]


def frames(headers: Iterable[bytes]) -> list[bytes]:
    """Numbered frames."""
    return [frame(header, number) for number, header in enumerate(headers)]


def index_of(content: bytes) -> AudioIndex:
    """The index of a file that holds `content`."""
    return index_audio(BytesIO(content))


def audio_of(content: bytes, index: AudioIndex) -> bytes:
    """The audio bytes, gathered by the index's extents."""
    return b"".join(content[e.file_offset : e.file_offset + e.length] for e in index.extents)
