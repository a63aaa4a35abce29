# SPDX-License-Identifier: GPL-3.0-or-later
"""The player's commands: each is obeyed whatever goes on, and the right song is heard."""

import pytest

from client.player_events import Finished, Started, Starved, Stopped
from client.sinks.sink import UNLIMITED
from tests.client.stage import PATIENCE_S, PIECE, FakeSink, Stage, sound


def test_plays_a_song_from_first_byte_to_last(stage: Stage) -> None:
    song = sound(3, 50)
    stage.play(7, song)
    assert stage.event() == Started(7, 100.0)
    assert stage.event() == Finished(7)
    assert stage.sink.heard == song
    assert stage.sink.log[0] == "start 44100"
    assert stage.sink.log[-1] == "drain"
    assert stage.player.position() is None


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


def test_a_sink_that_fails_to_close_does_no_harm() -> None:
    # An exception in the thread would fail this test.
    stage = Stage(FakeSink())
    stage.sink.breaks = "close"
    assert stage.player.close(PATIENCE_S)
    assert stage.sink.log == ["close"]


def test_close_does_not_wait_for_a_sink_that_hangs() -> None:
    stage = Stage(FakeSink())
    stage.sink.hangs.clear()
    stage.play(1, sound(1, 100))
    stage.sink.wait_for("hang")
    assert not stage.player.close(timeout=0.01)
    stage.sink.hangs.set()
    assert stage.player.close(PATIENCE_S)
