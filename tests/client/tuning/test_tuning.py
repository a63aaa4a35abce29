# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Stations": tuning in, starting, titles and stalls."""

import pytest

from client import player_events
from client.effects import (
    FinishBuffer,
    LoadProgramme,
    OpenGate,
)
from client.reports import (
    Activity,
    Continued,
    Disconnected,
    Done,
    Notice,
    Refused,
    SongFailed,
    Stalled,
    Started,
)
from client.requests import StartNow
from client.settings import Settings
from client.tuning.backlog import CAPACITY
from client.tuning.reports import Missed, SongHeard, TunedIn
from common.errors import ErrorCode
from control.station_messages import Tune
from tests.client.playbook import Fed
from tests.client.served import SESSION
from tests.client.tuning.studio import STRETCH, STRETCHES, RadioBook, Studio, radio


class TestStart:
    """From `tune` to the first sound."""

    def test_the_sound_starts_with_about_a_second(self, book: RadioBook) -> None:
        book.tune()
        assert book.happened() == [Tune(1, "main")]
        book.tuned()
        assert book.happened() == [LoadProgramme(1, CAPACITY), TunedIn(1, 1, "main", 6000)]
        assert book.client.snapshot(now=book.now).status.activity is Activity.BUFFERING
        book.air(2)
        first = book.happened()
        assert first[0] == book.studio.begins(1)
        assert OpenGate() not in first
        book.air()
        assert book.happened()[-1] == OpenGate()
        book.player(player_events.Started(1, book.now + 0.5))
        assert book.happened() == [Started(1, 500.0)]

    def test_as_much_as_the_user_wants(self) -> None:
        book = RadioBook(Settings("radio.example", 8080, agent="test/1", start=2.0))
        book.studio = Studio()
        book.connect()
        book.tune()
        book.tuned()
        book.air(4)
        assert OpenGate() not in book.happened()
        book.air()
        assert book.happened()[-1] == OpenGate()

    def test_at_once_if_the_user_wants(self, book: RadioBook) -> None:
        book.tune()
        book.tuned()
        book.air()
        book.skip().ask(StartNow(2))
        assert book.happened() == [Done(2), OpenGate()]

    def test_in_the_middle_of_a_song(self, book: RadioBook) -> None:
        book.tune()
        book.tuned(stretch=5)
        book.skip().air()
        assert book.happened()[0] == book.studio.begins(2, stretch=1)
        # What the decoder throws away is no sound to start with.
        book.air(2)
        assert OpenGate() not in book.happened()
        book.air()
        assert OpenGate() in book.happened()

    def test_what_comes_before_tuned_waits_for_it(self, book: RadioBook) -> None:
        book.tune()
        book.tuned(deliver=False)
        book.air(4)
        assert book.happened() == [Tune(1, "main")]
        book.deliver()
        kinds = [type(event) for event in book.happened()]
        assert kinds[:2] == [LoadProgramme, TunedIn]
        assert OpenGate in kinds

    def test_a_station_that_is_not_there(self, book: RadioBook) -> None:
        book.tune()
        book.skip().refuse(Tune, ErrorCode.NO_SUCH_STATION, "")
        (refused,) = book.happened()
        assert isinstance(refused, Refused)
        assert (refused.tag, refused.code) == (1, "NO_SUCH_STATION")


class TestTitles:
    """The title changes when the sound does."""

    def test_each_is_told_when_it_is_heard(self, book: RadioBook) -> None:
        book.listens()
        book.air(2)  # the next song has arrived
        assert book.happened()[1:] == [book.studio.begins(2), Fed(417 * 19)]
        book.player(player_events.SongHeard(1, 2, book.now))
        assert book.happened() == [SongHeard(1, "main", book.studio.on_air(2))]
        station = book.client.snapshot(now=book.now).status.station
        assert station is not None
        assert station.song == book.studio.on_air(2)

    def test_a_song_that_cannot_be_decoded_is_told(self, book: RadioBook) -> None:
        book.listens()
        book.player(player_events.SongFailed(1, 1, "It is no sound."))
        text = "“Song 1” cannot be heard: It is no sound. The station goes on."
        assert book.happened() == [Notice(text)]

    def test_behind_a_gap_in_a_song_its_title_is_no_news(self, book: RadioBook) -> None:
        book.listens(stretches=1)
        book.fails(ErrorCode.BEHIND)
        book.tuned(stretch=2)
        book.skip().air()
        assert book.happened() == [book.studio.begins(1, stretch=2), Fed(417 * 19)]
        book.player(player_events.SongHeard(1, 1, book.now))
        assert book.happened() == []
        book.passes(0.0)

    def test_of_another_station_nothing_is_told(self, book: RadioBook) -> None:
        book.listens()
        book.player(player_events.SongHeard(7, 2, book.now))
        book.player(player_events.Starved(7))
        assert book.happened() == []


