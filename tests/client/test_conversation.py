# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's conversation: lists, leaving, and a server that breaks the rules."""

import pytest

from client.effects import Close, Line, Load
from client.lines import UNANSWERED
from client.reports import (
    Disconnected,
    Listed,
    Refused,
    TrackLine,
)
from client.requests import ListTracks, Pause, PlayTrack, Quit, Seek, StopSong
from client.sentences import NOTHING_PLAYS
from client.trimmer import Cuts
from common.constants import MAX_BODY
from common.errors import ErrorCode
from control.events import Cause, Closed
from control.message import Message
from control.music_messages import List, TrackEntry, Tracks
from tests.client.playbook import Playbook


@pytest.fixture
def book(unconnected: Playbook) -> Playbook:
    return unconnected


class TestLists:
    """LIST and what can come of it."""

    ENTRY = TrackEntry(3, 99_000, "Canon", "Pachelbel", "Old")

    def test_a_list_is_asked_for_and_told(self, book: Playbook) -> None:
        book.connect().ask(ListTracks(9, "canon", after=2, limit=10))
        assert book.happened() == [List(2, 10, "canon")]
        number = book.answerable(List).number
        book.control.answer(number, Tracks(1, more=False, scanning=True, tracks=(self.ENTRY,)))
        book.deliver(cut=3)
        line = TrackLine(3, 99_000, "Canon", "Pachelbel", "Old")
        assert book.happened() == [Listed(9, 1, more=False, scanning=True, tracks=(line,))]

    def test_equal_lists_are_told_apart(self, book: Playbook) -> None:
        book.connect().ask(ListTracks(1))
        book.ask(ListTracks(2))
        book.skip()
        first, second = book.answerable(List), book.answerable(List)
        for request in (second, first):
            book.control.answer(request.number, Tracks(0, more=False, scanning=False, tracks=()))
        book.deliver()
        assert [listed.tag for listed in book.reports(Listed)] == [2, 1]
        book.skip()

    def test_a_refused_list(self, book: Playbook) -> None:
        book.connect().ask(ListTracks(9))
        book.skip().refuse(List, ErrorCode.UNREADABLE, "the folder is gone")
        words = "The server cannot read the file (the folder is gone)."
        assert book.happened() == [Refused(9, "UNREADABLE", words)]

    @pytest.mark.parametrize("query", ["x" * 256, "a\x1bb"])
    def test_a_text_that_does_not_fit(self, book: Playbook, query: str) -> None:
        book.connect().ask(ListTracks(9, query))
        (refused,) = book.happened()
        assert isinstance(refused, Refused)
        book.ask(ListTracks(10))
        assert book.happened() == [List()]

    def test_too_many_lists(self, book: Playbook) -> None:
        book.connect()
        for tag in range(65):
            book.ask(ListTracks(tag))
        refused = Refused(64, "", "Too many lists are being waited for already.")
        assert book.happened() == [*[List()] * 64, refused]

    def test_a_list_is_asked_again_when_the_link_is_back_and_no_third_time(
        self, book: Playbook
    ) -> None:
        book.connect().ask(ListTracks(8, "x"))
        book.ask(ListTracks(9))
        book.skip().refuse(List, ErrorCode.UNREADABLE, "the first")
        book.skip()
        for is_last in (False, True):
            book.lose(Line.CONTROL)
            refused = [Refused(9, "", UNANSWERED)] if is_last else []
            assert book.reports(Refused) == refused
            book.passes(1)
            book.accept()
            book.welcome(resumed=True)
            asked: list[Message] = [] if is_last else [List()]
            assert book.sent(List) == asked
            book.skip()

    def test_no_answer_comes_when_the_server_is_gone_for_good(self, book: Playbook) -> None:
        book.connect().ask(ListTracks(8))
        book.skip().control.fail(ErrorCode.MALFORMED, "no")
        book.deliver()
        assert book.reports(Refused) == [Refused(8, "", UNANSWERED)]
        book.skip()


