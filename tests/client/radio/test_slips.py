# SPDX-License-Identifier: GPL-3.0-or-later
"""Slips: only in silence and between songs, never more than is owed, and all of them told."""

from array import array
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.decoder import SAMPLE_BYTES, Pcm
from client.player_events import Slipped
from client.radio.programme import Programme
from client.radio.slips import EDGE_PEAK, MOST_AT_ONCE, SILENT_PEAK, Slips
from tests.client.radio.studio import Studio, track

RATE = 44100
FRAME = 1152 * SAMPLE_BYTES


def frame(peak: int) -> Pcm:
    """A frame's sound, with one sample so loud."""
    values = array("h", bytes(FRAME))
    values[1000] = -peak
    return Pcm(values.tobytes(), RATE)


class Room:
    """Where the sound goes, and what was told."""

    def __init__(self, owed: int) -> None:
        self.orders = Programme(0)
        self.orders.slip(owed)
        self.heard: list[Pcm] = []
        self.told: list[tuple[int, int, int]] = []  # pieces before it, frames, samples
        self.slips = Slips(self.orders, self.heard.append, self._on_slip)

    def _on_slip(self, frames: int, samples: int) -> None:
        self.told.append((len(self.heard), frames, samples))

    def play(self, *peaks: int) -> list[int]:
        """Puts frames; how loud those are that came through since."""
        before = len(self.heard)
        for peak in peaks:
            self.slips.put(frame(peak))
        return [max(map(abs, array("h", piece.samples))) for piece in self.heard[before:]]


def test_without_an_order_all_sound_passes() -> None:
    room = Room(0)
    assert room.play(0, 0, 5000, 0, 0, 0) == [0, 0, 5000, 0, 0, 0]
    assert room.told == []


def test_a_frame_is_left_out_where_it_and_the_one_before_are_silent() -> None:
    room = Room(1)
    assert room.play(5000, 1, 2, 3, 5000) == [5000, 1, 3, 5000]
    assert room.told == [(2, 1, 1152)]
    assert room.orders.owed == 0


def test_a_frame_is_repeated_there() -> None:
    room = Room(-1)
    assert room.play(5000, 1, 2, 3, 5000) == [5000, 1, 2, 2, 3, 5000]
    assert room.told == [(3, -1, -1152)]


def test_what_is_not_silent_is_never_touched() -> None:
    room = Room(9)
    loud = SILENT_PEAK + 1
    assert room.play(loud, 0, loud, 0, loud, loud) == [loud, 0, loud, 0, loud, loud]
    assert room.play(SILENT_PEAK, SILENT_PEAK) == [SILENT_PEAK]


def test_a_silence_stays_one() -> None:
    room = Room(99)
    assert room.play(*range(10)) == [0, 2, 4, 6, 8]
    assert len(room.play(*[0] * 40)) == 40 - (MOST_AT_ONCE - 5)
    assert room.orders.slipped == MOST_AT_ONCE
    room.play(5000, *[0] * 40)
    assert room.orders.slipped == 2 * MOST_AT_ONCE


def test_a_part_of_a_frame_is_no_frame() -> None:
    room = Room(3)
    for _ in range(9):
        room.slips.put(Pcm(bytes(FRAME // 2), RATE))
    assert len(room.heard) == 9


def test_of_a_song_that_was_skipped_the_cut_may_come_earlier() -> None:
    room = Room(5)
    loud = array("h", [9000] * (FRAME // 2))
    held = Pcm(loud.tobytes() * 2 + loud.tobytes()[: FRAME // 2], RATE)
    room.slips.end([held])
    assert [len(piece.samples) for piece in room.heard] == [FRAME // 2]
    assert room.told == [(1, 2, 2304)]
    room.slips.end([])


@pytest.mark.parametrize(
    ("last", "was_cut", "frames"),
    [
        (EDGE_PEAK, False, 3),
        (EDGE_PEAK + 1, False, 0),
        (30_000, True, 3),
    ],
)
def test_silence_may_stand_between_two_songs(last: int, was_cut: bool, frames: int) -> None:
    room = Room(-3)
    room.slips.put(Pcm(array("h", [9000] * 8 + [last, -last]).tobytes(), RATE))
    room.slips.between(rate=RATE, was_cut=was_cut)
    silences = [piece for piece in room.heard[1:] if not any(piece.samples)]
    assert sum(len(piece.samples) for piece in silences) == frames * FRAME
    assert room.told == ([(1, -frames, -frames * 1152)] if frames else [])


def test_no_silence_stands_in_front_of_the_first_song_or_one_of_another_rate() -> None:
    room = Room(-3)
    room.slips.between(rate=RATE, was_cut=False)
    room.slips.put(frame(0))
    room.slips.between(rate=48000, was_cut=False)
    assert room.told == []


@given(
    peaks=st.lists(st.sampled_from([0, 3, SILENT_PEAK, 17, 900]), max_size=60),
    owed=st.integers(-20, 20),
)
def test_what_is_told_is_what_was_done(peaks: list[int], owed: int) -> None:
    room = Room(owed)
    heard = room.play(*peaks)
    done = sum(frames for _, frames, _ in room.told)
    assert len(heard) == len(peaks) - done
    assert done == room.orders.slipped
    assert done == 0 or (done > 0) == (owed > 0)
    assert abs(done) <= abs(owed)
    loud = [peak for peak in peaks if peak > SILENT_PEAK]
    assert [peak for peak in heard if peak > SILENT_PEAK] == loud


@pytest.mark.parametrize("owed", [7, -7])
def test_slips_of_a_real_station_are_told_and_labelled(samples: dict[str, Path], owed: int) -> None:
    studio = Studio()
    silent, loud = track(samples["silence"]), track(samples["cbr128_joint"])
    studio.programme.slip(owed)
    for number, song in enumerate((loud, silent, loud), 1):
        studio.air(number, song)
    events = studio.close()
    expected = loud.sound(), silent.sound(), loud.sound()
    slipped = [event.frames for event in events if isinstance(event, Slipped)]
    assert sum(slipped) == owed == studio.programme.slipped
    assert len(studio.sink.heard) == sum(map(len, expected)) - owed * FRAME
    assert studio.sink.heard.startswith(expected[0])
    assert studio.sink.heard.endswith(expected[2])
    labels = [entry for entry in studio.sink.log if entry.startswith("slip")]
    assert labels == [f"slip {frames * 1152}" for frames in slipped]


def test_orders_may_change_at_any_time() -> None:
    dice = Random(3)
    room = Room(0)
    for _ in range(200):
        room.orders.slip(dice.randint(-3, 3))
        room.play(dice.choice([0, 0, 0, 500]))
    assert len(room.heard) == 200 - room.orders.slipped
