# SPDX-License-Identifier: GPL-3.0-or-later
"""The player with a decoder and a sink that do what the test says; no test waits for a clock."""

from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Condition
from threading import Event as Flag

import pytest

from client.decoder import SAMPLE_BYTES, DecodeError, MadDecoder, Pcm
from client.feed import ByteSource
from client.player import Player
from client.player_events import (
    Continued,
    Event,
    Failed,
    Finished,
    Mark,
    Position,
    Started,
    Starved,
    Stopped,
)
from client.playout import PlayoutBuffer
from client.sinks.sink import UNLIMITED, SinkError
from client.trimmer import Cuts, cuts
from tests.client.audio import decode, read_audio

PATIENCE_S = 20.0  # of a test that would otherwise hang; no measure
PIECE = 64  # bytes that FakeDecoder makes one piece of sound of


class FakeDecoder:
    """Passes its source on as sound. `!` breaks it, `?` is no sound, `8` and `4` set the rate."""

    def __init__(self, source: ByteSource) -> None:
        self.decoded = 0
        self._source = source
        self._rate = 44100

    def read(self) -> Pcm | None:
        piece = self._source.read(PIECE)
        if not piece:
            return None
        if piece.startswith(b"!"):
            raise DecodeError("It broke.")
        self._rate = {b"8": 48000, b"4": 44100}.get(piece[:1], self._rate)
        self.decoded += not piece.startswith(b"?")
        return Pcm(piece, self._rate)


class FakeSink:
    """Keeps what it gets. Tests wait for its log, limit its room, hang it and break it."""

    name = "fake"
    keeps_time = False
    takes_stdout = False
    gaps = 0

    def __init__(self, prefill: int = 0) -> None:
        self.prefill = prefill
        self.log: list[str] = []
        self.heard = b""
        self.writes: list[int] = []
        self.rest_s = 0.0
        self.breaks = ""
        self.hangs = Flag()
        self.hangs.set()
        self._room = UNLIMITED
        self._changed = Condition()

    def limit(self, room: int) -> None:
        with self._changed:
            self._room = room

    def wait_for(self, entry: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: entry in self.log, PATIENCE_S), self.log

    def _note(self, entry: str) -> None:
        with self._changed:
            self.log.append(entry)
            self._changed.notify_all()
        if self.breaks == entry:
            self.breaks = ""
            raise SinkError("Plug it in.")

    def start(self, rate: int) -> None:
        self._note(f"start {rate}")

    def room(self) -> int:
        with self._changed:
            return self._room

    def write(self, pcm: bytes) -> None:
        if not self.hangs.is_set():
            self._note("hang")
            self.hangs.wait()
        with self._changed:
            self._room -= len(pcm)
            self.heard += pcm
            self.writes.append(len(pcm))
        self._note(f"at {len(self.heard)}")

    def pause(self) -> None:
        self._note("pause")

    def resume(self) -> None:
        self._note("resume")

    def drop(self) -> None:
        self._note("drop")

    def drain(self) -> None:
        self._note("drain")

    def delay(self) -> float:
        return self.rest_s

    def release(self) -> None:
        self._note("release")

    def close(self) -> None:
        self._note("close")


class Stage:
    """A player with its sink and its events."""

    def __init__(self, sink: FakeSink) -> None:
        self.sink = sink
        self._events: Queue[Event] = Queue()
        self.player = Player(sink, self._events.put, FakeDecoder, clock=lambda: 100.0)

    def play(self, stream: int, content: bytes | None = None) -> PlayoutBuffer:
        """Plays `content`, all of it there, or else a buffer that is still to be filled."""
        buffer = PlayoutBuffer(1 << 20)
        if content is not None:
            buffer.append(content)
            buffer.finish()
        self.player.play(stream, buffer, Cuts())
        return buffer

    def event(self) -> Event:
        return self._events.get(timeout=PATIENCE_S)


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage(FakeSink())
    yield stage
    assert stage.player.close(PATIENCE_S)


def sound(seed: int, pieces: int) -> bytes:
    return bytes(100 + (i * seed) % 101 for i in range(pieces * PIECE))


def test_plays_a_song_from_first_byte_to_last(stage: Stage) -> None:
    song = sound(3, 50)
    stage.play(7, song)
    assert stage.event() == Started(7, 100.0)
    assert stage.event() == Finished(7)
    assert stage.sink.heard == song
    assert stage.sink.log[0] == "start 44100"
    assert stage.sink.log[-1] == "drain"
    assert stage.player.position() is None