class TestLeaving:
    """The end that the listener wants."""

    def test_quit_says_bye(self, book: Playbook) -> None:
        book.connect().ask(Quit(9))
        assert book.happened() == [
            Closed(Cause.BYE, 0, ""),
            Close(Line.DATA),
            Close(Line.CONTROL),
            Disconnected("", error=False),
        ]
        book.ask(ListTracks(10))
        book.ask(Quit(11))
        words = "The connection to the server has ended."
        assert book.happened() == [Refused(10, "", words)]

    def test_a_server_that_does_not_answer_bye(self, book: Playbook) -> None:
        book.connect()
        request = Quit(9)
        effects = book.client.request(request, asked_at=book.now, now=book.now)
        assert [type(effect) for effect in effects][-1] is Close
        book.passes(1.9)
        assert book.happened() == []
        book.ask(StopSong(4))
        assert len(book.reports(Refused)) == 1
        book.skip().passes(0.2)
        assert book.happened() == [Close(Line.CONTROL), Disconnected("", error=False)]

    def test_quit_before_there_is_a_connection(self, book: Playbook) -> None:
        book.skip().ask(Quit(9))
        assert book.happened() == [
            Close(Line.CONTROL),
            Disconnected("", error=False),
        ]

    def test_nothing_to_stop_pause_or_seek(self, book: Playbook) -> None:
        book.connect()
        for request in (StopSong(1), Pause(2), Seek(3, 10)):
            book.ask(request)
        assert book.happened() == [Refused(tag, "", NOTHING_PLAYS) for tag in (1, 2, 3)]


class TestBrokenRules:
    """The end that the server is to blame for."""

    def test_on_control(self, book: Playbook) -> None:
        book.connect().play(1)
        long = (MAX_BODY + 1).to_bytes(2, "big") + bytes(6)
        book.hear(lambda now: book.client.control_received(long, now=now))
        told, *rest = book.happened()
        assert isinstance(told, Closed)
        assert told.code == ErrorCode.TOO_LARGE
        assert rest[:2] == [Close(Line.CONTROL, linger=True), Close(Line.DATA)]
        assert isinstance(rest[-1], Disconnected)
        assert rest[-1].error

    def test_the_cause_is_told_once_with_a_list_open(self, book: Playbook) -> None:
        book.connect().ask(ListTracks(5))
        long = (MAX_BODY + 1).to_bytes(2, "big") + bytes(6)
        book.skip().hear(lambda now: book.client.control_received(long, now=now))
        told = [event for event in book.happened() if isinstance(event, Refused | Disconnected)]
        assert [type(event) for event in told] == [Refused, Disconnected]
        assert told[0].reason == UNANSWERED
        assert told[1].reason.startswith("The server broke the protocol: ")

    def test_on_data_is_told_on_control(self, book: Playbook) -> None:
        book.connect().play(1)
        book.receive(bytes.fromhex("0001 7fff 00000007 00000001 0000000000000000"))
        told, *rest = book.happened()
        assert isinstance(told, Closed)
        assert told.code == ErrorCode.UNKNOWN_TYPE
        assert rest[:2] == [Close(Line.CONTROL, linger=True), Close(Line.DATA)]
        assert isinstance(rest[-1], Disconnected)
        assert rest[-1].reason.startswith("The server broke the protocol: ")

    def test_a_stream_never_asked_for(self, book: Playbook) -> None:
        book.connect().play(1)
        book.sender.play(9, book.tracks[1].index, start=0, window=1000)
        book.pump()
        assert isinstance(book.happened()[-1], Disconnected)

    def test_messages_behind_a_bye_that_came_in_the_same_piece(self, book: Playbook) -> None:
        book.connect().ask(PlayTrack(1, 1))
        book.stream(deliver=False)
        bye = bytes.fromhex("0004 000b 00000001 000a 0000")
        both = book.control.data_to_send() + bye
        book.skip().hear(lambda now: book.client.control_received(both, now=now))
        assert Load(1, 16 << 20, Cuts()) in book.happened()
        book.passes(0)
        book.skip()
