# SPDX-License-Identifier: GPL-3.0-or-later
"""What the client tells in its BYE: starts, stalls, and how long there was sound."""

from dataclasses import replace
from functools import partial

import pytest

from client import player_events
from client.effects import Line
from client.hearing import KEPT, MOST, Hearing
from client.requests import Pause, PlayTrack, Quit, Seek, StopSong, Unpause
from client.settings import Settings
from client.song import Song
from control.events import Cause, Closed
from control.heard import Heard, Starts
from control.music_messages import Play
from tests.client.playbook import SETTINGS, Playbook
from tests.client.served import accepting, recording
from tests.client.songbook import FIRST, dry
from tests.client.tuning.studio import RadioBook, radio


def told(book: Playbook) -> Heard | None:
    """What the server is told when the user leaves now."""
    book.skip().ask(Quit(9))
    (closed,) = [event for event in book.happened() if isinstance(event, Closed)]
    assert closed.cause is Cause.BYE
    return closed.heard


def play(book: Playbook, track: int = 1, *, after: float = 0.0) -> int:
    """A song is asked for, and heard from so many seconds on; its number."""
    book.ask(PlayTrack(1, track))
    book.stream()
    book.now += after
    book.pump()
    number = book.client.snapshot(now=book.now).song
    book.player(player_events.Started(number, book.now))
    book.skip()
    return number


def stall(book: Playbook, number: int, seconds: float) -> None:
    """All that has come was played, so long ago."""
    book.consumed(FIRST)
    book.hear(partial(dry, book, number))
    book.player(player_events.Starved(number))
    book.now += seconds


def pause(book: Playbook) -> None:
    """For a minute."""
    book.ask(Pause(2))
    book.now += 60
    book.ask(Unpause(3))


class TestSongs:
    """Of a client that plays songs."""

    def test_nothing_was_played(self, book: Playbook) -> None:
        book.now += 10
        assert told(book) is None

    def test_what_never_began_is_not_told(self, book: Playbook) -> None:
        book.play(1)
        book.now += 10
        assert told(book) is None

    def test_a_song_until_it_is_stopped(self, book: Playbook) -> None:
        play(book, after=0.25)
        book.now += 60
        book.ask(StopSong(2))
        book.now += 100
        assert told(book) == Heard(seconds=60, songs=Starts(1, 250, 250))

    def test_a_song_to_its_end(self, book: Playbook) -> None:
        number = play(book)
        book.now += 7
        book.player(player_events.Finished(number))
        book.now += 100
        assert told(book) == Heard(seconds=7, songs=Starts(1, 0, 0))

    def test_until_the_user_leaves(self, book: Playbook) -> None:
        play(book)
        book.now += 5
        assert told(book) == Heard(seconds=5, songs=Starts(1, 0, 0))

    def test_the_median_and_the_worst(self, book: Playbook) -> None:
        for delay in (0.1, 3.0, 0.2, 0.3, 0.4):
            play(book, after=delay)
        heard = told(book)
        assert heard is not None
        assert heard.songs == Starts(5, 300, 3000)

    def test_a_seek_is_a_start(self, book: Playbook) -> None:
        play(book)
        book.ask(Seek(2, 3000))
        book.stream()
        book.now += 0.5
        book.player(player_events.Started(2, book.now))
        heard = told(book)
        assert heard is not None
        assert heard.songs == Starts(2, 0, 500)

    def test_a_start_that_the_listener_holds_up_is_none(self, book: Playbook) -> None:
        book.ask(PlayTrack(1, 1))
        book.stream()
        book.ask(Pause(2))
        book.pump()
        book.now += 60
        book.ask(Unpause(3))
        book.player(player_events.Started(1, book.now))
        book.now += 2
        assert told(book) == Heard(seconds=2)

    def test_a_pause_is_not_heard(self, book: Playbook) -> None:
        play(book)
        book.now += 2
        pause(book)
        book.now += 3
        assert told(book) == Heard(seconds=5, songs=Starts(1, 0, 0))

    def test_a_stall(self, book: Playbook) -> None:
        number = play(book)
        book.now += 2
        stall(book, number, 1.5)
        book.player(player_events.Continued(number))
        book.now += 4
        assert told(book) == Heard(6, 1, 1500, Starts(1, 0, 0))

    def test_a_stall_that_is_cut_short(self, book: Playbook) -> None:
        number = play(book)
        stall(book, number, 3)
        book.ask(StopSong(2))
        book.now += 60
        assert told(book) == Heard(0, 1, 3000, Starts(1, 0, 0))

    def test_a_pause_in_a_stall_is_the_listeners(self, book: Playbook) -> None:
        number = play(book)
        stall(book, number, 1)
        pause(book)
        book.now += 1
        assert told(book) == Heard(0, 1, 2000, Starts(1, 0, 0))

    def test_a_second_stall_is_counted(self, book: Playbook) -> None:
        number = play(book)
        for _ in range(2):
            stall(book, number, 1)
            book.player(player_events.Continued(number))
        heard = told(book)
        assert heard is not None
        assert (heard.stalls, heard.stalled) == (2, 2000)

    def test_the_song_plays_on_while_the_link_is_lost(self, book: Playbook) -> None:
        play(book)
        book.lose(Line.DATA)
        book.now += 2
        book.lose(Line.CONTROL)
        book.now += 3
        book.passes(1)
        book.accept()
        book.welcome(resumed=True, newest=1)
        heard = told(book)
        assert heard is not None
        assert (heard.seconds, heard.stalls) == (6, 0)