def test_real_frames_come_out_as_decoded_and_trimmed(samples: dict[str, Path]) -> None:
    audio, index = read_audio(samples["vbr_v2"])
    trim = cuts(delay=index.delay, padding=index.padding, gapless=True)
    sink, events, buffer = FakeSink(), Queue[Event](), PlayoutBuffer(len(audio))
    player = Player(sink, events.put, MadDecoder)
    player.play(1, buffer, trim)
    for at in range(0, len(audio), 1000):
        buffer.append(audio[at : at + 1000])
        buffer.open()
    buffer.finish()
    while not isinstance(events.get(timeout=PATIENCE_S), Finished):
        pass
    assert player.close(PATIENCE_S)
    assert sink.heard == decode(audio, trim).tobytes()


def test_waits_for_the_gate_and_then_plays_with_the_first_bytes(stage: Stage) -> None:
    buffer = stage.play(1)
    buffer.append(sound(1, 1))
    assert stage.sink.heard == b""
    buffer.open()
    assert isinstance(stage.event(), Started)
    assert stage.sink.writes[0] == PIECE


def test_stop_silences_and_drops_the_rest(stage: Stage) -> None:
    stage.sink.limit(10 * PIECE)
    buffer = stage.play(1, sound(1, 1000))
    assert isinstance(stage.event(), Started)
    stage.player.stop()
    assert buffer.is_aborted
    assert stage.event() == Stopped(1)
    heard = len(stage.sink.heard)
    assert stage.sink.log[-1] == "drop"
    assert heard <= 10 * PIECE
    stage.sink.limit(UNLIMITED)
    stage.play(2, b"")
    assert stage.event() == Finished(2)
    assert len(stage.sink.heard) == heard


def test_a_stop_before_the_first_sound_is_reported_too(stage: Stage) -> None:
    stage.play(1)
    stage.player.stop()
    assert stage.event() == Stopped(1)


def test_a_play_takes_the_place_of_what_plays(stage: Stage) -> None:
    stage.sink.limit(10 * PIECE)
    old = stage.play(1, sound(1, 1000))
    assert isinstance(stage.event(), Started)
    stage.sink.limit(0)
    song = sound(5, 40)
    stage.play(2, song)
    assert old.is_aborted
    assert stage.event() == Stopped(1)
    stage.sink.limit(UNLIMITED)
    assert isinstance(stage.event(), Started)
    assert stage.event() == Finished(2)
    assert stage.sink.heard.endswith(song)


def test_of_many_plays_at_once_the_last_is_heard(stage: Stage) -> None:
    for stream in range(1, 20):
        stage.play(stream)
    song = sound(9, 9)
    stage.play(20, song)
    ends = [stage.event() for _ in range(19)]
    assert ends == [Stopped(stream) for stream in range(1, 20)]
    assert stage.event() == Started(20, 100.0)
    assert stage.event() == Finished(20)
    assert stage.sink.heard == song


def test_an_abort_by_the_link_ends_the_song(stage: Stage) -> None:
    buffer = stage.play(1)
    buffer.append(sound(1, 3))
    buffer.open()
    assert isinstance(stage.event(), Started)
    stage.sink.wait_for(f"at {3 * PIECE}")
    assert stage.event() == Starved(1)
    buffer.abort()
    assert stage.event() == Stopped(1)


def test_a_pause_holds_everything_and_resume_goes_on(stage: Stage) -> None:
    stage.sink.limit(10 * PIECE)
    song = sound(7, 1000)
    stage.play(1, song)
    assert isinstance(stage.event(), Started)
    stage.player.pause()
    stage.sink.wait_for("pause")
    heard = len(stage.sink.heard)
    stage.sink.limit(UNLIMITED)
    stage.player.pause()  # a second one changes nothing
    assert len(stage.sink.heard) == heard
    stage.player.resume()
    assert stage.event() == Finished(1)
    assert stage.sink.heard == song
    assert [entry for entry in stage.sink.log if "at" not in entry] == [
        "start 44100",
        "pause",
        "resume",
        "drain",
    ]


