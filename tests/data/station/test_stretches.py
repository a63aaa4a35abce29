# SPDX-License-Identifier: GPL-3.0-or-later
"""How songs are cut into stretches, and when each is due."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import MAX_STRETCH, STRETCH_TIME
from data.index import AudioIndex, index_audio
from data.mpeg import parse_header
from data.station.stretches import Piece, Stretch, cut, playing_us
from tests.data.frames import (
    MONO_64,
    MPEG2_64,
    RATE_48,
    STEREO_128,
    STEREO_320,
    audio_of,
    frame,
    frames,
    index_of,
)
from tests.mp3_samples import KINDS

HEADERS = (STEREO_128, STEREO_320, RATE_48, MPEG2_64, MONO_64)

# Frames of 104, 130 and 1044 bytes, 8192 together.
FILLING = ((bytes.fromhex("fffb1064"), 1), (bytes.fromhex("fffb2064"), 6), (STEREO_320, 7))


def walk(audio: bytes) -> list[tuple[int, Fraction]]:
    """Bytes and seconds of each MPEG frame."""
    found, at = list[tuple[int, Fraction]](), 0
    while at < len(audio):
        header = parse_header(audio, at)
        assert header is not None
        found.append((header.length, Fraction(header.samples, header.sample_rate)))
        at += header.length
    return found


def by_the_rule(audio: bytes) -> list[int]:
    """Where the stretches begin, as RFC.md says it: frame by frame."""
    begins, at, size, time = [0], 0, 0, Fraction(0)
    for length, seconds in walk(audio):
        if at and (size + length > MAX_STRETCH or time + seconds > Fraction(STRETCH_TIME)):
            begins.append(at)
            size, time = 0, Fraction(0)
        at, size, time = at + length, size + length, time + seconds
    return begins


def gapless(index: AudioIndex, delay: int, padding: int) -> AudioIndex:
    return replace(index, delay=delay, padding=padding, has_gapless=True)


class TestCut:
    """The deterministic rule."""

    def test_golden_cuts(self) -> None:
        # 128 kbit/s: 19 frames of 26.122 ms are 496 ms and 7923 bytes, 20 are too long.
        stretches = cut(index_of(frame(STEREO_128) * 50))
        assert list(stretches) == [
            Stretch(0, 7923, 0),
            Stretch(7923, 15846, 496327),
            Stretch(15846, 20850, 992654),
        ]
        # 320 kbit/s: 7 frames are 7308 bytes, 8 are too many.
        assert cut(index_of(frame(STEREO_320) * 50))[0] == Stretch(0, 7308, 0)
        # 48 kHz: 20 frames are 480 ms.
        assert cut(index_of(frame(RATE_48) * 50))[0].length == 20 * 384

    def test_exactly_as_many_bytes_as_allowed_are_one_stretch(self) -> None:
        content = b"".join(frame(header) * count for header, count in FILLING)
        assert len(content) == MAX_STRETCH
        assert [stretch.length for stretch in cut(index_of(content + frame(MONO_64)))] == [
            MAX_STRETCH,
            208,
        ]

    def test_rates_that_change_within_a_stretch_round_nothing(self) -> None:
        # Each change rounds the microseconds up.
        content = b"".join(frames([MPEG2_64, MPEG2_64, RATE_48, RATE_48] * 60))
        index = index_of(content)
        audio = audio_of(content, index)
        assert [stretch.begin for stretch in cut(index)] == by_the_rule(audio)

    @given(st.lists(st.tuples(st.sampled_from(HEADERS), st.integers(3, 40)), min_size=1))
    def test_as_the_rule_says_it(self, runs: list[tuple[bytes, int]]) -> None:
        content = b"".join(frames([header for header, count in runs for _ in range(count)]))
        index = index_of(content)
        audio = audio_of(content, index)
        stretches = cut(index)
        assert [stretch.begin for stretch in stretches] == by_the_rule(audio)
        assert len(stretches) == len(list(stretches))
        assert stretches[len(stretches) - 1].end == index.total

    @pytest.mark.parametrize("kind", KINDS)
    def test_real_files_are_cut_by_the_rule_and_found_in_the_file(
        self, kind: str, samples: dict[str, Path]
    ) -> None:
        content = samples[kind].read_bytes()
        with samples[kind].open("rb") as file:
            index = index_audio(file)
        audio, stretches = audio_of(content, index), cut(index)
        assert [stretch.begin for stretch in stretches] == by_the_rule(audio)
        for number, stretch in enumerate(stretches):
            pieces = stretches.pieces(number)
            found = b"".join(content[at : at + length] for at, length in pieces)
            assert found == audio[stretch.begin : stretch.end]
            at_frame = index.frame_at_offset(stretch.begin)
            assert stretch.time_us == index.time_of_frame(at_frame)

    def test_a_stretch_may_lie_in_several_pieces(self) -> None:
        content = frame(STEREO_128) * 15 + b"." * 100 + frame(STEREO_128) * 10
        stretches = cut(index_of(content))
        assert stretches.pieces(0) == [Piece(0, 15 * 417), Piece(15 * 417 + 100, 4 * 417)]
        assert stretches.pieces(1) == [Piece(19 * 417 + 100, 6 * 417)]
        for none in (-1, 2):
            with pytest.raises(IndexError):
                stretches.pieces(none)


class TestPlace:
    """Which stretch a byte lies in."""

    def test_each_byte_is_in_its_stretch(self) -> None:
        stretches = cut(index_of(b"".join(frames([STEREO_128, STEREO_320] * 40))))
        for number, stretch in enumerate(stretches):
            assert stretches.at(stretch.begin) == stretches.at(stretch.end - 1) == number
            assert stretches.begins_at(stretch.begin)
            assert not stretches.begins_at(stretch.begin + 1)
        total = stretches.offset(len(stretches))
        assert stretches.at(total) == len(stretches)
        assert not stretches.begins_at(total)
        for outside in (-1, total + 1):
            with pytest.raises(ValueError, match="offset"):
                stretches.at(outside)


class TestDue:
    """When each stretch is due, by the time for which the song plays."""

    def test_without_delay_at_its_frame_time(self) -> None:
        stretches = cut(index_of(frame(STEREO_128) * 50))
        assert [stretches.due_us(n) for n in range(4)] == [0, 496327, 992654, 1306123]
        assert [stretches.due_by(t) for t in (-1, 0, 496326, 496327)] == [0, 1, 1, 2]
        assert stretches.due_by(10**9) == 3

    def test_delay_makes_all_but_the_first_due_earlier(self) -> None:
        # 441 samples are 10 ms.
        stretches = cut(gapless(index_of(frame(STEREO_128) * 50), 441, 882))
        assert [stretches.due_us(n) for n in range(4)] == [0, 486327, 982654, 1276123]
        assert [stretches.due_by(t) for t in (0, 486326, 486327)] == [1, 1, 2]

    def test_a_long_delay_makes_none_due_before_the_song_begins(self) -> None:
        stretches = cut(gapless(index_of(frame(STEREO_128) * 50), 44100, 0))
        assert [stretches.due_us(n) for n in range(4)] == [0, 0, 0, 306123]
        assert [stretches.due_by(t) for t in (-1, 0)] == [0, 3]

    def test_a_long_padding_makes_none_due_after_the_song_is_over(self) -> None:
        stretches = cut(gapless(index_of(frame(STEREO_128) * 40), 0, 4410))
        # The last of 3 begins at 992.7 ms; all 40 frames last 1044.9 ms, of which 100 are padding.
        assert playing_us(index_of(frame(STEREO_128) * 40)) == 1044898
        assert stretches.playing_us == 944898
        assert stretches.due_us(2) == stretches.due_us(3) == 944898
        assert [stretches.due_by(t) for t in (944897, 944898)] == [2, 3]

    @given(st.integers(0, 65535), st.integers(0, 65535), st.integers(1, 90))
    def test_due_times_and_counts_agree(self, delay: int, padding: int, count: int) -> None:
        stretches = cut(gapless(index_of(frame(MPEG2_64) * (count + 8)), delay, padding))
        dues = [stretches.due_us(n) for n in range(len(stretches) + 1)]
        assert dues == sorted(dues)
        assert dues[0] == 0
        assert dues[-1] == stretches.playing_us > 0
        for due in dues:
            for played in (due - 1, due, due + 1):
                assert stretches.due_by(played) == sum(d <= played for d in dues[:-1])

    def test_padding_counts_at_the_rate_that_the_listener_is_told(self) -> None:
        index = index_of(frame(STEREO_128) * 8 + frame(MPEG2_64) * 8)
        assert playing_us(index) - playing_us(gapless(index, 441, 882)) == 30000

    def test_a_song_lasts_a_millisecond_at_least(self) -> None:
        assert playing_us(gapless(index_of(frame(STEREO_128) * 8), 65535, 65535)) == 1000


class TestSkipping:
    """Where a song ends that is ended early."""

    def test_behind_the_first_stretch_that_is_not_due_when_the_next_would_be(self) -> None:
        stretches = cut(index_of(frame(STEREO_128) * 90))
        assert stretches.skipped_at(0) == (2 * 7923, 992654)
        assert stretches.skipped_at(496326) == (2 * 7923, 992654)
        assert stretches.skipped_at(496327) == (3 * 7923, 1488980)

    def test_at_its_end_where_that_is_near(self) -> None:
        stretches = cut(index_of(frame(STEREO_128) * 30))
        for played in (0, 496327, 700000, 10**9):
            assert stretches.skipped_at(played) == (30 * 417, 783674)

    @given(st.integers(0, 3_000_000))
    def test_no_stretch_that_is_due_is_taken_back(self, played: int) -> None:
        stretches = cut(gapless(index_of(frame(STEREO_128) * 90), 1105, 700))
        end, time_us = stretches.skipped_at(played)
        due = stretches.due_by(played)
        assert end >= stretches.offset(due)
        assert time_us > played or end == 90 * 417
