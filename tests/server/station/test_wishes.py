# SPDX-License-Identifier: GPL-3.0-or-later
"""What listeners of a station ask for: songs, and the end of one."""

from pathlib import Path

from common.errors import ErrorCode, ProtocolError
from control.queue_messages import Now, Queue, Skip, Votes
from control.station_messages import Browse, Enqueue, Enqueued
from server.station.keeper import MAX_ORDERS, ORDERS
from server.station.schedule import MAX_QUEUE
from server.station.stations import MAX_WISHES
from server.users.hashing import Cost, HashedPassword
from server.users.users_file import User
from tests.server.station.listeners import Answer, heard, refusal, skip, track_on_air, tuned, wish
from tests.server.station.studio import Studio, open_studio


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

    def test_who_has_just_tuned_in_is_counted_at_once(self, studio: Studio) -> None:
        for count in (1, 2):
            tuned(studio)
            assert studio.stations.now(Now("main")).listeners == count
            (entry,) = studio.stations.browse(Browse()).stations
            assert entry.listeners == count

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
