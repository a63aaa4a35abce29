# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the tags around an MP3's audio begin and end; what they say is not looked at.

Sources: id3.org for ID3v1, ID3v2.2 to 2.4 and Lyrics3; wiki.hydrogenaud.io for APEv1 and APEv2.
"""

import struct
from io import SEEK_END, SEEK_SET
from typing import BinaryIO

ID3V2_MARK = b"ID3"
APE_MARK = b"APETAGEX"
LEADING_TAG_HEADER = 32  # bytes that `leading_tag` wants to see

_ID3V2_HEADER = 10  # bytes, and as many for a footer
_ID3V2_FOOTER_FLAG = 0x10
_APE_EDGE = 32  # bytes of an APE header or footer
_APE_FIELDS = struct.Struct("<4xI4xI")  # behind the mark: version, size, item count, flags
_APE_HAS_HEADER = 1 << 31
_APE_IS_HEADER = 1 << 29
_ID3V1 = 128  # bytes
_ID3V1_ENHANCED = 227  # bytes of the 'TAG+' block, which stands before the ID3v1 tag
_LYRICS_BEGIN = b"LYRICSBEGIN"
_LYRICS_V1_END = b"LYRICSEND"
_LYRICS_V2_END = b"LYRICS200"
_LYRICS_V1_LONGEST = 5100 + 11 + 9  # bytes
_TAIL = 8192  # bytes read to recognise one trailing tag
# A file made of nothing but trailing tags must not keep us forever.
_MOST_TRAILING_TAGS = 64


def leading_tag(data: bytes, at: int = 0) -> int:
    """Bytes of the ID3v2 or APEv2 tag that begins at `at`, footer included; 0 where none does.

    `data` should hold `LEADING_TAG_HEADER` bytes from there, unless the file ends before.
    """
    if data.startswith(ID3V2_MARK, at):
        return _id3v2_size(data[at : at + _ID3V2_HEADER])
    if data.startswith(APE_MARK, at) and at + _APE_EDGE <= len(data):
        size, flags = _ape_size_and_flags(data, at)
        # The size counts items and footer, not the header itself.
        return _APE_EDGE + size if flags & _APE_IS_HEADER and size >= _APE_EDGE else 0
    return 0


def trailing_tag(tail: bytes) -> int:
    """Bytes of the tag that ends where `tail` ends; 0 where none does.

    May be more than `len(tail)`: APE, Lyrics3 v2 and ID3v2 tell their size in a footer.
    """
    for size_of in (_id3v1, _ape, _id3v2_footer, _lyrics3):
        if size := size_of(tail):
            return size
    return 0


def audio_end(file: BinaryIO) -> int:
    """The offset at which the tags at the end of `file` begin: its size where it has none.

    Leaves the file's position anywhere. Raises OSError as the file does.
    """
    end = file.seek(0, SEEK_END)
    for _ in range(_MOST_TRAILING_TAGS):
        start = max(0, end - _TAIL)
        file.seek(start, SEEK_SET)
        size = trailing_tag(file.read(end - start))
        if not 0 < size <= end:
            break
        end -= size
    return end


def _id3v1(tail: bytes) -> int:
    if len(tail) < _ID3V1 or not tail[-_ID3V1:].startswith(b"TAG"):
        return 0
    enhanced = tail[:-_ID3V1][-_ID3V1_ENHANCED:]
    has_both = enhanced.startswith(b"TAG+") and len(enhanced) == _ID3V1_ENHANCED
    return _ID3V1 + _ID3V1_ENHANCED if has_both else _ID3V1


def _ape(tail: bytes) -> int:
    if len(tail) < _APE_EDGE or not tail[-_APE_EDGE:].startswith(APE_MARK):
        return 0
    size, flags = _ape_size_and_flags(tail, len(tail) - _APE_EDGE)
    if flags & _APE_IS_HEADER or size < _APE_EDGE:
        return 0
    # The size counts items and footer; the header comes on top.
    return size + (_APE_EDGE if flags & _APE_HAS_HEADER else 0)


def _id3v2_footer(tail: bytes) -> int:
    footer = tail[-_ID3V2_HEADER:]
    return _id3v2_size(ID3V2_MARK + footer[3:]) if footer.startswith(b"3DI") else 0


def _lyrics3(tail: bytes) -> int:
    if tail.endswith(_LYRICS_V2_END):
        digits = tail[-15:-9]
        # The size counts from LYRICSBEGIN up to, not including, its own six digits.
        return int(digits) + 15 if digits.isdigit() and len(digits) == 6 else 0
    if tail.endswith(_LYRICS_V1_END):
        begin = tail.rfind(_LYRICS_BEGIN, max(0, len(tail) - _LYRICS_V1_LONGEST))
        return len(tail) - begin if begin != -1 else 0
    return 0


def _ape_size_and_flags(data: bytes, at: int) -> tuple[int, int]:
    size, flags = _APE_FIELDS.unpack_from(data, at + len(APE_MARK))
    return int(size), int(flags)


def _id3v2_size(header: bytes) -> int:
    if len(header) < _ID3V2_HEADER:
        return 0
    major, revision, flags, *size = header[3:]
    # These checks keep three letters in the middle of sound from being taken for a tag.
    if not 2 <= major <= 4 or revision == 0xFF or flags & 0x0F or any(part & 0x80 for part in size):
        return 0
    length = size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3]
    edges = 2 if major == 4 and flags & _ID3V2_FOOTER_FLAG else 1
    return length + edges * _ID3V2_HEADER
