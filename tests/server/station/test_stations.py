# SPDX-License-Identifier: GPL-3.0-or-later
"""Tuning in to a station, and what becomes of who listens."""

from pathlib import Path

import pytest

from common.errors import ErrorCode, ProtocolError
from control.queue_messages import Now, Queue
from control.relay_messages import Report
from control.station_messages import Tune
from data.frames import Data, Deframer, Fail, Frame
from data.station_frames import Seal, SongFrame
from server.sessions import Session
from server.streams import Streams
from tests.e2e.songs import song
from tests.server.fakes import FakeData, FakeTracks
from tests.server.station.listeners import refusal, tuned
from tests.server.station.studio import Studio, open_studio


def sent(studio: Studio, session: Session, tmp_path: Path) -> list[Frame]:
    """What the data connection is given."""
    streams = Streams(FakeTracks(tmp_path), page=10)
    deframer, frames = Deframer(), list[Frame]()
    while parts := streams.next_frames(session, 1 << 20):
        for header, payload in parts:
            frames += deframer.feed(bytes(header) + bytes(payload))
    return frames


class TestTuningIn:
    """TUNE, and what follows."""

    def test_song_first_and_then_stretches(self, studio: Studio, tmp_path: Path) -> None:
        session = studio.session()
        answer = studio.stations.tune(session, Tune(4, "main"))
        assert answer.station_id == studio.store.load().station_id
        assert answer.key == studio.broadcast.public_key
        frames = sent(studio, session, tmp_path)
        first, *rest = frames
        assert isinstance(first, SongFrame)
        assert (first.stream, first.offset) == (4, 0)
        assert isinstance(rest[0], Data)
        assert rest[0].offset == answer.offset
        assert isinstance(rest[-1], Seal)
        assert rest[-1].offset == studio.broadcast.ring.edge
        assert sent(studio, session, tmp_path) == []
        studio.pass_time(1)
        more = sent(studio, session, tmp_path)
        assert isinstance(more[0], Data)
        assert more[0].offset == rest[-1].offset

    def test_listeners_are_woken(self, studio: Studio) -> None:
        session = tuned(studio)
        assert isinstance(session.data, FakeData)
        studio.pass_time(1)
        assert session.data.told.count("wake") >= 2

    def test_numbers_of_streams_rise(self, studio: Studio) -> None:
        session = tuned(studio, stream=3)
        place = session.tuned
        for number in (1, 3):
            with pytest.raises(ProtocolError) as error:
                studio.stations.tune(session, Tune(number, "main"))
            assert error.value.code is ErrorCode.STREAM_ORDER
        assert session.tuned is place

    def test_a_station_that_is_none(self, studio: Studio) -> None:
        session = studio.session()
        for ask in (
            lambda: studio.stations.tune(session, Tune(1, "rock")),
            lambda: studio.stations.now(Now("rock")),
            lambda: studio.stations.queue(Queue(1, 1, "rock")),
            lambda: studio.stations.within("rock"),
        ):
            assert refusal(ask) is ErrorCode.NO_SUCH_STATION
        assert session.tuned is None
        assert studio.stations.within("") is None
        assert studio.stations.within("main") == frozenset({1, 2, 3, 4, 5})

    def test_who_is_too_slow_is_told(self, studio: Studio, tmp_path: Path) -> None:
        session = tuned(studio)
        frames = sent(studio, session, tmp_path)
        studio.pass_time(60)
        (fail,) = sent(studio, session, tmp_path)
        assert isinstance(fail, Fail)
        assert isinstance(frames[-1], Seal)
        assert (fail.code, fail.offset) == (ErrorCode.BEHIND, frames[-1].offset)
        assert not session.sender.sending
        assert sent(studio, session, tmp_path) == []

    def test_a_stream_that_another_node_feeds(self, studio: Studio, tmp_path: Path) -> None:
        session = tuned(studio, stream=2)
        frames = sent(studio, session, tmp_path)
        assert isinstance(session.data, FakeData)
        studio.stations.report(session, Report(1, 7, 0, 0))  # of another stream
        assert session.tuned is not None
        assert session.tuned.is_fed
        studio.stations.report(session, Report(2, 7, 0, 0))
        assert session.data.told[-1] == "switch"
        studio.pass_time(2)
        assert sent(studio, session, tmp_path) == []
        assert isinstance(frames[-2], Data)
        offset = frames[-2].offset
        studio.stations.report(session, Report(2, 0, offset, 0))
        again = sent(studio, session, tmp_path)
        assert isinstance(again[0], SongFrame)
        assert isinstance(again[1], Data)
        assert again[1].offset == offset
        studio.stations.report(session, Report(2, 0, 0, 0))  # which is fed already
        assert sent(studio, session, tmp_path) == []

    @pytest.mark.parametrize("off", [0, 1])
    def test_a_report_of_what_is_not_there(self, studio: Studio, tmp_path: Path, off: int) -> None:
        session = tuned(studio)
        studio.stations.report(session, Report(1, 7, 0, 0))
        studio.pass_time(60)
        offset = studio.broadcast.ring.start_near_edge(3).next + 1 if off else 0
        studio.stations.report(session, Report(1, 0, offset, 0))
        (fail,) = sent(studio, session, tmp_path)
        assert isinstance(fail, Fail)
        assert (fail.code, fail.offset) == (ErrorCode.BEHIND, offset)

    def test_a_report_from_a_little_ahead_waits(self, studio: Studio, tmp_path: Path) -> None:
        session = tuned(studio)
        studio.stations.report(session, Report(1, 7, 0, 0))
        entry = studio.store.load().entries[0]
        stretches = studio.broadcast.timeline.stretches(entry)
        assert stretches is not None
        offset = stretches.offset(stretches.due_by(studio.store.now - entry.begins_us) + 1)
        studio.stations.report(session, Report(1, 0, offset, 0))
        assert sent(studio, session, tmp_path) == []
        studio.pass_time(2)
        frames = sent(studio, session, tmp_path)
        assert isinstance(frames[1], Data)
        assert frames[1].offset == offset

    def test_losing_the_data_connection(self, studio: Studio, tmp_path: Path) -> None:
        streams = Streams(FakeTracks(tmp_path), page=10)
        fed, placed = tuned(studio), tuned(studio)
        studio.stations.report(placed, Report(1, 7, 0, 0))
        streams.lost(fed)
        streams.lost(placed)
        assert not fed.sender.sending
        assert placed.sender.sending  # nothing of it was on that connection

    def test_who_waits_for_the_first_song_hears_it(self, tmp_path: Path) -> None:
        studio = open_studio(tmp_path, songs=0)
        studio.work()
        session = tuned(studio)
        assert sent(studio, session, tmp_path) == []
        studio.shelf.add("a.mp3", song(1, 100))
        studio.pass_time(2)
        first, second, *_ = sent(studio, session, tmp_path)
        assert isinstance(first, SongFrame)
        assert isinstance(second, Data)
        assert second.offset == 0

    def test_leaving(self, studio: Studio) -> None:
        session = tuned(studio)
        assert list(studio.broadcast.listeners) == [session.id]
        studio.stations.left(session)
        studio.stations.left(session)
        assert session.tuned is None
        assert studio.broadcast.listeners == {}
