# SPDX-License-Identifier: GPL-3.0-or-later
"""One stream on its way into the sink: first sound, starving, rates, the end, and what breaks."""

from pathlib import Path
from queue import Queue
from threading import Event as Flag

import pytest

from client.decoder import SAMPLE_BYTES, MadDecoder
from client.outlet import Outlet
from client.performance import Performance
from client.player import Player
from client.player_commands import Commands, Order, Play
from client.player_events import Continued, Event, Failed, Finished, Started, Starved, Stopped
from client.playout import PlayoutBuffer
from client.trimmer import Cuts, cuts
from tests.client.audio import decode, read_audio
from tests.client.stage import PATIENCE_S, PIECE, FakeDecoder, FakeSink, Stage, sound


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


def test_a_stop_before_any_sound_was_found_is_no_failure() -> None:
    events, starved = Queue[Event](), Flag()
    buffer = PlayoutBuffer(1 << 20, on_starved=starved.set)
    player = Player(FakeSink(), events.put, MadDecoder)
    player.play(1, buffer, Cuts())
    buffer.append(bytes(10_000))
    buffer.open()
    assert starved.wait(PATIENCE_S)
    player.stop()
    assert events.get(timeout=PATIENCE_S) == Stopped(1)
    assert player.close(PATIENCE_S)


def test_a_sink_that_breaks_before_any_sound_was_found_is_what_is_told() -> None:
    events, starved, sink = Queue[Event](), Flag(), FakeSink()
    buffer = PlayoutBuffer(1 << 20, on_starved=starved.set)
    player = Player(sink, events.put, MadDecoder)
    player.play(1, buffer, Cuts())
    buffer.append(bytes(10_000))
    buffer.open()
    assert starved.wait(PATIENCE_S)
    sink.breaks = "pause"
    player.pause()
    assert events.get(timeout=PATIENCE_S) == Failed(1, "Plug it in.")
    assert player.close(PATIENCE_S)


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


def test_a_pause_that_comes_while_another_is_obeyed_does_not_end_the_song() -> None:
    class Hasty(Commands):
        """Somebody pauses, and goes on, whenever all pauses seem to have been taken."""

        def __init__(self) -> None:
            super().__init__()
            self.left = 3

        def take_pausing(self) -> Order | None:
            order = super().take_pausing()
            if order is None and self.left:
                self.left -= 1
                self.put(Order.PAUSE)
                self.put(Order.RESUME)
            return order

    buffer, sink, commands = PlayoutBuffer(1 << 20), FakeSink(), Hasty()
    song = sound(3, 20)
    buffer.append(song)
    buffer.finish()
    buffer.on_change(commands.wake)
    outlet = Outlet(
        1,
        sink=sink,
        commands=commands,
        clock=lambda: 100.0,
        on_mark=lambda _: None,
        on_event=lambda _: None,
    )
    commands.put(Order.PAUSE)
    commands.put(Order.RESUME)
    assert Performance(Play(1, buffer, Cuts()), outlet).run(FakeDecoder) == Finished(1)
    assert sink.heard == song
    assert sink.log.count("pause") == 4


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