class TestStalls:
    """What runs dry goes on with two seconds; what is too old is left behind."""

    def test_it_goes_on_with_two_seconds(self, book: RadioBook) -> None:
        book.listens()
        book.runs_dry()
        assert book.happened() == [Stalled(1)]
        book.air(4)
        assert OpenGate() not in book.happened()
        book.passes(3.0)
        book.air()
        assert book.happened()[-1] == OpenGate()
        book.player(player_events.Continued(1))
        (on,) = book.happened()
        assert isinstance(on, Continued)
        assert on.stalled_ms == pytest.approx(3000.0)

    def test_too_far_behind_it_tunes_in_anew(self, book: RadioBook) -> None:
        book.listens(stretches=3)
        book.runs_dry()
        # 6 s behind at first, and 17 s later.
        book.passes(17.0)
        book.skip().air(5)
        assert book.happened()[-1] == Tune(2, "main")
        book.air(2)  # which was on its way
        assert book.happened() == []
        book.tuned(stretch=16, behind=6.0)
        # What waits is too old to be heard.
        load, missed = book.happened()
        assert load == LoadProgramme(1, CAPACITY)
        assert isinstance(missed, Missed)
        # The first 8 stretches came: the rest of what was due 17 s ago is lost.
        assert missed.missed_ms == pytest.approx(1000 * (17.0 - 8 * STRETCH), abs=2)
        book.air(5)
        happened = book.happened()
        assert happened[0] == book.studio.begins(5)
        assert happened[-1] == OpenGate()
        book.player(player_events.Started(1, book.now))
        assert book.happened() == [Continued(1, 17_000.0)]

    def test_fail_behind_does_the_same(self, book: RadioBook) -> None:
        book.listens()
        book.fails(ErrorCode.BEHIND)
        assert book.happened() == [Tune(2, "main")]
        book.tuned(stretch=8, behind=5.0)
        assert [type(event) for event in book.happened()] == [Missed]
        book.air()
        assert book.happened() == [book.studio.begins(3), Fed(417 * 19)]

    def test_another_failure_is_the_end_of_the_station(self, book: RadioBook) -> None:
        book.listens()
        book.fails(ErrorCode.UNREADABLE)
        assert book.happened() == [FinishBuffer()]
        book.player(player_events.Finished(1))
        assert book.happened() == [
            SongFailed(1, "UNREADABLE", "The server cannot read the file."),
        ]
        book.passes(100.0)
        book.skip()


class TestSilentStation:
    """A station that has nothing to play for a while."""

    def test_it_is_heard_when_it_is_on_the_air_again(self, book: RadioBook) -> None:
        book.listens(stretches=4)
        book.runs_dry()
        book.passes(50.0)
        book.skip().air(4)
        assert book.happened()[:1] == [book.studio.begins(2)]
        book.passes(0.1)
        assert not book.sent(Tune)

    def test_it_is_asked_for_once_however_late_it_seems(self, book: RadioBook) -> None:
        book.tune()
        book.tuned(behind=300.0)
        book.air(4)
        book.tuned(stretch=1, behind=300.0)
        book.air(7)
        assert len(book.sent(Tune)) == 2
        assert OpenGate() in book.happened()


class TestRules:
    """What a server must not send."""

    def test_a_forged_stretch_is_a_broken_rule(self) -> None:
        book = radio()
        book.tune()
        book.tuned()
        assert book.cursor is not None
        frames = book.cursor.next_frames(SESSION, 1, 1)
        data = bytearray(b"".join(out.header + out.payload for out in frames))
        data[-1] ^= 1
        book.skip().receive(bytes(data))
        (ended,) = book.reports(Disconnected)
        assert ended.error

    def test_nothing_of_a_forged_stretch_is_heard(self) -> None:
        book = radio()
        book.tune()
        book.tuned()
        assert book.cursor is not None
        frames = book.cursor.next_frames(SESSION, 1, 1)
        book.skip().receive(b"".join(out.header + out.payload for out in frames[:-1]))
        assert book.happened() == []

    def test_songs_have_as_many_stretches_as_the_tests_think(self) -> None:
        assert len(Studio(2).offsets) == 2 * STRETCHES
