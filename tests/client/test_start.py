# SPDX-License-Identifier: GPL-3.0-or-later
"""When the sound starts and goes on: what the rule is told, and how often."""

from dataclasses import replace
from functools import partial

import pytest

from client.effects import FinishBuffer, Line, OpenGate
from client.requests import PlayTrack, Seek, StartNow
from client.settings import Bounds, Settings
from control.music_messages import Credit, Play
from data.waiting import FixedStart
from data.watermark import Limits, Watermark
from tests.client.playbook import SETTINGS, Playbook
from tests.client.served import FRAME, recording
from tests.client.songbook import dry, status, tuned
from tests.client.waits import FRAMES, asked, watched, with_song

STEP = 0.1  # seconds
NEED = 16_000  # bytes per second of these songs


def computing(limits: Limits | None = None, bounds: Bounds | None = None) -> Playbook:
    """A client with the computed mark."""
    settings = replace(SETTINGS, start=None, limits=limits or Limits(), bounds=bounds or Bounds())
    return with_song(Playbook(settings))


def until_open(book: Playbook, speed: float, *, most: float = 200.0) -> float:
    """Seconds until the gate opens, on a link of so many times the song's need."""
    begin, sent, is_open = book.now, 0, False
    while not is_open:
        assert book.now - begin < most
        book.passes(STEP)
        budget = int((book.now - begin) * NEED * speed) - sent
        if budget >= FRAME:
            sent += book.pump(budget)
        happened = book.happened()
        is_open = OpenGate() in happened or FinishBuffer() in happened
    return book.now - begin


def at_hand(book: Playbook) -> float:
    """Seconds of sound that have arrived, none of which was played."""
    return len(book.audio) / NEED


class TestMark:
    """How much sound is waited for."""

    def test_a_fast_link_starts_on_half_a_second(self) -> None:
        book = asked(computing())
        until_open(book, 10.0)
        assert 0.5 <= at_hand(book) < 1.7

    def test_a_slow_link_waits_for_what_it_will_owe(self) -> None:
        book = asked(computing())
        waited = until_open(book, 0.8)
        # 104 s of sound at 0.8: the last byte comes 130 s after the first.
        assert waited == pytest.approx(26, abs=6)

    @pytest.mark.parametrize(("most", "sound"), [(0.0, 0.0), (3.0, 3.0), (20.0, 20.0)])
    def test_never_waits_for_more_than_the_most(self, most: float, sound: float) -> None:
        book = asked(computing(Limits(least=0.0, least_on_fast=0.0, most=most)))
        until_open(book, 0.5)
        assert at_hand(book) == pytest.approx(sound, abs=0.15)

    @pytest.mark.parametrize("least", [0.0, 6.0, 90.0])
    def test_never_starts_on_less_than_the_least(self, least: float) -> None:
        book = asked(computing(Limits(least=least, least_on_fast=least)))
        until_open(book, 3.0)
        assert at_hand(book) == pytest.approx(max(least, 0.3), abs=0.5)

    def test_a_mark_beyond_the_buffer_gives_in(self) -> None:
        limits = Limits(least=600.0, least_on_fast=600.0, most=600.0)
        book = asked(computing(limits, Bounds(read_ahead=5.0)))
        until_open(book, 1.0)
        assert at_hand(book) == pytest.approx(5.0, abs=0.2)

    def test_so_does_one_beyond_the_bytes_that_may_be_held(self) -> None:
        limits = Limits(least=600.0, least_on_fast=600.0, most=600.0)
        book = asked(computing(limits, Bounds(max_buffer=5 * NEED)))
        until_open(book, 1.0)
        assert at_hand(book) == pytest.approx(5.0, abs=0.2)

    def test_a_song_that_is_there_whole_starts_at_any_mark(self) -> None:
        limits = Limits(least=600.0, least_on_fast=600.0, most=600.0)
        book = asked(computing(limits))
        until_open(book, 20.0)
        assert len(book.audio) == FRAMES * FRAME


class TestRule:
    """Which rule it is."""

    def test_the_mark_is_computed_unless_it_is_given(self) -> None:
        assert Settings("h").start_rule == Watermark(Limits())
        assert Settings("h", start=2.0).start_rule == FixedStart(2.0)

    def test_no_rule_wants_more_than_may_be_held(self) -> None:
        bounds = Bounds(read_ahead=5.0)
        assert Settings("h", start=60.0, bounds=bounds).start_rule == FixedStart(5.0)
        limits = Limits(most=30.0)
        rule = Settings("h", limits=limits, bounds=bounds).start_rule
        assert rule == Watermark(replace(limits, most=5.0))