def test_a_pause_is_obeyed_while_there_are_no_bytes(stage: Stage) -> None:
    buffer = stage.play(1)
    stage.player.pause()
    stage.sink.wait_for("pause")
    buffer.append(sound(1, 5))
    buffer.finish()
    stage.player.resume()
    assert isinstance(stage.event(), Started)
    assert stage.event() == Finished(1)
    assert stage.sink.log.index("resume") < stage.sink.log.index(f"at {PIECE}")


def test_a_song_that_is_paused_can_be_stopped_and_the_next_plays(stage: Stage) -> None:
    stage.play(1)
    stage.player.pause()
    stage.player.stop()
    assert stage.event() == Stopped(1)
    stage.play(2, sound(1, 5))
    assert isinstance(stage.event(), Started)
    assert stage.event() == Finished(2)


def test_commands_without_a_song_do_nothing(stage: Stage) -> None:
    stage.player.pause()
    stage.player.resume()
    stage.player.stop()
    stage.play(1, sound(1, 2))
    assert isinstance(stage.event(), Started)
    assert stage.event() == Finished(1)


def test_starving_is_reported_and_so_is_its_end(stage: Stage) -> None:
    buffer, song = stage.play(1), sound(3, 8)
    buffer.append(song[: 3 * PIECE])
    buffer.open()
    assert isinstance(stage.event(), Started)
    assert stage.event() == Starved(1)
    assert stage.sink.heard == song[: 3 * PIECE]
    buffer.append(song[3 * PIECE :])
    assert stage.sink.heard == song[: 3 * PIECE]
    buffer.open()
    assert stage.event() == Continued(1)
    buffer.finish()
    end = stage.event()
    if end == Starved(1):  # the end came after the last byte was played
        end = stage.event()
    assert end == Finished(1)
    assert stage.sink.heard == song


def test_a_sink_that_wants_much_at_first_gets_it_where_it_is_there() -> None:
    stage = Stage(FakeSink(prefill=10 * PIECE))
    stage.play(1, sound(1, 25))
    assert isinstance(stage.event(), Started)
    assert stage.event() == Finished(1)
    assert stage.sink.writes[0] == 10 * PIECE
    assert set(stage.sink.writes[1:]) == {PIECE}
    assert stage.player.close(PATIENCE_S)


def test_a_sink_that_wants_much_gets_what_there_is_before_the_bytes_run_out() -> None:
    stage = Stage(FakeSink(prefill=10 * PIECE))
    buffer = stage.play(1)
    buffer.append(sound(1, 4))
    buffer.open()
    assert isinstance(stage.event(), Started)
    assert stage.event() == Starved(1)
    assert stage.sink.writes == [4 * PIECE]
    buffer.append(sound(1, 12))
    buffer.finish()
    assert stage.event() == Continued(1)
    assert stage.event() == Finished(1)
    assert stage.sink.writes[1] == 10 * PIECE  # silent again, so it wants as much again
    assert stage.player.close(PATIENCE_S)


def test_a_change_of_rate_lets_the_old_be_heard_first(stage: Stage) -> None:
    parts = [b"4" * PIECE * 3, b"8" * PIECE * 2, b"4" * PIECE]
    stage.play(1, b"".join(parts))
    assert isinstance(stage.event(), Started)
    assert stage.event() == Finished(1)
    assert stage.sink.log == [
        "start 44100",
        *(f"at {n * PIECE}" for n in (1, 2, 3)),
        "drain",
        "start 48000",
        *(f"at {n * PIECE}" for n in (4, 5)),
        "drain",
        "start 44100",
        f"at {6 * PIECE}",
        "drain",
    ]


def test_is_finished_only_when_the_last_sample_was_heard(stage: Stage) -> None:
    stage.sink.rest_s = 5.0
    stage.play(1, sound(1, 2))
    assert isinstance(stage.event(), Started)
    stage.sink.wait_for(f"at {2 * PIECE}")
    stage.player.pause()  # is obeyed even now
    stage.sink.wait_for("pause")
    assert "drain" not in stage.sink.log
    stage.player.resume()
    stage.sink.rest_s = 0.0
    assert stage.event() == Finished(1)


def test_a_stop_while_the_end_is_still_to_be_heard(stage: Stage) -> None:
    stage.sink.rest_s = 5.0
    stage.play(1, sound(1, 2))
    assert isinstance(stage.event(), Started)
    stage.sink.wait_for(f"at {2 * PIECE}")
    stage.player.stop()
    assert stage.event() == Stopped(1)


