# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Draining": the client holds what it can, and asks the next server for the rest."""

from dataclasses import replace

import pytest

from client import player_events
from client.effects import Close, Connect, Line
from client.reports import Disconnected, Finished, LinkLost, Notice, Refused
from client.requests import PlayTrack
from client.settings import Bounds
from common.errors import ErrorCode
from control.music_messages import Credit, Play
from control.session_messages import Drain, Hello
from tests.client.playbook import SETTINGS, Playbook
from tests.client.served import FRAME
from tests.client.songbook import TOTAL, rest

SHORT = replace(SETTINGS, bounds=Bounds(read_ahead=6.0))
HELD = 231 * FRAME  # bytes of six seconds of sound, and a frame
DOWN = "The server is shutting down (stopped)."


@pytest.fixture
def book() -> Playbook:
    """Track 1 plays, and no more of it has arrived than may be read ahead."""
    book = Playbook(SHORT).connect().play(1)
    book.pump_all()
    assert len(book.audio) < HELD < TOTAL
    return book.skip()


def drain(book: Playbook, until: int = 60) -> None:
    """The server says DRAIN."""
    book.control.notify(Drain(until))
    book.deliver()


def send_away(book: Playbook) -> None:
    """The server says BYE."""
    book.control.bye(code=ErrorCode.SHUTTING_DOWN, text="stopped", now=book.now)
    book.deliver()


def next_server(book: Playbook) -> None:
    """Its successor welcomes the client."""
    book.new_session(8)
    book.passes(0)
    book.accept()
    assert book.sent(Hello)[-1] == Hello(1, 1, agent="test/1")
    book.welcome()
    book.accept(Line.DATA)
    book.attached()


def test_told_of_it_the_client_grants_all_that_it_can_hold(book: Playbook) -> None:
    drain(book)
    words = "The server is shutting down (what is playing has 60 s to arrive)."
    assert book.reports(Notice) == [Notice(words)]
    assert book.sent(Credit) == [Credit(1, TOTAL)]
    book.pump()
    assert book.audio == book.tracks[1].audio


def test_it_never_grants_more_than_it_can_hold() -> None:
    bounds = Bounds(read_ahead=6.0, max_buffer=HELD + 1000)
    book = Playbook(replace(SETTINGS, bounds=bounds)).connect().play(1)
    book.pump_all()
    book.skip()
    drain(book)
    book.pump_all()
    assert all(credit.limit <= bounds.max_buffer for credit in book.sent(Credit))  # type: ignore[attr-defined]
    assert len(book.audio) <= bounds.max_buffer


def test_without_a_song_there_is_nothing_to_grant() -> None:
    book = Playbook().connect()
    drain(book)
    assert book.happened() == [Notice("The server is shutting down.")]


def test_sent_away_it_asks_the_next_server_for_the_rest(book: Playbook) -> None:
    arrived = len(book.audio)
    send_away(book)
    assert Close(Line.DATA) in book.happened()
    next_server(book)
    (asked,) = book.sent(Play)
    assert isinstance(asked, Play)
    assert asked == rest(book, 2, arrived, asked.window)
    book.stream()
    while book.pump():
        book.consumed(len(book.audio))
        book.passes(10.0)
    book.player(player_events.Finished(book.song))
    assert book.reports(Finished) == [Finished(1, intact=None)]


def test_at_the_next_server_it_reads_ahead_as_ever(book: Playbook) -> None:
    drain(book)
    send_away(book)
    next_server(book)
    (asked,) = book.sent(Play)
    assert isinstance(asked, Play)
    assert asked.start + asked.window <= HELD


def test_a_play_that_it_refuses_is_asked_at_the_next_one(book: Playbook) -> None:
    drain(book)
    book.ask(PlayTrack(2, 2))
    book.refuse(Play, ErrorCode.SHUTTING_DOWN, "stopped")
    assert book.reports(Refused) == []
    assert book.reports(LinkLost) == [LinkLost(DOWN, 0.0)]
    book.skip()
    next_server(book)
    (asked,) = book.sent(Play)
    assert isinstance(asked, Play)
    assert (asked.track, asked.start) == (2, 0)
    book.stream()
    book.pump()
    assert book.audio == book.tracks[2].audio[: len(book.audio)]


def test_where_there_is_no_next_one_yet_it_is_looked_for(book: Playbook) -> None:
    send_away(book)
    assert book.reports(LinkLost) == [LinkLost(DOWN, 0.0)]
    book.passes(0)
    book.skip().hear(lambda now: book.client.control_failed("Refused.", now=now))
    book.passes(0.5)
    assert Connect(Line.CONTROL) in book.happened()
    book.accept()
    book.refuse(Hello, ErrorCode.SHUTTING_DOWN, "stopped")  # it waited for the old one
    assert book.reports(Disconnected) == []
    book.passes(1.0)
    next_server(book)
    assert len(book.sent(Play)) == 1