class TestTold:
    """What the rule is told, and when."""

    def test_on_every_arrival_and_ten_times_a_second(self) -> None:
        book, rule = watched()
        assert rule.told == []  # no byte, no question
        book.pump(FRAME)
        book.pump(FRAME)
        assert len(rule.told) == 2
        book.passes(1.05)
        assert len(rule.told) == 12
        assert book.client.deadline() == pytest.approx(book.now + 0.05)

    def test_what_is_at_hand_and_for_how_long_it_waits(self) -> None:
        book, rule = watched()
        book.passes(3.0)  # for the first byte: that is not the link's speed
        book.pump(10 * FRAME)
        book.passes(2.0)
        latest = rule.told[-1]
        assert latest.held == 10 * FRAME
        assert latest.buffered == pytest.approx(10 * FRAME / NEED, abs=0.03)
        assert latest.waited == pytest.approx(2.0)
        assert latest.measured is not None
        assert latest.measured.elapsed == pytest.approx(2.0)
        assert latest.measured.mean == pytest.approx(5 * FRAME)
        assert not latest.resuming
        assert latest.demand.left == pytest.approx(104.5, abs=0.1)

    def test_the_demand_is_looked_up_once_a_wait(self) -> None:
        book, rule = watched()
        book.pump(FRAME)
        book.passes(1.0)
        assert len({id(told.demand) for told in rule.told}) == 1

    def test_a_seek_demands_from_its_target_and_measures_anew(self) -> None:
        book, rule = watched()
        book.pump(10 * FRAME)
        book.passes(5.0)
        book.ask(Seek(2, 50_000))
        book.stream()
        book.pump(FRAME)
        latest = rule.told[-1]
        assert latest.demand.left == pytest.approx(54.5, abs=0.1)
        assert latest.measured is not None
        assert latest.measured.elapsed == 0.0
        assert latest.waited == 0.0

    def test_after_a_stall_it_waits_from_then_and_from_there(self) -> None:
        book, rule = watched()
        book.pump(70 * FRAME)
        book.ask(StartNow(2))
        book.consumed(70 * FRAME)
        book.passes(10.0)
        rule.told.clear()
        book.hear(partial(dry, book, 1))
        book.passes(4.0)
        latest = rule.told[-1]
        assert latest.resuming
        assert latest.waited == pytest.approx(4.0, abs=0.11)
        assert latest.held == 0
        assert latest.demand.left == pytest.approx(104.5 - 1.83, abs=0.1)
        assert len({id(told.demand) for told in rule.told}) == 1

    def test_bytes_that_came_before_stream_count_for_the_song(self) -> None:
        book, rule = watched()
        book.pump(10 * FRAME)
        book.ask(PlayTrack(2, 1))
        book.stream(deliver=False)
        book.pump(5 * FRAME)
        rule.told.clear()
        book.deliver()
        book.passes(1.0)
        latest = rule.told[-1].measured
        assert latest is not None
        assert latest.mean == pytest.approx(5 * FRAME)


class TestSpeed:
    """Which time counts for the link's speed."""

    def full(self) -> Playbook:
        """Four seconds are held, and the server may send no more."""
        book = asked(computing(bounds=Bounds(read_ahead=4.0)))
        until_open(book, 2.0)
        book.pump_all()
        return book.skip()

    def test_none_in_which_the_server_may_not_send(self) -> None:
        book = self.full()
        before = status(book).rate
        assert before is not None
        book.passes(60.0)
        assert status(book).rate == pytest.approx(before)

    def test_all_in_which_it_may_and_nothing_comes(self) -> None:
        book = self.full()
        before = status(book).rate
        assert before is not None
        book.consumed(100 * FRAME)
        book.passes(10.0)
        assert book.sent(Credit)
        rate = status(book).rate
        assert rate is not None
        assert rate < 0.5 * before


class TestCredit:
    """How much is asked for on a link of that speed."""

    def test_what_came_during_a_round_trip_is_granted_three_times(self) -> None:
        book, _ = watched()
        for _ in range(40):
            book.pump(FRAME)
            book.passes(0.5)
        book.skip()
        book.pump(10 * FRAME)
        book.pump(10 * FRAME)
        credit = book.sent(Credit)[-1]
        assert isinstance(credit, Credit)
        assert credit.limit - len(book.audio) == 3 * 20 * FRAME

    def test_a_round_trip_is_as_long_as_the_quicker_of_welcome_and_stream(self) -> None:
        book = Playbook()
        book.tracks[3] = recording(FRAMES)
        book.accept()
        book.now += 0.9
        book.welcome()
        book.accept(Line.DATA)
        book.attached()
        book.ask(PlayTrack(1, 3))
        book.now += 0.2
        book.stream()
        sent = list[int]()
        for _ in range(100):
            book.skip().passes(0.13)
            book.pump(20 * FRAME)
            sent += [m.limit - len(book.audio) for m in book.sent(Credit) if isinstance(m, Credit)]
        # A look takes 0.25 s, in which two pieces come.
        assert set(sent[-20:]) == {3 * 2 * 20 * FRAME}

    def test_the_window_of_a_song_is_of_the_speed_of_the_one_before(self) -> None:
        book, _ = watched()
        book.pump(70 * FRAME)
        book.skip().ask(PlayTrack(2, 1))
        assert book.sent(Play) == [Play(1, 2, window=tuned(70 * FRAME))]
        book.stream()
        book.skip().ask(PlayTrack(3, 2))  # nothing of the second one has come
        assert book.sent(Play) == [Play(2, 3, window=tuned(70 * FRAME))]

    def test_a_song_of_ten_minutes_is_fetched_ahead(self) -> None:
        book = with_song(Playbook())
        book.tracks[3] = recording(24_000)  # 627 s
        asked(book)
        book.pump_all()
        assert len(book.audio) / NEED == pytest.approx(600, abs=2)
