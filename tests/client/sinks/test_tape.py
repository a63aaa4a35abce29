# SPDX-License-Identifier: GPL-3.0-or-later
"""The tape recorder, on a clock of the test's: a byte for every moment since the first sound."""

import json
import wave
from pathlib import Path

import pytest

from client.sinks.sink import SAMPLE_BYTES
from client.sinks.tape import BUFFER_S, TapeSink
from tests.client.sinks.clock import RATE, Clock, sound


class Recorder:
    """A tape, its clock, and what is on it so far."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.path = folder / "tape.wav"
        self.sink = TapeSink(self.path, self.clock, self.clock.sleep)
        self.sink.start(RATE)

    def play(self, samples: int, first: int) -> None:
        """As the player does: never more than there is room for."""
        pcm = sound(samples, first)
        while pcm:
            room = self.sink.room() or 10 * SAMPLE_BYTES
            self.sink.write(pcm[:room])
            pcm = pcm[room:]

    def heard(self) -> bytes:
        self.sink.close()
        with wave.open(str(self.path)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 2, 2)
            return bytes(file.readframes(file.getnframes()))


@pytest.fixture
def tape(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path)


def silence(samples: int) -> bytes:
    return bytes(samples * SAMPLE_BYTES)


def test_takes_as_long_as_the_sound_lasts_and_keeps_every_sample(tape: Recorder) -> None:
    tape.clock.now += 7  # nobody wants silence in front of the first song
    tape.play(1000, 1)
    tape.sink.drain()
    assert tape.clock.now == pytest.approx(58.0)
    assert tape.sink.gaps == 0
    assert tape.heard() == sound(1000, 1)


def test_a_song_begins_with_a_whole_buffer_so_that_a_moment_of_waiting_is_not_heard(
    tape: Recorder,
) -> None:
    assert tape.sink.prefill == round(BUFFER_S * RATE) * SAMPLE_BYTES
    assert tape.sink.room() == tape.sink.prefill
    tape.sink.start(2 * RATE)
    assert tape.sink.room() == tape.sink.prefill


def test_what_comes_too_late_leaves_a_silence_as_long(tape: Recorder) -> None:
    tape.play(100, 1)
    tape.clock.now += 0.35  # a quarter of a second behind the last sample
    tape.play(50, 101)
    tape.sink.drain()
    assert tape.sink.gaps == 1
    assert tape.heard() == sound(100, 1) + silence(250) + sound(50, 101)


def test_a_pause_is_silent_and_loses_no_sample(tape: Recorder) -> None:
    tape.play(150, 1)
    tape.clock.now += 0.05
    tape.sink.pause()
    tape.clock.now += 2
    assert tape.sink.room() == 0
    assert tape.sink.delay() == pytest.approx(0.1)
    tape.sink.resume()
    tape.sink.drain()
    assert tape.sink.gaps == 0
    assert tape.heard() == sound(50, 1) + silence(2000) + sound(100, 51)


def test_what_is_dropped_was_heard_only_until_then(tape: Recorder) -> None:
    tape.play(150, 1)
    tape.clock.now += 0.04
    tape.sink.drop()
    tape.clock.now += 0.01
    tape.play(20, 500)
    tape.sink.drain()
    assert tape.sink.gaps == 0
    assert tape.heard() == sound(40, 1) + silence(10) + sound(20, 500)


def test_the_buffer_is_as_deep_as_it_says(tape: Recorder) -> None:
    assert tape.sink.room() == BUFFER_S * RATE * SAMPLE_BYTES
    tape.sink.write(sound(150))
    assert tape.clock.now == 50.0
    assert tape.sink.room() == 50 * SAMPLE_BYTES
    tape.sink.write(sound(100))
    assert tape.clock.now == pytest.approx(50.05)
    assert tape.sink.room() == 0


def test_silence_lasts_to_the_end(tape: Recorder) -> None:
    tape.play(10, 1)
    tape.sink.drain()
    tape.clock.now += 100
    assert tape.heard() == sound(10, 1) + silence(100_000)


def test_another_rate_goes_on_in_another_file(tape: Recorder) -> None:
    tape.play(10, 1)
    tape.sink.drain()
    tape.clock.now += 1
    tape.sink.start(2 * RATE)
    tape.clock.now += 1
    tape.sink.write(sound(10, 1))
    tape.sink.drain()
    assert tape.heard() == sound(10, 1) + silence(1000)
    with wave.open(str(tape.path.with_name("tape.2.wav"))) as file:
        assert file.getframerate() == 2 * RATE
        assert file.readframes(99_999) == silence(2000) + sound(10, 1)


def test_closing_without_a_sound_leaves_an_empty_file(tape: Recorder) -> None:
    tape.clock.now += 5
    tape.sink.release()
    assert not tape.heard()
    tape.sink.close()


def labels(tape: Recorder) -> list[tuple[int, int, str, int]]:
    tape.sink.close()
    path = tape.path.with_name("tape.wav.labels")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [(line["part"], line["at"], line["what"], line["number"]) for line in lines]


def test_labels_tell_what_stands_where_and_where_it_is_silent(tape: Recorder) -> None:
    tape.sink.label("tune", 3)
    tape.sink.label("song", 7)
    tape.play(100, 1)
    tape.clock.now += 0.35  # a quarter of a second behind the last sample
    tape.play(20, 101)
    tape.sink.label("slip", -1152)
    tape.play(30, 121)
    tape.sink.drain()
    tape.sink.start(2 * RATE)
    tape.sink.label("song", 8)
    tape.play(10, 1)
    tape.sink.drain()
    assert labels(tape) == [
        (1, 0, "tune", 3),
        (1, 0, "song", 7),
        (1, 100, "silence", 250),
        (1, 370, "slip", -1152),
        (2, 0, "song", 8),
    ]


def test_what_was_not_heard_has_no_label(tape: Recorder) -> None:
    tape.sink.label("song", 1)
    tape.play(100, 1)
    tape.clock.now += 0.05
    tape.sink.label("song", 2)
    tape.play(20, 1)
    tape.sink.drop()
    tape.clock.now += 0.01
    tape.sink.label("song", 3)
    tape.play(20, 1)
    tape.sink.drain()
    assert labels(tape) == [(1, 0, "song", 1), (1, 50, "silence", 10), (1, 60, "song", 3)]


def test_without_a_label_there_is_no_file_of_them(tape: Recorder) -> None:
    tape.play(100, 1)
    tape.clock.now += 9
    tape.sink.close()
    assert [path.name for path in tape.path.parent.iterdir()] == ["tape.wav"]
