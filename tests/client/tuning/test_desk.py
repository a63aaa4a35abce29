# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener asks about stations, and a server that knows nothing of them."""

import pytest

from client.effects import Line
from client.reports import Connected, Disconnected, Listed, Notice, Refused
from client.requests import EngineRequest, ListTracks, PlayTrack
from client.tuning.reports import (
    OnAirNow,
    Requested,
    RequestLine,
    RequestsListed,
    SongOnAir,
    StationLine,
    StationsListed,
    Voted,
)
from client.tuning.requests import (
    AskNow,
    BrowseStations,
    ListRequests,
    RequestSong,
    Tune,
    VoteSkip,
)
from client.tuning.sentences import NO_SONG_YET, NO_STATIONS, NO_SUCH_SONG, NOT_TUNED
from common.errors import ErrorCode
from control import station_messages as wire
from control.message import Message
from control.music_messages import List, Play, TrackEntry, Tracks
from control.queue_messages import Entries, Now, OnAir, Queue, QueueEntry, Skip, Votes
from control.session_messages import Hello
from tests.client.tuning.studio import RadioBook

SONG = SongOnAir(7, "Für Elise", "Beethoven", "", 83_000, "alice")
ANSWERS: list[tuple[EngineRequest, Message, Message, object]] = [
    (
        BrowseStations(9),
        wire.Browse(),
        wire.Stations((wire.StationEntry("main", 3, "Für Elise"),)),
        StationsListed(9, (StationLine("main", 3, "Für Elise", ""),)),
    ),
    (
        RequestSong(9, 5),
        wire.Enqueue(5, "main"),
        wire.Enqueued(True, 2, 61_000),
        Requested(9, 5, 2, 61_000, already=True),
    ),
    (
        ListRequests(9, 21, 20),
        Queue(21, 20, "main"),
        Entries(22, (QueueEntry(5, 1000, 2000, "a"), QueueEntry(0, 3000, 4000, "b", "c", "d"))),
        RequestsListed(
            9,
            "main",
            22,
            (
                RequestLine(21, 5, 1000, 2000, "a", "", ""),
                RequestLine(22, 0, 3000, 4000, "b", "c", "d"),
            ),
        ),
    ),
    (
        AskNow(9),
        Now("main"),
        OnAir(7, 5, 31_000, 83_000, 3, 1, 2, "Für Elise", "Beethoven", "", "alice"),
        OnAirNow(9, "main", 5, 31_000, 3, 1, 2, SONG),
    ),
    # Three stretches arrived of 6 s behind the live edge: that much of it is still to be heard.
    (VoteSkip(9), Skip(1, "main"), Votes(True, 2, 2), Voted(9, True, 2, 2, 5999)),
]


def answer(book: RadioBook, kind: type[Message], message: Message) -> None:
    """Answer the oldest request of this kind."""
    book.control.answer(book.answerable(kind).number, message)  # type: ignore[arg-type]
    book.deliver()


