# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Losing and Resuming": the data connection."""

import pytest

from client import player_events
from client.effects import Close, Connect, FinishBuffer, Line, Silence
from client.reports import (
    Accepted,
    Disconnected,
    Done,
    Finished,
    LinkBack,
    LinkLost,
    Notice,
    SongFailed,
)
from client.requests import PlayTrack, StopSong
from common.errors import ErrorCode
from control.music_messages import Play, Stop
from control.session_messages import Reopen
from data.frames import Attach, Fail
from tests.client.playbook import Fed, Playbook
from tests.client.served import FRAME, PORT, SESSION, ticket
from tests.client.songbook import DATA_CLOSED, FIRST, TOTAL, TUNED, rest, tuned


@pytest.fixture
def book(book: Playbook) -> Playbook:
    """Track 1 plays, and its first window has arrived."""
    return book.play(1)


class TestDataLost:
    """RFC.md: data connection lost, control alive."""

    def test_the_rest_goes_to_the_same_decoder(self, book: Playbook) -> None:
        book.lose(Line.DATA)
        assert book.happened() == [Close(Line.DATA), LinkLost(DATA_CLOSED, 0.0), Reopen()]
        assert not book.client.snapshot(now=book.now).status.linked
        book.port()
        assert book.happened() == [Connect(Line.DATA, PORT)]
        book.accept(Line.DATA)
        assert book.happened() == [Attach(SESSION, ticket(2))]
        book.attached()
        window = TOTAL - FIRST
        assert book.happened() == [rest(book, 2, FIRST, window), LinkBack()]
        book.stream()
        book.pump()
        assert book.happened() == [Fed(TOTAL - FIRST), FinishBuffer()]
        assert book.audio == book.tracks[1].audio
        book.player(player_events.Finished(1))
        assert book.happened() == [Finished(1, intact=True)]

    def test_in_the_middle_of_a_frame(self, book: Playbook) -> None:
        book.ask(PlayTrack(2, 1))
        book.stream()
        part = book.sender.next_parts(10 * FRAME)[0]
        audio = book.tracks[1].audio
        book.receive(part.header + audio[: 3 * FRAME + 100])
        book.lose(Line.DATA)
        book.port()
        book.accept(Line.DATA)
        book.attached()
        assert book.sent(Play)[-1] == rest(book, 3, 3 * FRAME + 100, tuned(FIRST + 3 * FRAME + 100))
        book.stream()  # begins at the frame that the missing byte is in
        book.pump_all()
        assert book.audio == audio
        book.skip().player(player_events.Finished(2))
        assert book.happened() == [Finished(2, intact=True)]

    def test_behind_the_last_byte_and_before_end(self, book: Playbook) -> None:
        parts = book.sender.next_parts(1 << 20)[:-1]
        audio = book.tracks[1].audio
        for part in parts:
            book.receive(part.header + audio[part.file_offset :][: part.length])
        assert book.audio == audio
        book.lose(Line.DATA)
        book.port()
        book.accept(Line.DATA)
        book.attached()
        assert book.sent(Play) == [rest(book, 2, TOTAL, 0)]
        book.skip().stream()
        book.pump()
        assert book.happened() == [FinishBuffer()]

    def test_behind_the_end_nothing_is_missing(self, book: Playbook) -> None:
        book.pump()
        book.skip().lose(Line.DATA)
        book.port()
        book.accept(Line.DATA)
        book.attached()
        assert book.sent(Play) == []
        assert book.reports(LinkBack)
        book.skip()

    def test_a_play_on_its_way_is_asked_again(self, book: Playbook) -> None:
        book.ask(PlayTrack(2, 2))
        book.lose(Line.DATA)
        book.skip().stream()  # the server had accepted it; that stream is over
        assert book.happened() == []
        book.port()
        book.accept(Line.DATA)
        book.attached()
        assert book.sent(Play) == [Play(2, 3, window=TUNED)]
        book.skip().stream()
        book.pump()
        assert [accepted.tag for accepted in book.reports(Accepted)] == [2]
        assert book.audio == book.tracks[2].audio
        book.skip()

    def test_a_play_on_its_way_that_is_refused_then(self, book: Playbook) -> None:
        book.ask(PlayTrack(2, 99))
        book.lose(Line.DATA)
        book.port()
        book.accept(Line.DATA)
        book.attached()
        book.skip().requests.pop(0)  # the first PLAY was lost with its answer
        book.refuse(Play, ErrorCode.NO_SUCH_TRACK)
        assert book.sent(Play) == [rest(book, 4, FIRST, TOTAL - FIRST)]
        book.stream()
        book.pump()
        assert book.audio == book.tracks[1].audio
        book.skip()

    def test_a_ticket_that_does_not_admit_us(self, book: Playbook) -> None:
        book.lose(Line.DATA)
        book.port()
        book.accept(Line.DATA)
        fail = Fail(SESSION, 0, 0, ErrorCode.BAD_TICKET, "expired")
        book.skip().receive(fail.encode())
        assert book.happened() == [Close(Line.DATA), LinkLost("Expired.", 0.5)]
        book.passes(0.5)
        assert book.happened() == [Reopen()]

    def test_waits_twice_as_long_each_time(self, book: Playbook) -> None:
        waits: list[float] = []
        book.lose(Line.DATA)
        for _ in range(9):
            book.port()
            book.hear(lambda now: book.client.data_failed("No route.", now=now))
            waits += [lost.retry_in_s for lost in book.reports(LinkLost)]
            book.skip().passes(waits[-1])
        assert waits[1:] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
        book.skip()

    def test_a_server_that_opens_no_port(self, book: Playbook) -> None:
        book.lose(Line.DATA)
        book.skip().refuse(Reopen, ErrorCode.UNREADABLE, "out of ports")
        (lost,) = book.reports(LinkLost)
        assert lost.retry_in_s == 0.5
        book.skip()

    def test_a_port_that_does_not_attach(self, book: Playbook) -> None:
        book.lose(Line.DATA)
        book.port()
        book.accept(Line.DATA)
        book.skip().passes(9.9)
        assert book.happened() == []
        book.passes(0.2)
        words = "The server does not answer on the data connection."
        assert book.happened() == [Close(Line.DATA), LinkLost(words, 0.5)]

    def test_silence_with_credit_is_a_loss(self, book: Playbook) -> None:
        book.consumed(FIRST)
        book.hear(lambda now: book.client.ran_dry(1, now=now))
        book.skip().passes(59)
        assert book.sent(Reopen) == []
        book.skip().passes(2)
        words = "The sound has stopped coming."
        assert book.happened() == [Close(Line.DATA), LinkLost(words, 0.0), Reopen()]

    def test_silence_without_credit_is_none(self, book: Playbook) -> None:
        book.pump()
        book.skip().passes(600)
        assert book.happened() == []

    def test_the_file_has_changed_meanwhile(self, book: Playbook) -> None:
        book.lose(Line.DATA)
        book.port()
        book.accept(Line.DATA)
        book.attached()
        book.skip().refuse(Play, ErrorCode.CHANGED, "")
        words = "The recording has changed on the server; play it again from the start."
        assert book.happened() == [
            FinishBuffer(),
            Notice(f"{words} The rest will not come; it plays up to 0:02."),
        ]
        book.player(player_events.Finished(1))
        assert book.happened() == [SongFailed(1, "CHANGED", words)]

    def test_stopped_while_the_data_connection_is_lost(self, book: Playbook) -> None:
        book.lose(Line.DATA)
        book.skip().ask(StopSong(2))
        assert book.happened() == [Silence(), Done(2)]
        book.port()
        book.accept(Line.DATA)
        book.attached()
        assert book.sent(Play) == []
        book.skip()

    def test_the_player_breaks_while_the_rest_is_asked_for(self, book: Playbook) -> None:
        book.lose(Line.DATA)
        book.port()
        book.accept(Line.DATA)
        book.attached()
        book.skip().player(player_events.Failed(1, "The card is gone."))
        assert book.happened() == [SongFailed(1, "", "The card is gone."), Stop(2)]
        book.stream()
        book.pump_all()
        assert book.happened() == []

    def test_a_stream_that_does_not_continue(self, book: Playbook) -> None:
        book.lose(Line.DATA)
        book.port()
        book.accept(Line.DATA)
        book.attached()
        book.skip().stream(offset=FIRST + 1)
        assert isinstance(book.happened()[-1], Disconnected)
