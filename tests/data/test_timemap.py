# SPDX-License-Identifier: GPL-3.0-or-later
"""The time-to-byte map: exact at its points, linear and monotonic between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.timemap import TimeMap
from tests.data.frames import MONO_64, STEREO_128, STEREO_320, frames, index_of

# Ten seconds: 1000 bytes in the first two, none in the next two, the rest at double speed.
MAP = TimeMap(2.0, (1000, 0, 2000, 2000, 2000), 10.0)


@pytest.mark.parametrize(
    ("time", "offset"),
    [
        (-1.0, 0),
        (0.0, 0),
        (1.0, 500),
        (2.0, 1000),
        (3.0, 1000),
        (4.0, 1000),
        (5.0, 2000),
        (10.0, 7000),
        (11.0, 7000),
    ],
)
def test_offset_at(time: float, offset: int) -> None:
    assert MAP.offset_at(time) == offset


@pytest.mark.parametrize(
    ("offset", "time"),
    [(-1, 0.0), (0, 0.0), (500, 1.0), (999, 1.998), (1000, 4.0), (2000, 5.0), (7000, 10.0)],
)
def test_time_at(offset: int, time: float) -> None:
    assert MAP.time_at(offset) == pytest.approx(time)


def test_the_whole() -> None:
    assert (MAP.total, MAP.duration, MAP.mean_rate) == (7000, 10.0, 700.0)


def test_a_last_interval_that_is_cut_short() -> None:
    short = TimeMap(2.0, (1000, 100), 2.5)
    assert short.time_at(1050) == pytest.approx(2.25)
    assert short.offset_at(2.25) == 1050


def test_no_audio_at_all() -> None:
    assert TimeMap(1.0, (0,), 0.5).time_at(0) == 0.5
    assert TimeMap(1.0, (0,), 0.5).offset_at(0.1) == 0


@st.composite
def maps(draw: st.DrawFn) -> TimeMap:
    interval = draw(st.floats(0.1, 60))
    counts = draw(st.lists(st.integers(0, 100_000), min_size=1, max_size=50))
    last = draw(st.floats(0.01, 1)) * interval
    return TimeMap(interval, tuple(counts), interval * (len(counts) - 1) + last)


@given(maps(), st.integers(0, 5_000_000))
def test_there_and_back_from_an_offset(time_map: TimeMap, offset: int) -> None:
    offset = min(offset, time_map.total)
    time = time_map.time_at(offset)
    assert 0 <= time <= time_map.duration
    if time < time_map.duration:
        assert abs(time_map.offset_at(time) - offset) <= 1


@given(maps(), st.floats(-10, 4000), st.floats(0, 100))
def test_it_never_goes_back(time_map: TimeMap, time: float, later: float) -> None:
    first, second = time_map.offset_at(time), time_map.offset_at(time + later)
    assert 0 <= first <= second <= time_map.total
    assert time_map.time_at(first) <= time_map.time_at(second)


def test_with_the_map_of_a_real_index() -> None:
    content = b"".join(frames([STEREO_128] * 200 + [STEREO_320] * 100 + [MONO_64] * 200))
    index = index_of(content)
    interval, counts = index.time_map(1024)
    time_map = TimeMap(interval / 1000, counts, index.duration_ms / 1000)
    assert time_map.total == index.total
    for frame in range(0, index.frame_count, 7):
        time, offset = index.time_of_frame(frame) / 1e6, index.offset_of_frame(frame)
        # Inside of an interval of a second the rate may change once.
        assert time_map.time_at(offset) == pytest.approx(time, abs=0.6)
    for k in range(len(counts)):
        frame = index.frame_at_time(k * interval * 1000)
        assert time_map.offset_at(k * interval / 1000) == index.offset_of_frame(frame)
