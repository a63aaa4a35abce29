# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bytes of a file are frames: hand-made files, and files damaged at random."""

import random
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import frame_walk
from data.index import Extent, NotMp3, Segment, index_audio
from tests.data.frames import (
    FREE_FORMAT,
    MONO_64,
    MPEG2_64,
    RATE_48,
    STEREO_128,
    STEREO_128_PADDED,
    STEREO_320,
    audio_of,
    frame,
    frames,
    index_of,
)
from tests.mp3_samples import FALSE_SYNC, apev2, id3v1, id3v2

PIECE = frames([STEREO_128, STEREO_128_PADDED, STEREO_320, MONO_64] * 5)
WHOLE = b"".join(PIECE)
XING = (STEREO_128.ljust(36, b"\0") + b"Xing" + bytes(4)).ljust(417, b"\0")
# What junk is made of, so that it often looks like sound or a tag and never is.
TRAPS = st.lists(
    st.sampled_from([b"\xff", b"\xff\xfb", b"\xff\xfb\x90", b"ID3", b"TAG", b"\0", FALSE_SYNC])
    | st.binary(max_size=40),
    max_size=30,
).map(b"".join)


def test_bit_rate_padding_and_channels_may_change_from_frame_to_frame() -> None:
    index = index_of(WHOLE)
    assert index.extents == (Extent(0, 0, len(WHOLE)),)
    assert index.segments == (Segment(0, 1152, 44100),)
    assert list(index.frame_ends[:4]) == [417, 835, 1879, 2087]
    assert index.frame_count == 20
    assert index.channels == 2
    assert not index.has_gapless


def test_two_headers_are_needed_and_enough() -> None:
    one = frame(STEREO_128)
    assert index_of(one + one).frame_count == 2
    # The second header proves the first frame, even where the second frame is not whole.
    assert index_of(one + one[:4]).frame_count == 1
    for content in (one, one + one[:3], one + b"." + one, one + frame(RATE_48)):
        with pytest.raises(NotMp3):
            index_of(content)


def test_junk_between_frames_breaks_the_extent_and_nothing_else() -> None:
    front, back = b"".join(PIECE[:7]), b"".join(PIECE[7:])
    content = front + b"." * 100 + back
    index = index_of(content)
    assert index.extents == (
        Extent(0, 0, len(front)),
        Extent(len(front) + 100, len(front), len(back)),
    )
    assert audio_of(content, index) == WHOLE
    assert index.segments == (Segment(0, 1152, 44100),)


def test_a_frame_cut_short_in_the_middle_is_left_out_and_the_next_kept() -> None:
    content = b"".join([*PIECE[:7], PIECE[7][:200], *PIECE[8:]])
    index = index_of(content)
    assert audio_of(content, index) == b"".join(PIECE[:7] + PIECE[8:])


def test_a_frame_torn_apart_by_junk_is_its_own_loss() -> None:
    content = b"".join([*PIECE[:7], PIECE[7][:200], b"." * 999, PIECE[7][200:], *PIECE[8:]])
    audio = audio_of(content, index_of(content))
    assert audio.startswith(b"".join(PIECE[:7]))
    assert audio.endswith(b"".join(PIECE[8:]))


def test_a_truncated_last_frame_is_left_out_even_before_a_tag() -> None:
    for tag in (b"", id3v1(b"Ground"), apev2(b"Title", b"Ground")):
        # The tag is as long as what is missing, or longer: the frame seems whole.
        content = WHOLE + frame(STEREO_128)[:-100] + tag
        index = index_of(content)
        assert audio_of(content, index) == WHOLE


def test_tags_in_the_middle_are_skipped_with_all_that_is_in_them() -> None:
    art = b"x" + WHOLE + FALSE_SYNC
    for tag in (id3v2(art), id3v2(art, footer=True), apev2(b"Cover", art), id3v1(b"Ground")):
        content = WHOLE + tag + WHOLE
        index = index_of(content)
        assert audio_of(content, index) == WHOLE + WHOLE
        assert len(index.extents) == 2


def test_a_tag_larger_than_the_file_is_junk() -> None:
    content = id3v2(b"x" * 100_000)[:20] + WHOLE
    assert audio_of(content, index_of(content)) == WHOLE


