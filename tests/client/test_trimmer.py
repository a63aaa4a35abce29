# SPDX-License-Identifier: GPL-3.0-or-later
"""What the trimmer cuts, whatever the pieces; and the same against mpg123's gapless output."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.decoder import SAMPLE_BYTES, Pcm
from client.trimmer import Cuts, Trimmer, cuts
from tests.client.audio import decode, mpg123, read_audio

TAGGED = (
    "cbr128_joint",
    "vbr_v2",
    "abr160",
    "cbr320",
    "dual_channel",
    "mono64",
    "rate48",
    "rate32",
    "mpeg2_22k",
    "mpeg2_24k_mono_vbr",
    "mpeg25_11k",
    "crc",
    "silence",
    "several_id3v2",
)


def numbered(first: int, count: int) -> bytes:
    return b"".join(i.to_bytes(SAMPLE_BYTES, "big") for i in range(first, first + count))


@given(
    lengths=st.lists(st.integers(0, 60), max_size=12),
    front=st.integers(0, 200),
    back=st.integers(0, 200),
)
def test_any_pieces_give_what_lies_between_the_cuts(
    lengths: list[int], front: int, back: int
) -> None:
    trimmer, out, at = Trimmer(Cuts(front, back)), b"", 0
    for length in lengths:
        for piece in trimmer.push(Pcm(numbered(at, length), 44100)):
            assert piece.rate == 44100
            assert piece.samples
            out += piece.samples
        at += length
    assert out == numbered(front, max(0, at - front - back))


def test_nothing_is_held_back_longer_than_needed() -> None:
    trimmer = Trimmer(Cuts(front=0, back=10))
    assert trimmer.push(Pcm(numbered(0, 10), 44100)) == []
    assert trimmer.push(Pcm(numbered(10, 1), 44100)) == [Pcm(numbered(0, 1), 44100)]


def test_where_the_rate_changes_what_was_held_back_is_played_in_its_own() -> None:
    trimmer = Trimmer(Cuts(front=0, back=10))
    trimmer.push(Pcm(numbered(0, 10), 44100))
    assert trimmer.push(Pcm(numbered(10, 11), 48000)) == [
        Pcm(numbered(0, 10), 44100),
        Pcm(numbered(10, 1), 48000),
    ]


@pytest.mark.parametrize(
    ("delay", "padding", "gapless", "skip", "expected"),
    [
        (576, 756, True, None, Cuts(1105, 227)),
        (576, 529, True, None, Cuts(1105, 0)),
        (576, 100, True, None, Cuts(1105, 0)),
        (0, 0, True, None, Cuts(529, 0)),
        (0, 0, False, None, Cuts(0, 0)),
        (576, 756, True, 3000, Cuts(3000, 227)),
        (576, 756, True, 0, Cuts(0, 227)),
        (0, 0, False, 3000, Cuts(3000, 0)),
    ],
)
def test_cuts(delay: int, padding: int, gapless: bool, skip: int | None, expected: Cuts) -> None:
    assert cuts(delay=delay, padding=padding, gapless=gapless, skip=skip) == expected


@pytest.mark.parametrize("kind", TAGGED)
def test_equals_mpg123_where_the_file_tells_delay_and_padding(
    samples: dict[str, Path], kind: str
) -> None:
    audio, index = read_audio(samples[kind])
    assert index.has_gapless
    mine = decode(audio, cuts(delay=index.delay, padding=index.padding, gapless=True))
    theirs = mpg123(samples[kind], "--gapless")
    assert len(mine) == len(theirs)
    assert max(abs(a - b) for a, b in zip(mine, theirs, strict=True)) <= 1


def test_a_seek_gives_the_song_from_the_wanted_sample_on(samples: dict[str, Path]) -> None:
    audio, index = read_audio(samples["vbr_v2"])
    whole = decode(audio)
    first, wanted = 40, 60 * 1152 + 321  # far enough before that the bit reservoir is complete
    rest = decode(
        audio[index.offset_of_frame(first) :],
        cuts(delay=index.delay, padding=0, gapless=True, skip=wanted - first * 1152),
    )
    assert rest == whole[wanted * 2 :]


def test_where_the_end_does_not_come_what_was_held_back_is_sound() -> None:
    trimmer = Trimmer(Cuts(front=0, back=3))
    assert trimmer.rest() == []
    heard = trimmer.push(Pcm(bytes(range(20)), 44100)) + trimmer.rest()
    assert b"".join(piece.samples for piece in heard) == bytes(range(20))
    assert trimmer.rest() == []