class TestDesk:
    """Questions and answers."""

    @pytest.mark.parametrize(("request_", "asked", "answered", "report"), ANSWERS)
    def test_a_question_is_asked_and_answered(
        self,
        book: RadioBook,
        request_: EngineRequest,
        asked: Message,
        answered: Message,
        report: object,
    ) -> None:
        book.listens()
        book.ask(request_)
        assert book.happened() == [asked]
        answer(book, type(asked), answered)
        assert book.happened() == [report]

    def test_what_is_asked_right_behind_tune_is_about_that_station(self, book: RadioBook) -> None:
        book.tune("jazz")
        book.ask(AskNow(2))
        assert book.happened() == [wire.Tune(1, "jazz"), Now("jazz")]

    def test_the_vote_is_for_the_song_that_is_heard(self, book: RadioBook) -> None:
        book.tune()
        book.tuned(stretch=3)
        book.air(4)  # two songs have arrived, and none is heard
        book.skip().ask(VoteSkip(2))
        assert book.happened() == [Refused(2, "", NO_SONG_YET)]

    @pytest.mark.parametrize(
        "request_", [RequestSong(9, 5), ListRequests(9), AskNow(9), VoteSkip(9)]
    )
    def test_without_a_station(self, book: RadioBook, request_: EngineRequest) -> None:
        book.ask(request_)
        assert book.happened() == [Refused(9, "", NOT_TUNED)]

    def test_a_song_that_the_station_does_not_have(self, book: RadioBook) -> None:
        book.listens()
        book.ask(RequestSong(2, 5))
        book.skip().refuse(wire.Enqueue, ErrorCode.NO_SUCH_TRACK, "no")
        assert book.happened() == [Refused(2, "NO_SUCH_TRACK", NO_SUCH_SONG)]

    def test_a_list_that_is_full(self, book: RadioBook) -> None:
        book.listens()
        book.ask(RequestSong(2, 5))
        book.skip().refuse(wire.Enqueue, ErrorCode.QUEUE_FULL, "It is long enough")
        (refused,) = book.happened()
        assert isinstance(refused, Refused)
        assert refused.code == "QUEUE_FULL"
        assert refused.reason == "The station takes no more requests now (It is long enough)."

    def test_a_server_that_has_none(self, book: RadioBook) -> None:
        book.ask(BrowseStations(2))
        book.skip().refuse(wire.Browse, ErrorCode.NO_SUCH_STATION, "")
        assert book.happened() == [Refused(2, "NO_SUCH_STATION", NO_STATIONS)]

    def test_songs_are_those_of_the_station(self, book: RadioBook) -> None:
        book.ask(ListTracks(1, of_station=True))
        assert book.happened() == [List(0, 100, "")]
        book.listens()
        book.ask(ListTracks(2, "e", of_station=True))
        assert book.happened() == [List(0, 100, "e", "main")]
        tracks = Tracks(0, False, False, ())
        answer(book, List, tracks)
        answer(book, List, Tracks(1, False, False, (TrackEntry(1, 1000, "e"),)))
        assert [type(report) for report in book.happened()] == [Listed, Listed]

    def test_without_a_link_it_waits(self, book: RadioBook) -> None:
        book.listens()
        book.ask(AskNow(2))
        book.lose(Line.CONTROL)
        assert Refused(2, "", "The connection ended before the answer came.") in book.happened()
        book.ask(AskNow(3))
        (waits,) = book.reports(Notice)
        assert waits.text.startswith("The link is lost")
        book.skip().passes(0.0)
        book.accept()
        book.skip().welcome(resumed=True, newest=1)
        assert book.sent(Now) == [Now("main")]
        book.skip()


class TestOldServer:
    """RFC.md, "Stations": a server that knows nothing of them ends the connection."""

    @pytest.mark.parametrize("request_", [BrowseStations(2), Tune(2, "main")])
    def test_it_is_said_and_the_client_goes_on(
        self, book: RadioBook, request_: EngineRequest
    ) -> None:
        book.ask(request_)
        self.gives_up(book)
        assert Refused(2, "NO_SUCH_STATION", NO_STATIONS) in book.happened()
        book.passes(1.0)
        book.accept()
        assert [type(event) for event in book.happened()][-1] is Hello
        book.new_session(8)
        book.welcome()
        assert Connected("srv/1", False) in book.happened()
        # It is not asked a second time.
        book.ask(request_)
        assert book.happened() == [Refused(2, "NO_SUCH_STATION", NO_STATIONS)]
        book.ask(PlayTrack(3, 1))
        assert len(book.sent(Play)) == 1
        book.skip()

    def test_the_song_plays_on(self, book: RadioBook) -> None:
        book.play(1)
        book.ask(BrowseStations(2))
        self.gives_up(book)
        book.skip().passes(1.0)
        book.accept()
        book.new_session(8)
        book.skip().welcome()
        (play,) = book.sent(Play)
        assert isinstance(play, Play)
        assert play.start == len(book.audio)
        book.skip()

    def test_where_nothing_of_the_kind_was_asked_it_is_a_defect(self, book: RadioBook) -> None:
        book.ask(PlayTrack(2, 1))
        self.gives_up(book)
        (ended,) = book.reports(Disconnected)
        assert ended.error
        book.skip()

    def gives_up(self, book: RadioBook) -> None:
        book.skip().control.refuse(0, ErrorCode.UNKNOWN_TYPE, "0x0200 is not known here")
        book.deliver()
