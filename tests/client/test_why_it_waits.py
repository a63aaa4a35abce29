# SPDX-License-Identifier: GPL-3.0-or-later
"""What people are told of a wait, and how they end it with `play --now`."""

from functools import partial

from client import player_events
from client.effects import Hold, Line, OpenGate, Release
from client.reports import Activity, Done, Refused
from client.requests import Pause, PlayTrack, StartNow
from client.sentences import NOTHING_PLAYS, WAITS_FOR_NOTHING
from tests.client.playbook import Playbook
from tests.client.served import FRAME
from tests.client.songbook import dry, status
from tests.client.waits import Watched, asked, watched, with_song

STEP = 0.1  # seconds


class TestOutlook:
    """What people are told of the wait."""

    def test_not_in_the_first_second_and_then_once_a_second(self) -> None:
        book, rule = watched()
        book.pump(FRAME)
        for _ in range(9):
            book.passes(STEP)
            book.pump(FRAME)
        assert rule.outlooks == []
        assert status(book).mark is None
        book.passes(4.0)
        gaps = [b - a for a, b in zip(rule.outlooks, rule.outlooks[1:], strict=False)]
        assert len(rule.outlooks) == 4
        assert all(1.0 <= gap < 1.2 for gap in gaps)
        assert status(book).activity is Activity.BUFFERING
        assert (status(book).mark, status(book).wait) == (12.0, 9.0)

    def test_no_length_while_the_link_is_lost(self) -> None:
        book, _ = watched()
        book.pump(FRAME)
        book.passes(2.0)
        book.lose(Line.CONTROL)
        assert (status(book).mark, status(book).wait) == (12.0, None)

    def test_none_where_it_starts_at_once(self) -> None:
        book, rule = watched()
        book.pump(FRAME)
        book.passes(2.0)
        book.ask(StartNow(2))
        assert len(rule.outlooks) == 1
        assert status(book).activity is Activity.BUFFERING  # the sink has not begun yet
        assert status(book).mark is None

    def test_a_stall_has_one_too_while_nothing_comes(self) -> None:
        book, rule = watched()
        book.pump(100 * FRAME)
        book.ask(StartNow(2))
        book.player(player_events.Started(1, book.now))
        book.consumed(100 * FRAME)
        book.hear(partial(dry, book, 1))
        book.passes(1.2)
        assert len(rule.outlooks) == 1
        assert status(book).mark is None  # what the sink still has is heard
        book.player(player_events.Starved(1))
        assert status(book).mark == 12.0


class TestNow:
    """`play --now`."""

    def test_a_song_starts_with_its_first_bytes(self) -> None:
        book, _ = watched()
        asked(book, at_once=True)
        book.passes(5.0)
        assert OpenGate() not in book.happened()
        book.pump(FRAME)
        assert OpenGate() in book.happened()

    def test_the_song_that_waits_starts_with_what_there_is(self) -> None:
        book, _ = watched()
        book.pump(3 * FRAME)
        book.skip().ask(StartNow(7))
        assert book.happened() == [Done(7), OpenGate()]

    def test_a_song_without_a_byte_starts_with_the_first(self) -> None:
        book, _ = watched()
        book.ask(StartNow(7))
        assert book.happened() == [Done(7)]
        book.pump(FRAME)
        assert OpenGate() in book.happened()

    def test_a_song_that_is_only_asked_for_too(self) -> None:
        book = with_song(Playbook(rule=Watched()))
        book.ask(PlayTrack(1, 3))
        book.ask(StartNow(7))
        book.stream()
        book.pump(FRAME)
        assert OpenGate() in book.happened()

    def test_one_that_waits_for_the_link_too(self) -> None:
        book = Playbook(rule=Watched())
        book.ask(PlayTrack(1, 1))
        book.ask(StartNow(7))
        book.accept()
        book.welcome()
        book.accept(Line.DATA)
        book.attached()
        book.stream()
        book.pump(FRAME)
        assert OpenGate() in book.happened()

    def test_a_stall_later_goes_by_the_rule_again(self) -> None:
        book, rule = watched()
        asked(book, at_once=True)
        book.pump(FRAME)
        book.consumed(FRAME)
        book.hear(partial(dry, book, 2))
        rule.told.clear()
        book.skip().pump(100 * FRAME)
        assert OpenGate() not in book.happened()
        assert rule.told[-1].resuming
        book.ask(StartNow(7))
        assert OpenGate() in book.happened()

    def test_the_next_song_goes_by_the_rule_again(self) -> None:
        book, _ = watched()
        asked(book, at_once=True)
        asked(book)
        book.pump(FRAME)
        assert OpenGate() not in book.happened()

    def test_a_song_that_is_paused_goes_on(self) -> None:
        book, _ = watched()
        book.ask(StartNow(2))
        book.pump(FRAME)
        book.ask(Pause(3))
        assert Hold() in book.happened()
        book.ask(StartNow(7))
        assert book.happened() == [Release(), Done(7)]
        book.consumed(FRAME)
        book.hear(partial(dry, book, 1))
        book.pump(FRAME)
        assert OpenGate() not in book.happened()  # that was for once

    def test_no_gate_opens_on_nothing(self) -> None:
        book, _ = watched()
        asked(book, at_once=True)
        book.pump(FRAME)
        book.consumed(FRAME)
        book.hear(partial(dry, book, 2))
        book.skip().ask(StartNow(7))
        assert book.happened() == [Done(7)]
        book.pump(FRAME)
        assert OpenGate() in book.happened()

    def test_a_song_that_plays_waits_for_nothing(self) -> None:
        book, _ = watched()
        book.ask(StartNow(2))
        book.pump(FRAME)
        book.skip().ask(StartNow(7))
        assert book.happened() == [Refused(7, "", WAITS_FOR_NOTHING)]

    def test_nothing_plays(self) -> None:
        book = with_song(Playbook())
        book.ask(StartNow(7))
        assert book.happened() == [Refused(7, "", NOTHING_PLAYS)]
