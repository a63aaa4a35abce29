# SPDX-License-Identifier: GPL-3.0-or-later
"""What listeners ask of stations, and what becomes of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from common.errors import ErrorCode, ProtocolError
from control.queue_messages import Now, Queue, Skip, Votes
from control.relay_messages import Report
from control.station_messages import Browse, Enqueue, Enqueued, Tune
from data.frames import Data, Deframer, Fail, Frame
from data.station_frames import Seal, SongFrame
from server.sessions import Session
from server.station.keeper import MAX_ORDERS, ORDERS
from server.station.schedule import MAX_QUEUE, on_air
from server.station.stations import MAX_WISHES
from server.streams import Streams
from server.users.hashing import Cost, HashedPassword
from server.users.users_file import User
from tests.e2e.songs import song
from tests.server.fakes import FakeData, FakeTracks
from tests.server.station.studio import Studio, open_studio

Answer = Enqueued | Votes | ProtocolError


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    studio = open_studio(tmp_path, songs=5)
    studio.pass_time(8)
    return studio


def tuned(studio: Studio, stream: int = 1) -> Session:
    """A session that is tuned in."""
    session = studio.session()
    studio.stations.tune(session, Tune(stream, "main"))
    return session


def refusal(ask: Callable[[], object]) -> ErrorCode:
    with pytest.raises(ProtocolError) as error:
        ask()
    return error.value.code


def answer(studio: Studio, ask: Callable[[Callable[[Answer], None]], None]) -> Answer:
    """What the store said."""
    answers: list[Answer] = []
    ask(answers.append)
    assert answers == []
    studio.work()
    (only,) = answers
    return only


def wish(studio: Studio, session: Session, track: int) -> Answer:
    return answer(
        studio, lambda reply: studio.stations.enqueue(session, Enqueue(track, "main"), reply)
    )


def skip(studio: Studio, session: Session, song: int) -> Answer:
    return answer(studio, lambda reply: studio.stations.skip(session, Skip(song, "main"), reply))


def heard(studio: Studio) -> int:
    found = on_air(studio.store.load(), studio.store.now)
    assert found is not None
    return found[0].number


def track_on_air(studio: Studio) -> int:
    return studio.stations.now(Now("main")).track


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


class TestWishes:
    """ENQUEUE and QUEUE."""

    def test_it_plays_next(self, studio: Studio) -> None:
        session = studio.session()
        playing = track_on_air(studio)
        wanted = next(number for number in range(1, 6) if number != playing)
        first = wish(studio, session, wanted)
        assert isinstance(first, Enqueued)
        assert (first.already, first.place) == (False, 1)
        assert 12_000 < first.starts_in < 14_000
        assert wish(studio, studio.session(), wanted) == Enqueued(
            already=True, place=1, starts_in=first.starts_in
        )
        (entry,) = studio.stations.queue(Queue(1, 9, "main")).entries
        assert (entry.track, entry.by, entry.starts_in) == (wanted, "listener 1", first.starts_in)
        studio.pass_time(15)
        assert track_on_air(studio) == wanted
        assert studio.stations.now(Now("main")).by == "listener 1"

    def test_a_users_name(self, studio: Studio) -> None:
        session = studio.session()
        session.user = User("ada", HashedPassword(Cost(), b"", b""))
        wish(studio, session, 1 + track_on_air(studio) % 5)
        assert studio.stations.queue(Queue(1, 9, "main")).entries[0].by == "ada"

    def test_pages_of_the_queue(self, studio: Studio) -> None:
        session, playing = studio.session(), track_on_air(studio)
        others = [number for number in range(1, 6) if number != playing]
        for number in others:
            wish(studio, session, number)
        page = studio.stations.queue(Queue(2, 2, "main"))
        assert page.total == 4
        assert [entry.track for entry in page.entries] == others[1:3]
        assert studio.stations.queue(Queue(5, 2, "main")).entries == ()

    def test_what_the_station_does_not_have(self, studio: Studio) -> None:
        session = studio.session()
        code = refusal(lambda: studio.stations.enqueue(session, Enqueue(99, "main"), print))
        assert code is ErrorCode.NO_SUCH_TRACK

    def test_each_may_wish_for_so_many(self, tmp_path: Path) -> None:
        studio = open_studio(tmp_path, songs=MAX_WISHES + 3, frames=80)
        studio.work()
        one, other = studio.session(), studio.session()
        playing = track_on_air(studio)
        others = [number for number in range(1, MAX_WISHES + 4) if number != playing]
        for number in others[:MAX_WISHES]:
            assert isinstance(wish(studio, one, number), Enqueued)
        refused = wish(studio, one, others[MAX_WISHES])
        assert isinstance(refused, ProtocolError)
        assert refused.code is ErrorCode.QUEUE_FULL
        assert isinstance(wish(studio, one, others[0]), Enqueued)  # which waits already
        assert isinstance(wish(studio, other, others[MAX_WISHES]), Enqueued)
        assert MAX_WISHES < MAX_QUEUE

    def test_a_flood_is_carried_out_in_turns(self, studio: Studio) -> None:
        session, replies = studio.session(), list[Answer]()
        for _ in range(MAX_ORDERS):
            studio.stations.enqueue(session, Enqueue(1, "main"), replies.append)
        code = refusal(lambda: studio.stations.enqueue(session, Enqueue(1, "main"), print))
        assert code is ErrorCode.QUEUE_FULL
        studio.work()
        assert len(replies) == ORDERS
        for _ in range(MAX_ORDERS // ORDERS):
            studio.work()
        assert len(replies) == MAX_ORDERS


class TestSkipping:
    """SKIP, NOW and BROWSE."""

    def test_more_than_half(self, studio: Studio) -> None:
        listeners = [tuned(studio) for _ in range(4)]
        studio.pass_time(1)
        number = heard(studio)
        for count, session in enumerate(listeners[:2], 1):
            assert skip(studio, session, number) == Votes(skipped=False, votes=count, needed=3)
        now = studio.stations.now(Now("main"))
        assert (now.song, now.votes, now.needed, now.listeners) == (number, 2, 3, 4)
        assert skip(studio, listeners[2], number) == Votes(skipped=True, votes=3, needed=3)
        studio.pass_time(3)
        assert heard(studio) == number + 1

    def test_listeners_who_have_just_come_count(self, studio: Studio) -> None:
        one, _ = tuned(studio), tuned(studio)
        assert skip(studio, one, heard(studio)) == Votes(skipped=False, votes=1, needed=2)

    def test_votes_go_with_their_listeners(self, studio: Studio) -> None:
        one, two, three = (tuned(studio) for _ in range(3))
        studio.pass_time(1)
        number = heard(studio)
        skip(studio, one, number)
        studio.stations.left(one)
        studio.pass_time(2)
        assert studio.stations.now(Now("main")).votes == 0
        skip(studio, two, number)
        studio.stations.left(three)
        studio.pass_time(4)  # now it is all of them
        assert heard(studio) == number + 1

    def test_of_another_song(self, studio: Studio) -> None:
        session = tuned(studio)
        assert skip(studio, session, heard(studio) + 1) == Votes(skipped=False, votes=0, needed=0)

    def test_only_listeners_have_a_vote(self, studio: Studio) -> None:
        session = studio.session()
        code = refusal(lambda: studio.stations.skip(session, Skip(1, "main"), print))
        assert code is ErrorCode.NOT_TUNED

    def test_what_is_on(self, studio: Studio) -> None:
        tuned(studio)
        studio.pass_time(2)
        (entry,) = studio.stations.browse(Browse()).stations
        now = studio.stations.now(Now("main"))
        assert (entry.station, entry.listeners, entry.title) == ("main", 1, now.title)
        assert now.elapsed == 10_000
        assert now.duration > now.elapsed

    def test_nothing_is_on(self, tmp_path: Path) -> None:
        studio = open_studio(tmp_path, songs=0)
        studio.work()
        assert refusal(lambda: studio.stations.now(Now("main"))) is ErrorCode.NO_SUCH_TRACK
        (entry,) = studio.stations.browse(Browse()).stations
        assert entry.title == ""
        assert studio.stations.queue(Queue(1, 1, "main")).total == 0