def test_a_sample_rate_that_changes_begins_a_segment() -> None:
    parts = [frame(STEREO_128)] * 3 + [frame(RATE_48)] * 4 + [frame(MPEG2_64)] * 5
    index = index_of(b"".join(parts))
    assert index.segments == (
        Segment(0, 1152, 44100),
        Segment(3, 1152, 48000),
        Segment(7, 576, 22050),
    )
    assert index.extents == (Extent(0, 0, len(b"".join(parts))),)
    assert index.frame_count == 12


def test_one_stray_frame_of_another_rate_is_no_segment() -> None:
    content = WHOLE + frame(RATE_48) + WHOLE
    index = index_of(content)
    assert index.segments == (Segment(0, 1152, 44100),)
    assert audio_of(content, index) == WHOLE + WHOLE


def test_the_first_frame_is_left_out_where_it_is_a_xing_frame() -> None:
    assert audio_of(XING + WHOLE, index_of(XING + WHOLE)) == WHOLE
    tagged = id3v2(b"x") + XING + WHOLE
    assert audio_of(tagged, index_of(tagged)) == WHOLE


def test_a_xing_frame_anywhere_else_is_sound() -> None:
    for content in (
        XING + XING + WHOLE,
        XING + WHOLE + b"." + XING + WHOLE,
        WHOLE + b"." + XING + WHOLE,
        XING + PIECE[0][:100] + XING + WHOLE,
    ):
        assert XING in audio_of(content, index_of(content))


def test_a_xing_frame_alone_is_no_sound() -> None:
    with pytest.raises(NotMp3):
        index_of(XING + frame(STEREO_128)[:100])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (id3v1(b"Ground"), "it holds tags and no audio"),
        (id3v2(b"x" * 3000), "it holds tags and no audio"),
        (bytes(20_000), "it begins with nothing but zeros, and no MPEG audio follows"),
        ("Grüße, kein Lied.\r\n".encode() * 999, "it is text"),
        (b"<html><body>404 Not Found</body></html>\n", "it is text"),
        (id3v2(b"x") + b"OggS" + bytes(500), "it is an Ogg file"),
        (b"\0\0\0\x20ftypM4A " + bytes(500), "it is an MPEG-4 (M4A, MP4) file"),
        ((bytes.fromhex("fffd9064") + b"." * 413) * 9, "it is MPEG audio of Layer 2, not Layer 3"),
        (
            (FREE_FORMAT + b"." * 300) * 20,
            "its frames are in free format, without a bit rate, which is not supported",
        ),
        (b"\xfe\x01" * 9000, "it has no two MPEG Layer 3 frames in a row"),
    ],
)
def test_what_is_no_mp3_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(NotMp3) as refused:
        index_of(content)
    assert refused.value.reason == reason
    assert str(refused.value) == reason


def test_seven_frames_in_much_else_are_chance_and_eight_are_not() -> None:
    few, much = frame(STEREO_128) * 7, b"." * 5000
    with pytest.raises(NotMp3):
        index_of(much + few + much)
    with pytest.raises(NotMp3):
        index_of(few + much * 2 + few + much * 2)
    assert index_of(much + few + frame(STEREO_128) + much).frame_count == 8
    assert index_of(few).frame_count == 7


def test_a_wav_with_two_matching_headers_by_chance_is_no_mp3() -> None:
    rng = random.Random(5)
    noise = rng.randbytes(50_000)
    chance = frame(STEREO_128) + frame(STEREO_128)[:100]
    content = b"RIFF\x24\x0b\x01\0WAVEfmt " + noise + chance + noise
    with pytest.raises(NotMp3, match="RIFF"):
        index_of(content)


def test_an_mp3_inside_a_wav_is_one() -> None:
    header = b"RIFF\x24\x0b\x01\0WAVEfmt \x1e\0\0\0\x55\0\x02\0" + bytes(26) + b"data\0\0\0\0"
    assert audio_of(header + WHOLE, index_of(header + WHOLE)) == WHOLE


class ShortReads(BytesIO):
    """A file that gives less than it is asked for, and counts."""

    largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size >= 0
        self.largest = max(self.largest, size)
        return super().read(min(size, 1000))


