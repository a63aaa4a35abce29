# SPDX-License-Identifier: GPL-3.0-or-later
"""A station on its way into the sink: commands, starving, what breaks, and when a song is heard."""

from collections.abc import Iterator
from queue import Queue

import pytest

from client.decoder import SAMPLE_BYTES, DecodeError
from client.feed import ByteSource
from client.player import Player
from client.player_events import (
    Continued,
    Event,
    Failed,
    Finished,
    SongFailed,
    SongHeard,
    Started,
    Starved,
    Stopped,
)
from client.radio.programme import Programme
from client.sinks.sink import UNLIMITED
from client.trimmer import Cuts
from tests.client.stage import PATIENCE_S, PIECE, FakeDecoder, FakeSink, sound


class Radio:
    """A player that is tuned to a programme which the test fills; its clock stands still."""

    def __init__(self, sink: FakeSink | None = None) -> None:
        self.sink = sink or FakeSink()
        self.now = 100.0
        self._events: Queue[Event] = Queue()
        self.player = Player(self.sink, self._events.put, FakeDecoder, clock=lambda: self.now)
        self.programme = self.tune(1)

    def tune(self, stream: int) -> Programme:
        programme = Programme(1 << 20)
        self.player.tune(stream, programme)
        return programme

    def air(self, number: int, content: bytes, *, cuts: Cuts | None = None) -> None:
        self.programme.begin_song(number, cuts or Cuts(), total_bytes=len(content))
        self.programme.append(content)

    def event(self) -> Event:
        return self._events.get(timeout=PATIENCE_S)

    def events(self) -> list[Event]:
        """Up to the end."""
        events = [self.event()]
        while not isinstance(events[-1], Finished | Stopped | Failed):
            events.append(self.event())
        return events


@pytest.fixture
def radio() -> Iterator[Radio]:
    radio = Radio()
    yield radio
    radio.sink.limit(UNLIMITED)
    assert radio.player.close(PATIENCE_S)


def test_waits_for_the_gate(radio: Radio) -> None:
    radio.air(1, sound(1, 1))
    assert radio.sink.heard == b""
    radio.programme.open()
    assert radio.event() == Started(1, 100.0)
    assert radio.event() == SongHeard(1, 1, 100.0)


def test_padding_is_cut_at_the_total_and_heard_where_it_was_skipped(radio: Radio) -> None:
    cut, skipped = sound(3, 9), sound(5, 9)
    radio.air(1, cut, cuts=Cuts(4, 8))
    radio.programme.begin_song(2, Cuts(4, 8), total_bytes=len(skipped) + 1)
    radio.programme.append(skipped)
    radio.air(3, cut, cuts=Cuts(4, 8))
    radio.programme.finish()
    radio.events()
    heard = cut[16:-32]
    assert radio.sink.heard == heard + skipped[16:] + heard
    assert [entry for entry in radio.sink.log if entry.startswith(("song", "tune"))] == [
        "tune 1",
        "song 1",
        "song 2",
        "song 3",
    ]


def test_labels_stand_where_the_song_begins(radio: Radio) -> None:
    radio.air(1, sound(1, 3))
    radio.air(2, sound(1, 2))
    radio.programme.finish()
    radio.events()
    at = radio.sink.log.index("song 2")
    assert radio.sink.log[at - 1] == f"at {3 * PIECE}"


def test_labels_stand_there_where_much_is_written_at_once() -> None:
    radio = Radio(FakeSink(prefill=100 * PIECE))
    radio.air(1, sound(1, 3))
    radio.air(2, sound(1, 2))
    radio.programme.finish()
    radio.events()
    assert radio.sink.log[2:-1] == ["song 1", f"at {3 * PIECE}", "song 2", f"at {5 * PIECE}"]
    assert radio.player.close(PATIENCE_S)


