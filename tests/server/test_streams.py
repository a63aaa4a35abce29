# SPDX-License-Identifier: GPL-3.0-or-later
"""PLAY, STOP and CREDIT, and the frames that come of them."""

import os
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from common.constants import MAX_MAP, MAX_PAYLOAD
from common.errors import ErrorCode, ProtocolError
from control.music_messages import Credit, StartKind, Stop
from control.session_messages import Hello
from data.frames import Data, End, Fail
from server.library.audio import AudioFile
from server.sessions import Session
from server.streams import ANSWERS
from tests.e2e.songs import FRAME, song
from tests.server.fakes import Desk, FakeControl, FakeData, make_desk
from tests.server.streamed import (
    ONE,
    TWO,
    audio,
    cut_short,
    frames,
    play,
    replace_with_folder,
    replace_with_loop,
    told,
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


@pytest.fixture
def session(desk: Desk) -> Session:
    """An attached session."""
    found, _ = desk.service.greet(Hello(1, 1), FakeControl(), "a", now=0.0)
    desk.service.attach(found.id, found.ticket, FakeData(), now=0.0)
    return found


class TestPlay:
    """RFC.md, "PLAY" and "STREAM"."""

    def test_the_answer_describes_the_recording(self, desk: Desk, session: Session) -> None:
        stream = play(desk, session)
        assert (stream.stream, stream.track) == (1, 1)
        assert (stream.offset, stream.total) == (0, len(ONE))
        assert (stream.sample_rate, stream.channels) == (44100, 2)
        assert stream.duration == 100 * 1152 * 1000 // 44100
        assert stream.digest == sha256(ONE).digest()
        assert stream.title == "One"
        assert sum(stream.map) == len(ONE)
        assert 1 <= len(stream.map) <= MAX_MAP
        assert -(-stream.duration // stream.map_interval) == len(stream.map)
        assert told(session) == ["switch"]

    def test_a_crowd_is_told_the_same_until_the_track_is_another(
        self, desk: Desk, session: Session
    ) -> None:
        other, _ = desk.service.greet(Hello(1, 1), FakeControl(), "b", now=0.0)
        first = play(desk, session)
        assert play(desk, other) is first
        assert play(desk, other, stream=2).stream == 2
        track = desk.tracks.tracks[1]
        desk.tracks.tracks[1] = replace(track, title="Another")
        assert play(desk, session, stream=2).title == "Another"

    def test_of_what_was_told_only_so_much_is_kept(self, desk: Desk, session: Session) -> None:
        first = play(desk, session)
        for stream in range(2, ANSWERS + 2):
            play(desk, session, stream=stream)
        other, _ = desk.service.greet(Hello(1, 1), FakeControl(), "b", now=0.0)
        again = play(desk, other)
        assert again is not first
        assert again == first

    def test_everything_is_sent_and_then_end(self, desk: Desk, session: Session) -> None:
        play(desk, session)
        sent = frames(desk, session)
        assert audio(sent) == ONE
        assert sent[-1] == End(session.id, 1, len(ONE), sha256(ONE).digest())
        assert all(len(frame.audio) <= MAX_PAYLOAD for frame in sent if isinstance(frame, Data))
        assert frames(desk, session) == []
        assert len(desk.tracks.files) == 0

    def test_the_budget_bounds_a_turn(self, desk: Desk, session: Session) -> None:
        play(desk, session)
        sent: list[Data | End | Fail] = []
        while more := frames(desk, session, budget=5000):
            assert len(audio(more)) <= 5000
            sent += more
        assert audio(sent) == ONE

    def test_credit_bounds_all(self, desk: Desk, session: Session) -> None:
        play(desk, session, window=3 * FRAME + 1)
        assert audio(frames(desk, session)) == ONE[: 3 * FRAME]
        desk.service.streams.credit(session, Credit(1, 4 * FRAME - 1))
        assert frames(desk, session) == []
        desk.service.streams.credit(session, Credit(1, 4 * FRAME))
        assert audio(frames(desk, session)) == ONE[3 * FRAME : 4 * FRAME]
        desk.service.streams.credit(session, Credit(1, 2**64 - 1))
        assert audio(frames(desk, session)) == ONE[4 * FRAME :]

    def test_an_offset_starts_with_its_frame(self, desk: Desk, session: Session) -> None:
        stream = play(desk, session, start=10 * FRAME + 5)
        assert stream.offset == 10 * FRAME
        assert abs(stream.start_time - 10 * 1152 * 1_000_000 / 44100) <= 1
        assert audio(frames(desk, session)) == ONE[10 * FRAME :]

    def test_an_offset_at_the_end_is_an_empty_stream(self, desk: Desk, session: Session) -> None:
        stream = play(desk, session, start=len(ONE), window=0)
        assert stream.offset == len(ONE)
        assert frames(desk, session) == [End(session.id, 1, len(ONE), stream.digest)]

    def test_a_time_starts_early_enough_to_decode(self, desk: Desk, session: Session) -> None:
        stream = play(desk, session, start=1000, kind=StartKind.TIME)
        assert stream.offset < len(ONE)
        assert stream.start_time <= 1_000_000
        assert stream.start_time >= 1_000_000 - 4 * 1152 * 1_000_000 // 44100

    def test_the_digest_of_the_recording_is_no_hindrance(
        self, desk: Desk, session: Session
    ) -> None:
        play(desk, session, digest=sha256(ONE).digest())

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"track": 99}, ErrorCode.NO_SUCH_TRACK),
            ({"track": 0}, ErrorCode.NO_SUCH_TRACK),
            ({"stream": 5}, ErrorCode.STREAM_ORDER),
            ({"stream": 4}, ErrorCode.STREAM_ORDER),
            ({"stream": 6, "start": len(ONE) + 1}, ErrorCode.BAD_START),
            ({"stream": 6, "start": 2**64 - 1}, ErrorCode.BAD_START),
            ({"stream": 6, "start": 2613, "kind": StartKind.TIME}, ErrorCode.BAD_START),
            ({"stream": 6, "digest": sha256(TWO).digest()}, ErrorCode.CHANGED),
        ],
    )
    def test_a_refused_play_changes_nothing(
        self, desk: Desk, session: Session, wrong: dict[str, int], code: ErrorCode
    ) -> None:
        play(desk, session, stream=5, window=FRAME)
        told(session).clear()
        with pytest.raises(ProtocolError) as error:
            play(desk, session, **{"stream": 6, **wrong})  # type: ignore[arg-type]
        assert error.value.code is code
        assert error.value.text
        assert session.sender.newest == 5
        assert told(session) == []
        desk.service.streams.credit(session, Credit(5, 10**6))
        assert audio(frames(desk, session)) == ONE

    def test_the_last_millisecond_can_be_asked_for(self, desk: Desk, session: Session) -> None:
        play(desk, session, start=2611, kind=StartKind.TIME)

    @pytest.mark.parametrize(
        ("spoil", "code"),
        [
            (Path.unlink, ErrorCode.NO_SUCH_TRACK),
            (cut_short, ErrorCode.CHANGED),
            (replace_with_folder, ErrorCode.CHANGED),
            (replace_with_loop, ErrorCode.UNREADABLE),
        ],
    )
    def test_a_file_that_is_not_what_it_was(
        self, desk: Desk, session: Session, spoil: Callable[[Path], None], code: ErrorCode
    ) -> None:
        spoil(desk.tracks.folder / "2.mp3")
        with pytest.raises(ProtocolError) as error:
            play(desk, session, track=2)
        assert error.value.code is code

    def test_the_newest_stream_is_the_only_one(self, desk: Desk, session: Session) -> None:
        play(desk, session, window=FRAME)
        frames(desk, session)
        play(desk, session, track=2, stream=9)
        assert told(session) == ["switch", "switch"]
        assert audio(frames(desk, session)) == TWO
        assert len(desk.tracks.files) == 0


