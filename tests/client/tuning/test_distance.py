# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Keeping the Distance": what is held is watched, corrected, bounded and told."""

import pytest

from client import player_events
from client.effects import BeginSong, LoadProgramme, OpenGate, Slip
from client.reports import Status
from client.tuning.backlog import CAPACITY, MOST_HELD
from client.tuning.reports import Missed, StationStatus
from tests.client.tuning.studio import STRETCH, RadioBook, Studio, radio

FRAME = 1152 / 44100  # seconds


def station(book: RadioBook) -> StationStatus:
    """How the station is heard now."""
    status: Status = book.client.snapshot(now=book.now).status
    assert status.station is not None
    return status.station


def plays(book: RadioBook, seconds: float, *, held: float) -> list[Slip]:
    """Time passes, and so much is held whenever a stretch comes; what the player is told."""
    slips: list[Slip] = []
    for _ in range(int(seconds / STRETCH)):
        book.now += STRETCH
        book.holds(held)
        book.air()
        for event in book.happened():
            if isinstance(event, BeginSong):
                book.player(player_events.SongHeard(book.number, event.number, book.now))
            elif isinstance(event, Slip):
                slips.append(event)
    return slips


class TestSlips:
    """Holding the distance that the first minute has shown."""

    def test_what_is_too_much_is_left_out_and_no_more(self) -> None:
        book = radio(Studio(120))
        book.listens()
        assert plays(book, 80, held=5.0) == []
        slips = plays(book, 120, held=5.3)
        frames = round(0.3 / FRAME)
        assert slips[-1] == Slip(frames)
        book.player(player_events.Slipped(1, frames))
        assert plays(book, 5, held=5.3 - frames * FRAME) == [Slip(0)]

    def test_what_is_too_little_is_repeated(self) -> None:
        book = radio(Studio(120))
        book.listens()
        plays(book, 80, held=5.0)
        assert plays(book, 120, held=4.7)[-1] == Slip(-round(0.3 / FRAME))

    def test_the_distance_behind_a_stall_is_held_as_it_is(self) -> None:
        book = radio(Studio(160))
        book.listens()
        plays(book, 80, held=5.0)
        book.runs_dry()
        book.now += 3.0
        book.air(6)
        book.player(player_events.Continued(1))
        book.skip()
        # What comes at once after a stall of three seconds is no surplus.
        assert plays(book, 90, held=8.0) == []

    def test_another_station_is_another_distance(self) -> None:
        book = radio(Studio(120))
        book.listens()
        plays(book, 80, held=5.0)
        book.tune("jazz", tag=2)
        book.tuned(stretch=200)
        book.air(3)
        number = book.number
        book.player(player_events.Started(number, book.now))
        book.skip()
        assert plays(book, 80, held=3.0) == []


class TestDistance:
    """What is said of it."""

    def test_it_is_counted_from_what_tuned_said(self, book: RadioBook) -> None:
        book.listens(behind=6.0)
        assert station(book).behind == pytest.approx(6.0)
        book.now += 2.0
        book.holds(0.0)
        # Two seconds later, what came is played: the rest of its six seconds is due.
        assert station(book).behind == pytest.approx(6.0 + 2.0 - 3 * STRETCH)
        assert station(book).drift is None

    def test_the_status_is_of_the_song_that_is_heard(self, book: RadioBook) -> None:
        book.listens(stretch=5)
        status = book.client.snapshot(now=book.now).status
        assert status.track is not None
        assert (status.track.track, status.track.title) == (0, "Song 2")
        assert status.position == pytest.approx(STRETCH, abs=0.01)
        assert status.buffered_to == pytest.approx(4 * STRETCH, abs=0.01)
        assert status.duration == pytest.approx(4 * STRETCH, abs=0.01)


class TestBounds:
    """A sink that takes no sound, or a server that keeps no schedule."""

    @pytest.mark.parametrize(("seconds", "size"), [(MOST_HELD, 0), (0.0, CAPACITY)])
    def test_what_nobody_takes_is_dropped_and_told(
        self, book: RadioBook, seconds: float, size: int
    ) -> None:
        book.listens()
        book.holds(seconds, size)
        book.air()
        missed, load, begins, _ = book.happened()
        assert missed == Missed(1, "main", int(seconds * 1000))
        assert load == LoadProgramme(1, CAPACITY)
        assert begins == book.studio.begins(1, stretch=3)
        book.air(4)
        assert OpenGate() in book.happened()

    def test_songs_that_are_very_short(self) -> None:
        book = radio(Studio(80))
        book.listens()
        for _ in range(75 * 4):
            book.holds(1.0)
            book.air()
        assert len(book.reports(Missed)) == 1
