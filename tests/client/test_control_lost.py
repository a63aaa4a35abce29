# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Losing and Resuming": the control connection, both, and the session."""

import pytest

from client import player_events
from client.effects import Close, Connect, FinishBuffer, Line, Load, OpenGate, Silence
from client.reports import (
    Connected,
    Disconnected,
    Done,
    Finished,
    LinkBack,
    LinkLost,
    Notice,
    Refused,
)
from client.requests import ListTracks, PlayTrack, StopSong
from common.errors import ErrorCode
from control.events import Cause, Closed
from control.music_messages import Credit, List, Play, Stop
from control.session_messages import Hello
from data.frames import Attach
from tests.client.playbook import Fed, Playbook
from tests.client.served import FRAME, PORT, SESSION, recording, secret, ticket
from tests.client.songbook import CLOSED, FIRST, TOTAL, TUNED, dry, rest


@pytest.fixture
def book(book: Playbook) -> Playbook:
    """Track 1 plays, and its first window has arrived."""
    return book.play(1)


class TestControlLost:
    """RFC.md: control connection lost."""

    def again(self, book: Playbook, *, newest: int) -> None:
        """Connects again and is known."""
        book.passes(0)
        book.accept()
        book.welcome(resumed=True, newest=newest)

    def test_the_stream_goes_on_and_its_credit_is_said_again(self, book: Playbook) -> None:
        book.lose(Line.CONTROL)
        assert book.happened() == [Close(Line.CONTROL), LinkLost(CLOSED, 0.0)]
        book.pump(20 * FRAME)
        assert book.happened() == [Fed(20 * FRAME)]
        book.passes(0)
        book.accept()
        assert book.happened() == [
            Connect(Line.CONTROL),
            Hello(1, 1, SESSION, secret(1), "test/1"),
        ]
        book.welcome(resumed=True, newest=1)
        assert book.happened() == [
            Connected("srv/1", resumed=True),
            Credit(1, TOTAL),
            LinkBack(),
        ]
        book.pump()
        assert book.audio == book.tracks[1].audio
        book.skip()

    def test_a_play_that_was_lost_is_asked_again(self, book: Playbook) -> None:
        book.ask(PlayTrack(2, 2))
        book.lose(Line.CONTROL)
        book.skip()
        self.again(book, newest=1)
        assert Play(2, 3, window=TUNED) in book.skip_to_sent()
        book.stream()
        book.pump()
        assert book.audio == book.tracks[2].audio
        book.skip()

    def test_a_play_whose_answer_was_lost_is_asked_again(self, book: Playbook) -> None:
        book.ask(PlayTrack(2, 2))
        book.stream(deliver=False)
        book.lose(Line.CONTROL)
        book.skip()
        self.again(book, newest=2)
        assert book.skip_to_sent() == [Stop(2), Play(2, 3, window=TUNED)]
        book.refuse(Play, ErrorCode.NO_SUCH_TRACK)
        # The server had ended the old song for the one that is not there now.
        assert book.skip_to_sent() == [rest(book, 4, FIRST, TOTAL - FIRST)]
        book.stream()
        book.pump()
        assert book.audio == book.tracks[1].audio
        book.skip()

    def test_stopped_meanwhile(self, book: Playbook) -> None:
        book.lose(Line.CONTROL)
        book.skip().ask(StopSong(2))
        assert book.happened() == [Silence(), Done(2), Connect(Line.CONTROL)]
        self.again(book, newest=1)
        assert book.skip_to_sent() == [Stop(1)]

    def test_played_meanwhile(self, book: Playbook) -> None:
        book.lose(Line.CONTROL)
        book.ask(PlayTrack(2, 2))
        book.ask(PlayTrack(3, 2))
        assert [refused.tag for refused in book.reports(Refused)] == [2]
        self.again(book, newest=1)
        assert Play(2, 2, window=TUNED) in book.skip_to_sent()

    def test_the_number_of_a_stream_is_never_used_twice(self, book: Playbook) -> None:
        book.lose(Line.CONTROL)
        book.ask(PlayTrack(2, 2))
        self.again(book, newest=40)
        assert book.skip_to_sent() == [Stop(40), Play(2, 41, window=TUNED)]

    def test_waits_up_to_half_a_minute_with_a_random_part(self) -> None:
        book = Playbook(chance=lambda: 0.5).connect()
        book.lose(Line.CONTROL)
        waits = [lost.retry_in_s for lost in book.reports(LinkLost)]
        for _ in range(8):
            book.passes(waits[-1])
            book.skip().hear(lambda now: book.client.control_failed("No route.", now=now))
            waits += [lost.retry_in_s for lost in book.reports(LinkLost)]
        assert waits == [0.0, 0.375, 0.75, 1.5, 3.0, 6.0, 12.0, 22.5, 22.5]

    def test_waits_less_while_a_song_is_awaited(self, book: Playbook) -> None:
        book.lose(Line.CONTROL)
        for _ in range(8):
            book.passes(book.reports(LinkLost)[-1].retry_in_s)
            book.skip().hear(lambda now: book.client.control_failed("No route.", now=now))
        assert book.reports(LinkLost)[-1].retry_in_s == 5.0
        book.skip()

    def test_but_not_where_the_server_answers(self, book: Playbook) -> None:
        book.lose(Line.CONTROL)
        for _ in range(8):
            book.passes(book.reports(LinkLost)[-1].retry_in_s)
            book.skip().accept()
            book.refuse(Hello, ErrorCode.BUSY)
        assert book.reports(LinkLost)[-1].retry_in_s == 30.0
        book.skip()

    @pytest.mark.parametrize("runs_dry", [False, True])
    def test_a_grant_that_may_be_lost_makes_no_silence(
        self, book: Playbook, runs_dry: bool
    ) -> None:
        """The server owes nothing that it may not know of: its data connection is not lost."""
        book.lose(Line.CONTROL)
        happened = book.happened()
        if runs_dry:
            book.hear(lambda now: dry(book, 1, now))
        book.passes(200.0)
        happened += book.happened()
        assert Close(Line.DATA) not in happened

    def test_silence_is_asked_about_and_then_a_loss(self, book: Playbook) -> None:
        book.pump()
        book.skip().passes(20)
        book.passes(30)  # the server's PONG answers
        assert book.happened() == []
        book.control.receive_data = lambda data, *, now: []  # type: ignore[method-assign]
        book.passes(80)
        told = [event for event in book.happened() if not isinstance(event, Connect)]
        assert told == [
            Close(Line.CONTROL),
            LinkLost("The server has fallen silent.", 0.0),
        ]


