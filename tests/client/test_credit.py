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

    def test_the_steps_are_as_large_on_a_slow_link(self, book: Playbook) -> None:
        book.ask(PlayTrack(1, 3))
        book.stream()
        for _ in range(100):
            book.passes(0.5)
            book.pump(8 * FRAME)
        book.consumed(20 * FRAME)
        book.passes(1.1)
        book.pump()
        assert 8.0 * 16000 - FRAME < len(book.audio) - 20 * FRAME <= 8.0 * 16000
        book.skip().consumed(90 * FRAME)  # 1.8 s
        book.passes(1.1)
        assert book.happened() == []
        book.consumed(100 * FRAME)
        book.passes(1.1)
        (credit,) = book.happened()
        assert isinstance(credit, Credit)
        assert credit.limit - len(book.audio) < 70 * FRAME  # not all of it at once

    @pytest.mark.parametrize(
        ("read_ahead", "top_up", "patience"), [(8.0, 2.0, 1.0), (8.0, 8.0, 1.0), (40.0, 8.0, 4.0)]
    )
    def test_looks_again_after_half_a_top_up_or_an_eighth_of_the_buffer(
        self, read_ahead: float, top_up: float, patience: float
    ) -> None:
        bounds = Bounds(read_ahead=read_ahead, top_up=top_up)
        book = Playbook(replace(SETTINGS, bounds=bounds)).connect()
        book.tracks[3] = recording(4000)
        self.fill(book)
        assert book.client.deadline() == book.now + patience

    def test_a_short_buffer_stays_more_than_half_full_however_large_the_top_up(self) -> None:
        bounds = Bounds(read_ahead=8.0, top_up=8.0)
        book = Playbook(replace(SETTINGS, bounds=bounds)).connect()
        book.tracks[3] = recording(4000)
        self.fill(book)
        levels = list[int]()
        for tick in range(300):
            book.consumed(tick * 4 * FRAME)  # 0.104 s of sound
            book.passes(0.104)
            book.pump()
            levels.append(len(book.audio) - tick * 4 * FRAME)
        # A quarter is worth a grant, and an eighth is played until that is looked at.
        assert min(levels) > (8 - 2 - 1) * 16000 - 5 * FRAME
        assert min(levels) < 6 * 16000

    def test_a_song_that_is_paused_gets_no_more(self, book: Playbook) -> None:
        self.fill(book)
        book.ask(Pause(2))
        book.skip().passes(3600)
        assert book.happened() == []

    def test_the_buffer_has_a_bound_in_bytes(self) -> None:
        bounds = Bounds(max_buffer=20_000)
        book = Playbook(replace(SETTINGS, bounds=bounds)).connect()
        book.tracks[3] = recording(4000)
        book.ask(PlayTrack(1, 3))
        assert book.sent(Play) == [Play(3, 1, window=20_000)]
        book.stream()
        book.pump_all()
        assert len(book.audio) == 20_000 // FRAME * FRAME

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
        assert deadline == book.now + 0.1
        book.skip().passes(10)
        assert book.happened() == []
