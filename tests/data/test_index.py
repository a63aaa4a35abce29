# SPDX-License-Identifier: GPL-3.0-or-later
"""The index, and every question it answers."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.index import Run
from data.runs import KEPT
from tests.data.frames import (
    MONO_64,
    MPEG2_64,
    RATE_48,
    STEREO_128,
    STEREO_320,
    frame,
    frames,
    index_of,
)

# Three extents, three rates.
MIXED = (
    b"".join(frames([STEREO_128, STEREO_320] * 20))
    + b"." * 50
    + b"".join(frames([RATE_48] * 30 + [MPEG2_64] * 30))
    + b"." * 50
    + b"".join(frames([MONO_64] * 40))
)


class TestTime:
    """Frames and microseconds."""

    def test_golden_times(self) -> None:
        index = index_of(frame(STEREO_128) * 3 + frame(RATE_48) * 2 + frame(MPEG2_64) * 2)
        # 1152 samples last 26122.449 us at 44.1 kHz and 24000 us at 48 kHz; 576 at 22.05 kHz the
        # first again. All rounded up.
        times = [index.time_of_frame(i) for i in range(8)]
        assert times == [0, 26123, 52245, 78368, 102368, 126368, 152491, 178613]
        assert index.duration_us == 178613

    def test_each_frame_begins_at_its_time(self) -> None:
        index = index_of(MIXED)
        for i in range(index.frame_count):
            begin, end = index.time_of_frame(i), index.time_of_frame(i + 1)
            assert index.frame_at_time(begin) == i
            assert index.frame_at_time(end - 1) == i
            assert index.frame_at_time((begin + end) // 2) == i

    def test_times_behind_the_end_are_the_last_frame(self) -> None:
        index = index_of(MIXED)
        assert index.frame_at_time(index.duration_us) == index.frame_count - 1
        assert index.frame_at_time(10**12) == index.frame_count - 1

    def test_what_does_not_exist_raises(self) -> None:
        index = index_of(MIXED)
        with pytest.raises(ValueError, match="time"):
            index.frame_at_time(-1)
        for frame_number in (-1, index.frame_count + 1):
            with pytest.raises(IndexError):
                index.time_of_frame(frame_number)
            with pytest.raises(IndexError):
                index.offset_of_frame(frame_number)
        for offset in (-1, index.total + 1):
            with pytest.raises(ValueError, match="offset"):
                index.frame_at_offset(offset)

    def test_a_duration_in_milliseconds_is_rounded_down_and_never_nothing(self) -> None:
        assert index_of(frame(STEREO_128) * 115).duration_ms == 3004
        assert index_of(frame(STEREO_128) * 2).duration_ms == 52

    def test_where_to_begin_so_that_the_sound_is_right(self) -> None:
        # 379 bytes of main data a frame: two frames for 511, and one more for the overlap.
        index = index_of(frame(STEREO_128) * 20 + frame(RATE_48) * 20)
        begins = {0: 0, 1: 0, 2: 0, 3: 0, 4: 1, 10: 7, 19: 16, 20: 20, 22: 20, 24: 21, 40: 37}
        assert {at: index.frame_to_decode_from(at) for at in begins} == begins
        # One frame of 1044 bytes holds enough; of 208 bytes with 185 of main data it takes three.
        assert index_of(frame(STEREO_320) * 20).frame_to_decode_from(10) == 8
        assert index_of(frame(MPEG2_64) * 20).frame_to_decode_from(10) == 10 - 3 - 1
        # The frame before the target may itself need 511 bytes, however much it brings along.
        small, large = frame(STEREO_128), frame(STEREO_320)
        mixed = index_of(small * 10 + large + small * 10)
        assert mixed.frame_to_decode_from(11) == 11 - 1 - 2
        with pytest.raises(IndexError):
            index.frame_to_decode_from(41)


class TestOffsets:
    """Frames and audio bytes."""

    def test_each_byte_belongs_to_its_frame(self) -> None:
        index = index_of(MIXED)
        for i in range(index.frame_count):
            begin, end = index.offset_of_frame(i), index.offset_of_frame(i + 1)
            assert index.frame_at_offset(begin) == index.frame_at_offset(end - 1) == i
        assert index.offset_of_frame(0) == 0
        assert index.offset_of_frame(index.frame_count) == index.total
        assert index.frame_at_offset(index.total) == index.frame_count


class TestTimeMap:
    """The map that STREAM carries."""

    def test_golden_map_at_a_constant_bit_rate(self) -> None:
        # 115 frames of 26.12 ms are 3.004 s. Frames 38, 76 and 114 are heard at 1, 2 and 3 s.
        index = index_of(frame(STEREO_128) * 115)
        assert index.time_map(100) == (1000, (38 * 417, 38 * 417, 38 * 417, 417))

    def test_a_map_is_made_once_for_all_listeners_and_each_number_of_points(self) -> None:
        index = index_of(frame(STEREO_128) * 115)
        assert index.time_map(100) is index.time_map(100)
        assert index.time_map(2)[0] == 1502
        assert len(index.time_map(100)[1]) == 4

    @given(st.integers(1, 200))
    def test_the_first_k_add_up_to_the_frame_at_k_intervals(self, max_points: int) -> None:
        index = index_of(MIXED)
        interval_ms, counts = index.time_map(max_points)
        assert interval_ms >= 1000
        assert len(counts) <= max_points
        assert interval_ms == 1000 or (interval_ms - 1) * max_points < index.duration_ms
        assert len(counts) == -(-index.duration_ms // interval_ms)
        assert all(count > 0 for count in counts)
        for k, offset in enumerate(accumulate(counts[:-1]), start=1):
            at_time = index.frame_at_time(k * interval_ms * 1000)
            assert offset == index.offset_of_frame(at_time)
        assert sum(counts) == index.total

    def test_less_than_a_millisecond_behind_an_interval_is_no_point_of_its_own(self) -> None:
        # 268 frames of 26.12 ms are 7.0008 s.
        assert len(index_of(frame(STEREO_128) * 268).time_map(1024)[1]) == 7
        assert len(index_of(frame(STEREO_128) * 269).time_map(1024)[1]) == 8
        # 125 frames of 24 ms are 3 s to the microsecond.
        assert len(index_of(frame(RATE_48) * 125).time_map(9)[1]) == 3

    def test_a_map_needs_a_point(self) -> None:
        with pytest.raises(ValueError, match="points"):
            index_of(MIXED).time_map(0)


class TestRuns:
    """Payloads for data frames."""

    def test_golden_runs(self) -> None:
        content = frame(STEREO_128) * 5 + b"." * 100 + frame(STEREO_128) * 3
        index = index_of(content)
        assert index.runs(0, index.total, 1441) == (
            Run(0, 0, 3 * 417),
            Run(3 * 417, 3 * 417, 2 * 417),
            Run(5 * 417 + 100, 5 * 417, 3 * 417),
        )

    def test_the_cuts_are_the_same_wherever_one_begins(self) -> None:
        content = frame(STEREO_128) * 7 + b"." * 100 + frame(STEREO_128) * 3
        index = index_of(content)
        runs = index.runs(0, index.total, 1441)
        assert [run.length for run in runs] == [3 * 417, 3 * 417, 417, 3 * 417]
        assert index.runs(3 * 417, index.total, 1441) == runs[1:]
        assert index.runs(417, 8 * 417 + 1, 1441) == (
            Run(417, 417, 2 * 417),
            *runs[1:3],
            Run(7 * 417 + 100, 7 * 417, 417),
        )
        assert index.runs(4 * 417, 5 * 417, 1441) == (Run(4 * 417, 4 * 417, 417),)

    def test_none_reaches_past_the_limit(self) -> None:
        index = index_of(frame(STEREO_128) * 5)
        assert index.runs(0, 416, 9999) == ()
        assert index.runs(0, 417, 9999) == (Run(0, 0, 417),)
        assert index.runs(417, 3 * 417 - 1, 9999) == (Run(417, 417, 417),)
        assert index.runs(417, 10**9, 9999) == (Run(417, 417, 4 * 417),)
        assert index.runs(index.total, 10**9, 9999) == ()
        assert index.runs(834, 417, 9999) == ()

    def test_what_a_crowd_asks_for_is_cut_once(self) -> None:
        index = index_of(frame(STEREO_128) * 40)
        first = index.runs(0, 834, 1441)
        assert index.runs(0, 834, 1441) is first
        for at in range(KEPT):
            assert index.runs(at * 417, 1441 + at * 417, 1441)[0].offset == at * 417
        again = index.runs(0, 834, 1441)
        assert again == first
        assert again is not first  # of a song that is heard everywhere, not all is kept

    @given(st.integers(0, 160), st.integers(0, 90_000), st.integers(1441, 20_000))
    def test_runs_are_whole_frames_in_order(self, first: int, limit: int, payload: int) -> None:
        index = index_of(MIXED)
        first %= index.frame_count
        at = index.offset_of_frame(first)
        for run in index.runs(at, limit, payload):
            assert run.offset == at
            assert 0 < run.length <= payload
            at += run.length
            assert at <= limit
            assert index.offset_of_frame(index.frame_at_offset(at)) == at
            extent = [e for e in index.extents if e.audio_offset <= run.offset][-1]
            assert run.file_offset - extent.file_offset == run.offset - extent.audio_offset
            assert at <= extent.audio_offset + extent.length
        if at < min(limit, index.total):
            assert index.offset_of_frame(index.frame_at_offset(at) + 1) > limit

    def test_a_start_inside_a_frame_or_a_payload_too_small_raises(self) -> None:
        index = index_of(MIXED)
        with pytest.raises(ValueError, match="begins"):
            index.runs(1, index.total, 9999)
        with pytest.raises(ValueError, match="hold"):
            index.runs(0, index.total, 1440)
