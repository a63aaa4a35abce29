# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags at both ends of a file, by literal bytes."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.tags import audio_end, leading_tag, trailing_tag
from tests.mp3_samples import apev1, apev2, id3v1, id3v1_enhanced, id3v2, lyrics3v2

AUDIO = b"\xff\xfb\x90\x64" + b"." * 413

LEADING = {
    "ID3v2.3 of ten bytes": (b"ID3\x03\x00\x00\x00\x00\x00\x0a" + b"x" * 10, 20),
    "ID3v2.2": (b"ID3\x02\x00\x00\x00\x00\x00\x01x", 11),
    "seven bits a byte": (b"ID3\x04\x00\x00\x00\x01\x02\x03", 10 + (1 << 14) + (2 << 7) + 3),
    "with a footer": (b"ID3\x04\x00\x10\x00\x00\x00\x00" + b"3DI\x04\x00\x10\x00\x00\x00\x00", 20),
    "footer flag without meaning in 2.3": (b"ID3\x03\x00\x10\x00\x00\x00\x00", 10),
    "APEv2": (b"APETAGEX\xd0\x07\0\0\x28\0\0\0\x01\0\0\0\0\0\0\xa0" + bytes(8), 32 + 40),
}

NOT_LEADING = {
    "a bit set that never is": b"ID3\x04\x00\x00\x80\x00\x00\x0a",
    "version 9": b"ID3\x09\x00\x00\x00\x00\x00\x0a",
    "revision 255": b"ID3\x04\xff\x00\x00\x00\x00\x0a",
    "flags that are none": b"ID3\x04\x00\x01\x00\x00\x00\x0a",
    "cut short": b"ID3\x04\x00\x00\x00\x00\x00",
    "an APE footer": b"APETAGEX\xd0\x07\0\0\x28\0\0\0\x01\0\0\0\0\0\0\x80" + bytes(8),
    "an APE header cut short": b"APETAGEX\xd0\x07\0\0\x28\0\0\0",
    "sound": AUDIO,
    "nothing": b"",
}


@pytest.mark.parametrize("name", LEADING)
def test_leading_tags(name: str) -> None:
    tag, size = LEADING[name]
    assert leading_tag(tag) == size
    assert leading_tag(b"..." + tag, 3) == size


@pytest.mark.parametrize("name", NOT_LEADING)
def test_what_is_no_leading_tag(name: str) -> None:
    assert leading_tag(NOT_LEADING[name]) == 0


TRAILING = {
    "ID3v1": id3v1(b"Ground"),
    "ID3v1 with TAG+": id3v1_enhanced(b"Ground") + id3v1(b"Ground"),
    "APEv1": apev1(b"Title", b"Ground"),
    "APEv2": apev2(b"Title", b"Ground"),
    "Lyrics3 v1": b"LYRICSBEGIN[00:01]la la\r\nLYRICSEND",
    "Lyrics3 v2": lyrics3v2(b"[00:01]la la"),
    "ID3v2.4 behind the sound": id3v2(b"x" * 50, footer=True),
}


@pytest.mark.parametrize("name", TRAILING)
def test_trailing_tags(name: str) -> None:
    tag = TRAILING[name]
    assert trailing_tag(tag) == len(tag)
    assert trailing_tag(AUDIO + tag) == len(tag)
    assert audio_end(BytesIO(AUDIO + tag)) == len(AUDIO)


def test_a_size_larger_than_what_is_seen() -> None:
    art = apev2(b"Cover", b"x" * 100_000)
    assert trailing_tag(art[-300:]) == len(art)
    assert audio_end(BytesIO(AUDIO + art)) == len(AUDIO)


def test_all_of_them_at_once_in_the_customary_order() -> None:
    tags = (
        id3v2(b"x", footer=True)
        + apev2(b"Title", b"Ground")
        + lyrics3v2(b"la")
        + id3v1_enhanced(b"Ground")
        + id3v1(b"Ground")
    )
    assert audio_end(BytesIO(AUDIO + tags)) == len(AUDIO)


@pytest.mark.parametrize(
    "tail",
    [
        b"TAG" + b"x" * 124,
        b"x" * 200 + b"TAG" + b"x" * 126,
        b"LYRICSEND",
        b"LYRICSBEGINxxx12345xLYRICS200",
        b"LYRICS200",
        b"APETAGEX\xd0\x07\0\0\x08\0\0\0\x01\0\0\0\0\0\0\x80" + bytes(8),
        b"APETAGEX\xd0\x07\0\0\x28\0\0\0\x01\0\0\0\0\0\0\xa0" + bytes(8),
        b"3DI\x04\x00\x10\x80\x00\x00\x00",
        AUDIO,
        b"",
    ],
)
def test_what_is_no_trailing_tag(tail: bytes) -> None:
    assert trailing_tag(tail) == 0
    assert audio_end(BytesIO(tail)) == len(tail)


def test_a_tag_that_claims_more_than_the_file_holds_is_none() -> None:
    tag = apev2(b"Cover", b"x" * 1000)[500:]
    assert audio_end(BytesIO(tag)) == len(tag)


def test_a_file_of_nothing_but_tags_is_given_up_at_some_point() -> None:
    tags = id3v1(b"x") * 1000
    assert 0 < audio_end(BytesIO(tags)) < len(tags)


@given(st.binary(max_size=400))
def test_any_bytes_have_an_end_inside(content: bytes) -> None:
    for tail in (content, content + b"LYRICS200", content + b"3DI" + content[:7]):
        assert 0 <= audio_end(BytesIO(tail)) <= len(tail)
        assert leading_tag(tail) >= 0