class Shrinking(BytesIO):
    """A file that was longer when its size was asked for."""

    def __init__(self, content: bytes, *, claimed: int) -> None:
        super().__init__(content)
        self._claimed = claimed

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._claimed if whence == 2 else super().seek(offset, whence)


def test_short_reads_are_no_end_and_no_read_is_large() -> None:
    content = id3v2(WHOLE) + WHOLE * 150
    file = ShortReads(content)
    assert index_audio(file) == index_of(content)
    assert len(content) > 1 << 20 >= file.largest


def test_a_file_that_shrinks_meanwhile_ends_where_it_ends() -> None:
    index = index_audio(Shrinking(WHOLE + PIECE[0][:99], claimed=1 << 21))
    assert index == index_of(WHOLE)
    with pytest.raises(NotMp3):
        index_audio(Shrinking(b"", claimed=1 << 21))


def test_a_file_too_large_for_32_bits_is_refused_unread() -> None:
    with pytest.raises(NotMp3, match="4 GiB"):
        index_audio(Shrinking(WHOLE, claimed=1 << 32))


@pytest.mark.parametrize("block", [1, 13, 417, 418, 1500, 9999])
def test_where_blocks_end_does_not_matter(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = b"".join([*PIECE[:7], PIECE[7][:200], *PIECE[8:]])
    junk = b"junk" * 99 + apev2(b"Cover", WHOLE) + FALSE_SYNC * 50
    content = id3v2(WHOLE) + junk + cut + junk + id3v2(WHOLE) + cut + b"end"
    expected = index_of(content)
    monkeypatch.setattr(frame_walk, "_BLOCK", block)
    assert index_of(content) == expected


@given(st.integers(0, len(WHOLE)))
def test_a_file_cut_at_any_place_keeps_every_whole_frame(cut: int) -> None:
    whole = [end for end in index_of(WHOLE).frame_ends if end <= cut]
    if len(whole) >= 2:
        assert list(index_of(WHOLE[:cut]).frame_ends) == whole
    rest = len(WHOLE) - next(end for end in (0, *index_of(WHOLE).frame_ends) if end >= cut)
    if rest > 2 * 1044:
        content = WHOLE[cut:]
        assert audio_of(content, index_of(content)) == WHOLE[-rest:]


@given(TRAPS)
def test_no_bytes_crash_it(content: bytes) -> None:
    for file in (content, content + WHOLE, WHOLE + content):
        try:
            index = index_of(file)
        except NotMp3:
            continue
        audio_ends = [0, *index.frame_ends]
        assert all(a < b for a, b in pairwise(audio_ends))
        assert len(audio_of(file, index)) == index.total


@settings(max_examples=200)
@given(st.dictionaries(st.integers(0, len(PIECE)), TRAPS, max_size=4))
def test_junk_between_frames_costs_at_most_the_frames_beside_it(junk: dict[int, bytes]) -> None:
    content = b"".join(junk.get(i, b"") + frame for i, frame in enumerate([*PIECE, b""]))
    lost = {neighbour for at, bad in junk.items() if bad for neighbour in (at - 1, at, at + 1)}
    # Two frames in a row are the least that is found again behind junk.
    kept = [
        i
        for i in range(len(PIECE))
        if i not in lost and ({i - 1, i + 1} & set(range(len(PIECE))) - lost)
    ]
    if len(kept) < 8:
        return
    audio = audio_of(content, index_of(content))
    missing = [i for i in kept if PIECE[i] not in audio]
    assert missing == []


@given(st.integers(0, len(WHOLE)), st.integers(1, 3000))
def test_a_hole_costs_at_most_the_frames_it_touches(start: int, size: int) -> None:
    content = WHOLE[:start] + WHOLE[start + size :]
    ends = list(index_of(WHOLE).frame_ends)
    begins = [0, *ends[:-1]]
    front = [i for i, end in enumerate(ends) if end <= start]
    back = [i for i, begin in enumerate(begins) if begin >= start + size]
    audio = audio_of(content, index_of(content))
    assert [i for i in front if PIECE[i] not in audio and len(front) > 1] == []
    assert [i for i in back if PIECE[i] not in audio and len(back) > 1] == []
