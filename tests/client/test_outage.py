# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for while a connection is lost: it is looked for at once, and then it is done."""

from collections.abc import Callable

import pytest

from client.conversation import WAITS
from client.dispatch import NOT_LINKED
from client.effects import Connect, Effect, Hold, Line, Silence
from client.lines import UNANSWERED
from client.reports import Accepted, Disconnected, Done, LinkLost, Notice, Refused
from client.requests import EngineRequest, ListTracks, Pause, PlayTrack, Seek, StopSong
from common.errors import ErrorCode
from control.message import Message
from control.music_messages import List, Play
from control.session_messages import Hello, Reopen
from tests.client.playbook import Playbook
from tests.client.songbook import TUNED, line, status


@pytest.fixture
def book(book: Playbook) -> Playbook:
    """Track 1 plays, and then nothing can be reached; the next attempt is seconds away."""
    book.play(1)
    book.lose(Line.CONTROL)
    for _ in range(4):
        book.passes(book.reports(LinkLost)[-1].retry_in_s)
        book.hear(no_route(book))
    assert book.reports(LinkLost)[-1].retry_in_s > 3
    return book.skip()


def no_route(book: Playbook) -> Callable[[float], list[Effect]]:
    """An attempt to reach the server that fails."""
    return lambda now: book.client.control_failed("No route.", now=now)


def back(book: Playbook) -> None:
    """The server is reached, and knows the session."""
    book.accept()
    book.skip().welcome(resumed=True, newest=1)


class TestControl:
    """The control connection is lost, and an attempt to open it again is still to come."""

    @pytest.mark.parametrize(
        ("request_", "message"),
        [
            (ListTracks(2), List()),
            (PlayTrack(2, 2), Play(2, 2, window=TUNED)),
            (Seek(2, 5000), Play(1, 2, start=5000, window=TUNED)),
        ],
    )
    def test_a_command_looks_for_it_at_once_and_is_told_to_wait(
        self, book: Playbook, request_: EngineRequest, message: Message
    ) -> None:
        book.ask(request_)
        assert book.happened() == [Notice(WAITS), Connect(Line.CONTROL)]
        back(book)
        assert message in book.happened()

    @pytest.mark.parametrize(("request_", "effect"), [(StopSong(2), Silence()), (Pause(2), Hold())])
    def test_what_needs_no_server_is_done_and_looks_for_it_too(
        self, book: Playbook, request_: EngineRequest, effect: object
    ) -> None:
        book.ask(request_)
        assert book.happened() == [effect, Done(2), Connect(Line.CONTROL)]

    def test_a_second_command_while_it_is_being_opened(self, book: Playbook) -> None:
        book.ask(ListTracks(2))
        book.skip().ask(PlayTrack(3, 2))
        assert book.happened() == [Notice(WAITS)]

    def test_lists_wait_through_attempts_that_fail(self, book: Playbook) -> None:
        book.ask(ListTracks(2))
        book.skip().hear(no_route(book))
        assert book.reports(Refused) == []
        book.passes(book.reports(LinkLost)[-1].retry_in_s)
        back(book)
        assert List() in book.happened()

    def test_lists_that_wait_are_refused_when_the_server_wants_us_no_more(
        self, book: Playbook
    ) -> None:
        book.ask(ListTracks(2))
        book.accept()
        book.skip().refuse(Hello, ErrorCode.VERSION)
        assert Refused(2, "", UNANSWERED) in book.happened()

    def test_of_two_plays_the_later_one_is_done_and_one_sentence_told(self, book: Playbook) -> None:
        book.ask(PlayTrack(2, 2))
        book.skip().ask(PlayTrack(3, 1))
        assert book.happened() == [Refused(2, "", "Track 2 gives way to track 1.")]
        back(book)
        assert book.sent(Play) == [Play(1, 2, window=TUNED)]
        book.skip().stream()
        assert [accepted.tag for accepted in book.reports(Accepted)] == [3]
        book.skip()

    def test_of_two_places_in_one_song(self, book: Playbook) -> None:
        book.ask(Seek(2, 1000))
        book.skip().ask(Seek(3, 2000))
        assert book.happened() == [Refused(2, "", "A later command has taken its place.")]

    def test_a_place_in_a_song_that_was_asked_for_before(self, book: Playbook) -> None:
        book.ask(Pause(2))
        book.ask(PlayTrack(3, 2))
        book.skip().ask(Seek(4, 5000))
        words = "Track 2 is played from 0:05 on instead."
        assert book.happened() == [Refused(3, "", words)]
        back(book)
        assert book.sent(Play) == [Play(2, 2, start=5000, window=TUNED)]
        book.skip().stream()
        happened = book.happened()
        assert Accepted(4, 2, line(2), 5000) in happened
        assert Hold() not in happened  # it is another song than the one that is paused

    def test_a_list_that_may_not_wait_is_refused(self, book: Playbook) -> None:
        book.ask(ListTracks(-2, may_wait=False))
        assert book.happened() == [Refused(-2, "", NOT_LINKED), Connect(Line.CONTROL)]

    def test_a_list_too_many_is_not_told_to_wait(self, book: Playbook) -> None:
        for tag in range(64):
            book.ask(ListTracks(tag))
        book.skip().ask(ListTracks(64))
        (refused,) = book.happened()
        assert isinstance(refused, Refused)

    def test_the_status_stays_where_the_sound_is_until_a_seek_takes_effect(
        self, book: Playbook
    ) -> None:
        book.ask(Seek(2, 5000))
        found = book.client.snapshot(now=book.now)
        assert found.heard(1, 1.5).position == 1.5
        back(book)
        assert status(book).position == 0.0
        book.stream()
        assert status(book).position == 5.0
        book.skip()


class TestData:
    """The data connection is lost, and the server has no other one to offer yet."""

    @pytest.fixture
    def book(self) -> Playbook:
        book = Playbook().connect().play(1)
        book.lose(Line.DATA)
        for _ in range(4):
            book.refuse(Reopen, ErrorCode.UNREADABLE, "out of ports")
            book.passes(book.reports(LinkLost)[-1].retry_in_s)
        book.refuse(Reopen, ErrorCode.UNREADABLE, "out of ports")
        return book.skip()

    def test_a_play_asks_for_another_at_once_and_is_told_to_wait(self, book: Playbook) -> None:
        book.ask(PlayTrack(2, 2))
        assert book.happened() == [Notice(WAITS), Reopen()]
        book.ask(PlayTrack(3, 2))
        assert book.sent(Reopen) == []

    def test_a_list_needs_no_data(self, book: Playbook) -> None:
        book.ask(ListTracks(2))
        assert book.sent(List) == [List()]
        assert book.reports(Notice) == []


def test_what_is_asked_for_before_the_first_connection_waits_without_a_word() -> None:
    book = Playbook().skip()
    book.ask(ListTracks(2))
    book.ask(PlayTrack(3, 1))
    assert book.happened() == []
    book.hear(no_route(book))
    assert isinstance(book.happened()[-1], Disconnected)


def test_an_idle_session_that_cannot_be_had_back_keeps_the_list() -> None:
    book = Playbook().connect()
    book.control.bye(code=ErrorCode.TIMEOUT, text="", now=book.now)
    book.deliver()
    book.skip().ask(ListTracks(2, may_wait=False))
    assert book.happened() == [Connect(Line.CONTROL)]
    book.hear(no_route(book))
    assert [type(report) for report in book.reports(Refused) + book.reports(LinkLost)] == [LinkLost]