def test_a_song_is_heard_when_the_sink_has_played_what_was_before_it(radio: Radio) -> None:
    # 44100 Hz: so many bytes are a second.
    second = 44100 * SAMPLE_BYTES
    radio.sink.rest_s = 0.4
    radio.sink.limit(second)
    radio.air(1, bytes(second // 2 // PIECE * PIECE))
    radio.air(2, bytes(second))
    radio.programme.open()
    assert radio.event() == Started(1, 100.0)
    assert radio.event() == SongHeard(1, 1, 100.0)
    radio.sink.wait_for(f"at {second // PIECE * PIECE}")
    # Of the second that the sink took, 0.6 s were heard, and 0.5 s are the first song.
    assert radio.event() == SongHeard(1, 2, 100.0)
    radio.sink.rest_s = 0.25
    radio.sink.limit(PIECE)
    radio.player.pause()
    radio.sink.wait_for("pause")
    position = radio.player.position()
    assert position is not None
    assert 245 <= position.ms <= 255


def test_a_song_is_not_heard_before_that_nor_while_paused(radio: Radio) -> None:
    radio.sink.rest_s = 9.0
    radio.air(1, sound(1, 2))
    radio.programme.open()
    assert radio.event() == Started(1, 100.0)
    assert radio.event() == Starved(1)
    radio.player.pause()
    radio.sink.wait_for("pause")
    radio.sink.rest_s = 0.0
    radio.player.resume()
    assert radio.event() == SongHeard(1, 1, 100.0)


def test_a_song_is_heard_although_nothing_comes_any_more(radio: Radio) -> None:
    radio.sink.rest_s = 0.01
    radio.air(1, sound(1, 2))
    radio.programme.open()
    assert radio.event() == Started(1, 100.0)
    assert radio.event() == Starved(1)
    radio.sink.rest_s = 0.0
    assert radio.event() == SongHeard(1, 1, 100.0)


def test_starving_between_two_songs_and_in_one(radio: Radio) -> None:
    radio.air(1, sound(1, 3))
    radio.programme.open()
    assert isinstance(radio.event(), Started)
    assert isinstance(radio.event(), SongHeard)
    assert radio.event() == Starved(1)
    assert not radio.programme.is_open
    radio.programme.begin_song(2, Cuts(), total_bytes=4 * PIECE)
    radio.programme.append(sound(7, 2))
    radio.programme.open()
    assert radio.event() == Continued(1)
    assert isinstance(radio.event(), SongHeard)
    assert radio.event() == Starved(1)
    radio.programme.append(sound(7, 2))
    radio.programme.finish()
    assert radio.event() == Continued(1)
    assert radio.events()[-1] == Finished(1)
    assert radio.sink.heard == sound(1, 3) + sound(7, 2) + sound(7, 2)


def test_a_song_that_breaks_is_left_and_the_station_goes_on(radio: Radio) -> None:
    radio.programme.begin_song(1, Cuts(), total_bytes=99 * PIECE)
    radio.programme.append(sound(1, 2) + b"!" * PIECE + sound(1, 5))
    radio.programme.open()
    assert isinstance(radio.event(), Started)
    assert isinstance(radio.event(), SongHeard)
    assert radio.event() == SongFailed(1, 1, "It broke.")
    assert radio.event() == Starved(1)
    assert radio.programme.level == 0
    radio.programme.append(sound(9, 1))  # what comes of it now is for nobody
    radio.programme.open()
    radio.air(2, sound(1, 3))
    radio.programme.finish()
    assert radio.events() == [Continued(1), SongHeard(1, 2, 100.0), Finished(1)]
    assert radio.sink.heard == sound(1, 2) + sound(1, 3)


def test_a_song_without_any_sound_is_told(radio: Radio) -> None:
    radio.air(1, b"?" * PIECE)
    radio.air(2, sound(1, 3))
    radio.programme.finish()
    assert SongFailed(1, 1, "Nothing in this song could be decoded.") in radio.events()


@pytest.mark.parametrize("entry", ["start 44100", f"at {PIECE}", "drain"])
def test_a_sink_that_breaks_ends_the_station(radio: Radio, entry: str) -> None:
    radio.sink.breaks = entry
    radio.air(1, sound(1, 2))
    radio.programme.finish()
    assert radio.events()[-1] == Failed(1, "Plug it in.")
    assert radio.programme.is_aborted
    assert radio.sink.log[-1] == "release"


def test_without_a_decoder_there_is_no_station() -> None:
    def missing(_: ByteSource) -> FakeDecoder:
        raise DecodeError("The decoder is not installed.")

    events = Queue[Event]()
    programme = Programme(100)
    player = Player(FakeSink(), events.put, missing)
    player.tune(1, programme)
    programme.begin_song(1, Cuts(), total_bytes=10)
    programme.open()
    assert events.get(timeout=PATIENCE_S) == Failed(1, "The decoder is not installed.")
    assert programme.is_aborted
    assert player.close(PATIENCE_S)


def test_a_sink_that_breaks_while_the_decoder_waits(radio: Radio) -> None:
    radio.programme.begin_song(1, Cuts(), total_bytes=10)
    radio.programme.open()
    radio.sink.breaks = "pause"
    radio.player.pause()
    assert radio.event() == Failed(1, "Plug it in.")


def test_stop_tune_and_play_take_its_place(radio: Radio) -> None:
    radio.sink.limit(10 * PIECE)
    radio.air(1, sound(1, 1000))
    radio.programme.open()
    assert isinstance(radio.event(), Started)
    assert isinstance(radio.event(), SongHeard)
    radio.player.stop()
    assert radio.programme.is_aborted
    assert radio.event() == Stopped(1)
    radio.sink.limit(UNLIMITED)
    old, radio.programme = radio.programme, radio.tune(2)
    radio.air(5, sound(2, 2))
    radio.programme.open()
    assert radio.event() == Started(2, 100.0)
    assert radio.event() == SongHeard(2, 5, 100.0)
    assert radio.event() == Starved(2)
    assert old is not radio.programme
    third, radio.programme = radio.programme, radio.tune(3)
    assert third.is_aborted
    assert radio.event() == Stopped(2)


def test_an_abort_by_the_link_ends_it(radio: Radio) -> None:
    radio.air(1, sound(1, 1))
    radio.programme.open()
    assert isinstance(radio.event(), Started)
    assert isinstance(radio.event(), SongHeard)
    assert radio.event() == Starved(1)
    radio.programme.abort()
    assert radio.event() == Stopped(1)
    assert radio.sink.log[-1] == "drop"


def test_a_change_of_rate_lets_the_old_be_heard_first(radio: Radio) -> None:
    radio.air(1, b"4" * PIECE * 2)
    radio.air(2, b"8" * PIECE)
    radio.programme.finish()
    radio.events()
    assert radio.sink.log == [
        "start 44100",
        "tune 1",
        "song 1",
        *(f"at {n * PIECE}" for n in (1, 2)),
        "drain",
        "start 48000",
        "song 2",
        f"at {3 * PIECE}",
        "drain",
    ]