class TestStop:
    """RFC.md, "STOP" and "CREDIT"."""

    def test_nothing_more_is_sent(self, desk: Desk, session: Session) -> None:
        play(desk, session)
        told(session).clear()
        desk.service.streams.stop(session, Stop(1))
        assert told(session) == ["switch"]  # what waits to be sent is dropped, END too
        assert frames(desk, session) == []
        assert len(desk.tracks.files) == 0
        desk.service.streams.stop(session, Stop(1))  # once more does no harm

    def test_of_an_older_stream_is_ignored(self, desk: Desk, session: Session) -> None:
        play(desk, session)
        play(desk, session, track=2, stream=2)
        told(session).clear()
        desk.service.streams.stop(session, Stop(1))
        assert told(session) == []
        assert audio(frames(desk, session)) == TWO

    def test_of_an_older_stream_leaves_the_end_of_the_newest_in_the_queue(
        self, desk: Desk, session: Session
    ) -> None:
        play(desk, session)
        play(desk, session, track=2, stream=2)
        frames(desk, session)  # all of it waits in the data connection now
        told(session).clear()
        desk.service.streams.stop(session, Stop(1))
        assert told(session) == []

    @pytest.mark.parametrize("stream", [2, 2**32 - 1])
    def test_of_a_stream_that_never_was(self, desk: Desk, session: Session, stream: int) -> None:
        play(desk, session)
        with pytest.raises(ProtocolError) as error:
            desk.service.streams.stop(session, Stop(stream))
        assert error.value.code is ErrorCode.NO_SUCH_STREAM
        with pytest.raises(ProtocolError) as error:
            desk.service.streams.credit(session, Credit(stream, 1))
        assert error.value.code is ErrorCode.NO_SUCH_STREAM
        assert audio(frames(desk, session)) == ONE


