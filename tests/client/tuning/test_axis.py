# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "The Schedule": when what has arrived was due."""

from dataclasses import replace

import pytest

from client.tuning.axis import Axis
from data.station_frames import Song

# A second of delay and two of padding, of ten seconds in all: it plays for seven.
SONG = Song(1, 1000, 7000, 44100, 2, True, 44100, 2 * 44100, bytes(32), "Song")
BARE = replace(SONG, gapless=False, delay=0, padding=0)


def after(axis: Axis, *seconds: float) -> float:
    """When the next stretch is due behind stretches that last so long."""
    for length in seconds:
        axis.arrived(length, now=100.0)
    return axis.due


def test_stretches_are_due_one_behind_the_other() -> None:
    axis = Axis(behind=0.0, now=100.0)
    axis.begins(BARE, at_start=True, is_dry=False, now=100.0)
    assert after(axis, 0.5, 0.5) == pytest.approx(101.0)
    axis.ended(BARE, whole=True)
    assert axis.due == pytest.approx(101.0)


def test_what_the_encoder_has_put_in_front_takes_no_time() -> None:
    axis = Axis(behind=0.0, now=100.0)
    axis.begins(SONG, at_start=True, is_dry=False, now=100.0)
    assert after(axis, 0.5) == 100.0  # not before the song begins
    assert after(axis, 0.5, 0.5) == pytest.approx(100.5)


def test_nor_does_what_it_has_put_behind() -> None:
    axis = Axis(behind=0.0, now=100.0)
    axis.begins(SONG, at_start=True, is_dry=False, now=100.0)
    after(axis, *[0.5] * 20)
    axis.ended(SONG, whole=True)
    assert axis.due == pytest.approx(107.0)


def test_joined_in_the_middle_its_front_is_over() -> None:
    axis = Axis(behind=0.0, now=100.0)
    axis.begins(SONG, at_start=False, is_dry=False, now=100.0)
    assert after(axis, 0.5) == pytest.approx(100.5)


def test_a_skipped_song_has_no_padding_to_drop() -> None:
    axis = Axis(behind=0.0, now=100.0)
    axis.begins(SONG, at_start=False, is_dry=False, now=100.0)
    after(axis, 0.5, 0.5)
    axis.ended(SONG, whole=False)
    assert axis.due == pytest.approx(101.0)


def test_what_begins_behind_a_silence_is_due_when_it_comes() -> None:
    axis = Axis(behind=0.0, now=100.0)
    axis.begins(BARE, at_start=True, is_dry=True, now=100.5)
    assert after(axis, 0.5) == pytest.approx(100.5)
    axis.begins(BARE, at_start=True, is_dry=True, now=110.5 + 1)
    assert after(axis, 0.5) == pytest.approx(112.0)


@pytest.mark.parametrize(("at_start", "is_dry"), [(True, False), (False, True)])
def test_what_was_only_late_stays_so(at_start: bool, is_dry: bool) -> None:
    axis = Axis(behind=6.0, now=100.0)
    axis.begins(BARE, at_start=at_start, is_dry=is_dry, now=150.0)
    assert after(axis, 0.5) == pytest.approx(94.5)


def test_a_station_is_on_the_air_where_something_was_due_or_has_come() -> None:
    assert Axis(behind=6.0, now=100.0).is_on_the_air
    assert not Axis(behind=0.0, now=100.0).is_on_the_air
    axis = Axis(behind=0.0, now=100.0)
    axis.arrived(0.5, now=100.0)
    assert axis.is_on_the_air
