# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the client lets the server send, and what happens where that was not enough."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from client import player_events
from client.effects import OpenGate
from client.reports import (
    Activity,
    Continued,
    Stalled,
)
from client.requests import Pause, PlayTrack
from client.settings import Bounds
from control.music_messages import Credit, Play
from tests.client.playbook import SETTINGS, Playbook
from tests.client.served import FRAME, recording
from tests.client.songbook import FIRST, dry, status


class TestCredit:
    """How far the server may send."""

    @pytest.fixture
    def book(self) -> Iterator[Playbook]:
        bounds = Bounds(read_ahead=8.0, top_up=2.0)
        playbook = Playbook(replace(SETTINGS, bounds=bounds)).connect()
        playbook.tracks[3] = recording(4000)  # 104 seconds
        yield playbook
        playbook.over()

    def fill(self, book: Playbook) -> int:
        """As far as the buffer goes with nothing played; returns the last limit."""
        book.ask(PlayTrack(1, 3))
        book.stream()
        book.pump_all()
        granted = [m for m in book.sent(Credit) if isinstance(m, Credit)]
        book.skip()
        return granted[-1].limit

    def test_reads_ahead_so_many_seconds_and_no_further(self, book: Playbook) -> None:
        limit = self.fill(book)
        assert limit == pytest.approx(8.0 * 16000, rel=0.01)
        assert limit - FRAME < len(book.audio) <= limit
        book.passes(60)
        assert book.happened() == []

    def test_tops_up_in_large_steps_while_it_plays(self, book: Playbook) -> None:
        limit = self.fill(book)
        book.consumed(100 * FRAME)
        book.passes(1.1)
        (credit,) = book.happened()
        assert isinstance(credit, Credit)
        assert credit.limit - limit == pytest.approx(100 * FRAME, rel=0.01)

    def test_a_song_that_is_paused_gets_no_more(self, book: Playbook) -> None:
        self.fill(book)
        book.ask(Pause(2))
        book.skip().passes(3600)
        assert book.happened() == []

    def test_the_buffer_has_a_bound_in_bytes(self) -> None:
        bounds = Bounds(max_buffer=50_000)
        book = Playbook(replace(SETTINGS, bounds=bounds)).connect()
        book.tracks[3] = recording(4000)
        book.ask(PlayTrack(1, 3))
        assert book.sent(Play) == [Play(3, 1, window=50_000)]
        book.stream()
        book.pump_all()
        assert len(book.audio) == 50_000 // FRAME * FRAME

    def test_a_rule_that_wants_more_than_may_be_held_gives_in(self) -> None:
        bounds = Bounds(read_ahead=1.0)
        book = Playbook(replace(SETTINGS, bounds=bounds, start=20.0)).connect()
        book.ask(PlayTrack(1, 1))
        book.stream()
        book.pump_all()
        assert OpenGate() in book.happened()


class TestStalls:
    """Sound that stops because nothing has arrived."""

    def test_a_stall_is_told_with_its_length(self, book: Playbook) -> None:
        book.play(1)
        book.consumed(FIRST)
        book.player(player_events.Started(1, book.now))
        book.skip().hear(partial(dry, book, 1))
        book.player(player_events.Starved(1))
        assert book.happened() == [Stalled(1)]
        assert status(book).activity is Activity.BUFFERING
        assert status(book).stalls == 1
        book.now += 2
        book.pump(30 * FRAME)  # 0.8 s: after a stall a whole second is wanted
        assert OpenGate() not in book.happened()
        book.pump(30 * FRAME)
        assert OpenGate() in book.happened()
        book.now += 0.5
        book.player(player_events.Continued(1))
        assert book.happened() == [Continued(1, 2500.0)]

    def test_bytes_that_come_while_the_sink_still_sounds_are_no_stall(self, book: Playbook) -> None:
        book.play(1)
        book.consumed(FIRST)
        book.hear(partial(dry, book, 1))
        book.pump()
        book.skip().player(player_events.Starved(1))
        book.player(player_events.Continued(1))
        assert book.happened() == []

    def test_a_sink_that_does_not_keep_time_never_stalls(self) -> None:
        book = Playbook(keeps_time=False).connect().play(1)
        book.consumed(FIRST)
        book.hear(partial(dry, book, 1))
        book.skip().player(player_events.Starved(1))
        assert book.happened() == []

    def test_a_rule_is_asked_again_while_nothing_arrives(self, book: Playbook) -> None:
        book.ask(PlayTrack(1, 1))
        book.stream()
        book.pump(FRAME)
        deadline = book.client.deadline()
        assert deadline == book.now + 0.25
        book.skip().passes(10)
        assert book.happened() == []