class TestNotTold:
    """Where the server is told nothing."""

    def test_the_user_does_not_want_it(self) -> None:
        book = Playbook(replace(SETTINGS, tells=False)).connect()
        play(book)
        book.now += 5
        assert told(book) is None

    def test_a_sink_that_does_not_keep_time(self) -> None:
        book = Playbook(keeps_time=False).connect()
        play(book)
        book.now += 5
        assert told(book) is None

    def test_a_client_tells_unless_it_is_told_not_to(self) -> None:
        assert Settings("h").tells


class TestStations:
    """Of a client that is tuned in."""

    @pytest.fixture
    def book(self) -> RadioBook:
        return radio()

    def test_its_starts_are_apart(self, book: RadioBook) -> None:
        book.listens()
        book.now += 30
        heard = told(book)
        assert heard == Heard(seconds=30, stations=Starts(1, 0, 0))

    def test_a_stall(self, book: RadioBook) -> None:
        book.listens()
        book.runs_dry()
        book.now += 2
        book.player(player_events.Continued(book.number))
        assert told(book) == Heard(0, 1, 2000, stations=Starts(1, 0, 0))


class TestFigures:
    """What can be said in 32 bits, of many starts."""

    def sounds(self, latency: float) -> Song:
        stream = accepting(Play(1, 1), recording(10))
        song = Song(stream, start_ms=0, asked_at=0, window=0, bounds=SETTINGS.bounds)
        song.has_sounded, song.latency = True, latency
        return song

    def test_the_median_is_of_the_latest(self) -> None:
        hearing = Hearing()
        for number in range(KEPT + 10):
            hearing.look(self.sounds(0 if number < 10 else 7), now=0)
        heard = hearing.figures(now=0)
        assert heard is not None
        assert heard.songs == Starts(KEPT + 10, 7, 7)

    def test_what_does_not_fit_is_the_most(self) -> None:
        hearing = Hearing()
        hearing.look(self.sounds(1e12), now=0)
        heard = hearing.figures(now=1e12)
        assert heard is not None
        assert (heard.seconds, heard.songs) == (MOST, Starts(1, MOST, MOST))
        assert len(heard.encode()) == 36

    def test_a_clock_that_goes_back_takes_nothing_away(self) -> None:
        hearing = Hearing()
        song = self.sounds(0)
        hearing.look(song, now=10)
        hearing.look(song, now=5)
        heard = hearing.figures(now=6)
        assert heard is not None
        assert heard.seconds == 1

    def test_nothing_is_heard_of_nothing(self) -> None:
        hearing = Hearing()
        hearing.look(None, now=0)
        assert hearing.figures(now=100) is None