def test_a_decoder_that_breaks_fails_the_song_and_not_the_player(stage: Stage) -> None:
    buffer = stage.play(1, sound(1, 2) + b"!" * PIECE)
    assert isinstance(stage.event(), Started)
    assert stage.event() == Failed(1, "It broke.")
    assert buffer.is_aborted
    stage.play(2, sound(1, 2))
    assert isinstance(stage.event(), Started)
    assert stage.event() == Finished(2)


@pytest.mark.parametrize("entry", ["start 44100", f"at {PIECE}", "drain"])
def test_a_sink_that_breaks_fails_the_song_and_is_opened_anew(stage: Stage, entry: str) -> None:
    stage.sink.breaks = entry
    stage.play(1, sound(1, 2))
    event = stage.event()
    assert (stage.event() if isinstance(event, Started) else event) == Failed(1, "Plug it in.")
    assert stage.sink.log[-1] == "release"
    stage.play(2, sound(1, 2))
    assert isinstance(stage.event(), Started)
    assert stage.event() == Finished(2)


def test_a_sink_that_breaks_while_the_decoder_waits_for_bytes(stage: Stage) -> None:
    # The error must not pass through libmad, which called the source that obeyed the pause.
    stage.sink.breaks = "pause"
    stage.play(1)
    stage.player.pause()
    assert stage.event() == Failed(1, "Plug it in.")


def test_bytes_without_any_sound_fail(stage: Stage) -> None:
    stage.play(1, b"?" * PIECE)
    stage.event()  # silence in their place
    assert stage.event() == Failed(1, "Nothing in this song could be decoded.")


def test_an_empty_stream_is_finished_at_once(stage: Stage) -> None:
    stage.play(1, b"")
    assert stage.event() == Finished(1)


def test_the_position_is_what_was_written_but_for_the_delay(stage: Stage) -> None:
    assert stage.player.position() is None
    second = 44100 * SAMPLE_BYTES
    stage.sink.limit(second)
    stage.sink.rest_s = 0.25
    stage.play(3, bytes(2 * second))
    assert isinstance(stage.event(), Started)
    stage.sink.wait_for(f"at {second - second % PIECE}")
    stage.player.pause()
    stage.sink.wait_for("pause")
    stage.sink.limit(0)
    stage.player.resume()
    stage.sink.wait_for("resume")
    position = stage.player.position()
    assert position is not None
    assert position.stream == 3
    assert 749 <= position.ms <= 750


def test_an_idle_player_gives_the_device_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("client.player.IDLE_RELEASE_S", 0.001)
    stage = Stage(FakeSink())
    stage.sink.wait_for("release")
    stage.play(1, sound(1, 2))
    assert isinstance(stage.event(), Started)
    assert stage.event() == Finished(1)
    assert stage.player.close(PATIENCE_S)


def test_close_ends_song_thread_and_sink() -> None:
    stage = Stage(FakeSink())
    stage.sink.limit(10 * PIECE)
    buffer = stage.play(1, sound(1, 100))
    assert isinstance(stage.event(), Started)
    assert stage.player.close(PATIENCE_S)
    assert buffer.is_aborted
    assert stage.sink.log[-2:] == ["drop", "close"]
    assert stage.event() == Stopped(1)


def test_close_does_not_wait_for_a_sink_that_hangs() -> None:
    stage = Stage(FakeSink())
    stage.sink.hangs.clear()
    stage.play(1, sound(1, 100))
    stage.sink.wait_for("hang")
    assert not stage.player.close(timeout=0.01)
    stage.sink.hangs.set()
    assert stage.player.close(PATIENCE_S)


class TestMark:
    """The position at any time, out of what was known at one."""

    def at(self, now: float, *, moving: bool = True, delay: float = 0.5) -> Position:
        return Mark(stream=4, written=2.0, delay=delay, at=10.0, moving=moving).position(now)

    def test_time_that_passes_is_heard(self) -> None:
        assert self.at(10.0) == Position(4, 1500)
        assert self.at(10.25) == Position(4, 1750)

    def test_no_more_is_heard_than_was_written(self) -> None:
        assert self.at(99.0) == Position(4, 2000)

    def test_a_pause_stands_still(self) -> None:
        assert self.at(99.0, moving=False) == Position(4, 1500)

    def test_is_never_before_the_beginning(self) -> None:
        assert self.at(10.0, delay=3.0) == Position(4, 0)