class TestBothLost:
    """Both at once."""

    def test_the_welcomes_ticket_opens_the_data_connection(self, book: Playbook) -> None:
        book.lose(Line.CONTROL)
        book.lose(Line.DATA)
        book.passes(0)
        book.accept()
        book.skip().welcome(resumed=True, newest=1)
        assert book.happened() == [
            Connected("srv/1", resumed=True),
            Stop(1),
            Connect(Line.DATA, PORT),
        ]
        book.accept(Line.DATA)
        assert book.happened() == [Attach(SESSION, ticket(2))]
        book.attached()
        assert book.happened() == [rest(book, 2, FIRST, TOTAL - FIRST), LinkBack()]
        book.stream()
        book.pump()
        assert book.audio == book.tracks[1].audio
        book.skip()

    def test_control_lost_while_a_port_was_asked_for(self, book: Playbook) -> None:
        book.lose(Line.DATA)
        book.lose(Line.CONTROL)
        book.passes(0)
        book.accept()
        book.skip().welcome(resumed=True, newest=1)
        assert Connect(Line.DATA, PORT) in book.happened()

    def test_nothing_to_do_while_control_is_away(self, book: Playbook) -> None:
        book.lose(Line.CONTROL)
        book.passes(0)
        book.lose(Line.DATA)
        book.skip().passes(3600)
        assert book.happened() == []


class TestSessionForgotten:
    """RFC.md: session forgotten."""

    def test_a_new_session_continues_the_song(self, book: Playbook) -> None:
        book.lose(Line.CONTROL)
        book.passes(0)
        book.accept()
        book.skip().refuse(Hello, ErrorCode.NO_SUCH_SESSION)
        assert book.happened() == [Hello(1, 1, agent="test/1")]
        book.session = 8
        book.welcome()
        assert book.happened() == [
            Connected("srv/1", resumed=False),
            Close(Line.DATA),
            Connect(Line.DATA, PORT),
            rest(book, 2, FIRST, TOTAL - FIRST),
        ]
        book.new_session(8)
        book.stream()
        book.accept(Line.DATA)
        book.skip().attached()
        assert book.happened() == [LinkBack()]
        book.pump()
        assert book.audio == book.tracks[1].audio
        book.skip().player(player_events.Finished(1))
        assert book.happened() == [Finished(1, intact=True)]

    def test_another_recording_after_a_restart(self, book: Playbook) -> None:
        book.lose(Line.CONTROL)
        book.passes(0)
        book.accept()
        book.refuse(Hello, ErrorCode.NO_SUCH_SESSION)
        book.welcome()
        book.skip().refuse(Play, ErrorCode.NO_SUCH_TRACK, "")
        words = "The server does not have this track."
        assert book.happened() == [
            FinishBuffer(),
            Notice(f"{words} The rest will not come; it plays up to 0:02."),
        ]

    def test_a_server_that_shuts_down_is_looked_for(self, book: Playbook) -> None:
        book.control.bye(code=ErrorCode.SHUTTING_DOWN, text="", now=book.now)
        book.deliver()
        closed, *told = book.happened()
        assert closed == Closed(Cause.GOODBYE)
        words = "The server is shutting down."
        assert told == [
            Close(Line.CONTROL, linger=True),
            Close(Line.DATA),
            LinkLost(words, 0.0),
        ]
        book.passes(0)
        book.accept()
        assert book.happened() == [Connect(Line.CONTROL), Hello(1, 1, agent="test/1")]

    def test_an_idle_session_comes_back_with_the_next_command(self) -> None:
        book = Playbook().connect()
        book.control.bye(code=ErrorCode.TIMEOUT, text="", now=book.now)
        book.deliver()
        words = "The server has ended the session, which was idle. The next command connects again."
        assert book.happened()[-1] == Notice(words)
        book.passes(10_000)
        assert book.happened() == []
        book.ask(ListTracks(5))
        assert book.happened() == [Connect(Line.CONTROL)]
        book.accept()
        book.skip().welcome()
        assert List() in book.happened()

    def test_a_fault_that_another_attempt_would_only_repeat(self, book: Playbook) -> None:
        book.control.fail(ErrorCode.MALFORMED, "a message without an end")
        book.deliver()
        assert book.happened()[-1] == Disconnected("A message without an end.", error=True)


def test_sound_goes_on_from_the_buffer() -> None:
    book = Playbook()
    book.tracks[1] = recording(4000)
    book.connect().play(1)
    book.lose(Line.CONTROL)
    book.lose(Line.DATA)
    happened = book.happened()
    assert not any(isinstance(event, Silence | Load) for event in happened)
    assert OpenGate() not in happened