class TestFiles:
    """Files that change under a stream."""

    def test_a_file_overwritten_in_place_fails_behind_the_last_byte_sent(
        self, desk: Desk, session: Session
    ) -> None:
        play(desk, session, window=10 * FRAME)
        frames(desk, session)
        with (desk.tracks.folder / "1.mp3").open("r+b") as file:
            file.write(song(5, 100))
        os.utime(desk.tracks.folder / "1.mp3", ns=(0, 0))  # however coarse the clock of the disk is
        desk.service.streams.credit(session, Credit(1, 10**6))
        (fail,) = frames(desk, session)
        assert isinstance(fail, Fail)
        assert (fail.stream, fail.offset, fail.code) == (1, 10 * FRAME, ErrorCode.CHANGED)
        assert frames(desk, session) == []
        assert len(desk.tracks.files) == 0
        assert not session.ended

    def test_what_comes_next_is_read_in_beforehand(
        self, desk: Desk, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        advised: list[tuple[int, int]] = []

        def advise(_audio: AudioFile, file_offset: int, length: int) -> None:
            advised.append((file_offset, length))

        monkeypatch.setattr(AudioFile, "advise", advise)
        play(desk, session)
        sent = audio(frames(desk, session, 10 * FRAME))
        assert advised == [(len(sent), 10 * FRAME)]

    def test_a_deleted_file_is_sent_to_its_end(self, desk: Desk, session: Session) -> None:
        play(desk, session)
        (desk.tracks.folder / "1.mp3").unlink()
        assert audio(frames(desk, session)) == ONE

    def test_two_listeners_share_a_mapping(self, desk: Desk, session: Session) -> None:
        other, _ = desk.service.greet(Hello(1, 1), FakeControl(), "b", now=0.0)
        play(desk, session)
        play(desk, other)
        assert len(desk.tracks.files) == 1
        desk.service.end(other)
        assert audio(frames(desk, session)) == ONE
