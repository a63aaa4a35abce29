# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Stations": tuning in, starting, going on behind a loss, and giving way."""

import pytest

from client import player_events
from client.effects import (
    Close,
    Connect,
    FinishBuffer,
    Line,
    Load,
    LoadProgramme,
    OpenGate,
    Silence,
)
from client.reports import (
    Activity,
    Connected,
    Continued,
    Disconnected,
    Done,
    LinkBack,
    LinkLost,
    Notice,
    Refused,
    SongFailed,
    Stalled,
    Started,
)
from client.requests import Pause, PlayTrack, Seek, StartNow, StopSong
from client.settings import Settings
from client.trimmer import Cuts
from client.tuning.backlog import CAPACITY
from client.tuning.reports import Missed, SongHeard, TunedIn
from client.tuning.sentences import NO_PAUSE, NO_SEEK
from client.tuning.tunes import OVERTAKEN
from common.constants import FIRST_WINDOW
from common.errors import ErrorCode
from control.music_messages import Play, StartKind, Stop
from control.session_messages import Hello, Reopen
from control.station_messages import Tune
from data.frames import Attach, Data
from tests.client.playbook import Fed
from tests.client.served import PORT, SESSION, ticket
from tests.client.songbook import CLOSED, DATA_CLOSED
from tests.client.tuning.studio import STATION_ID, STRETCH, STRETCHES, RadioBook, Studio, radio


def resumed(stream: int, book: RadioBook, stretch: int) -> Tune:
    """The TUNE that asks for what follows, from this stretch on."""
    return Tune(stream, "main", book.studio.offsets[stretch], STATION_ID)


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


class TestDataLost:
    """Data connection lost, control alive."""

    def lost(self, book: RadioBook) -> None:
        book.listens()
        book.lose(Line.DATA)
        assert book.happened() == [Close(Line.DATA), LinkLost(DATA_CLOSED, 0.0), Reopen()]
        book.port()
        book.accept(Line.DATA)
        assert book.happened() == [Connect(Line.DATA, PORT), Attach(SESSION, ticket(2))]
        book.attached()
        assert book.happened() == [resumed(2, book, 3), LinkBack()]

    def test_it_goes_on_where_it_was(self, book: RadioBook) -> None:
        self.lost(book)
        book.tuned(stretch=3, behind=5.0)
        book.air()
        # No song begins: it is the next byte of the same one.
        assert book.happened() == [Fed(417 * 19)]

    def test_what_was_missed_is_told(self, book: RadioBook) -> None:
        self.lost(book)
        book.passes(20.0)
        book.skip().tuned(stretch=13, behind=6.0)
        (missed,) = book.happened()
        assert isinstance(missed, Missed)
        # What it had ended 4.5 s behind the live edge, and time went on.
        assert missed.missed_ms == pytest.approx(20_000 - 3000 * STRETCH, abs=2)
        book.air()
        assert book.happened() == [book.studio.begins(4, stretch=1), Fed(417 * 19)]

    def test_another_station_id_is_another_stream(self, book: RadioBook) -> None:
        self.lost(book)
        book.studio = Studio(first=0, station_id=bytes([9]) * 16)
        book.tuned(stretch=4, behind=6.0)
        assert book.happened() == [Missed(1, "main", None)]
        book.air()
        assert book.happened() == [book.studio.begins(2), Fed(417 * 19)]

    def test_a_station_that_has_gone_is_heard_to_its_end(self, book: RadioBook) -> None:
        self.lost(book)
        book.refuse(Tune, ErrorCode.NO_SUCH_STATION, "")
        assert book.happened() == [FinishBuffer()]
        book.player(player_events.Finished(1))
        (failed,) = book.happened()
        assert isinstance(failed, SongFailed)
        assert failed.code == "NO_SUCH_STATION"

    def test_silence_counts_as_loss(self, book: RadioBook) -> None:
        book.listens()
        book.passes(59.0)
        assert LinkLost("The sound has stopped coming.", 0.0) not in book.happened()
        book.passes(2.0)
        assert LinkLost("The sound has stopped coming.", 0.0) in book.happened()

    def test_silence_is_no_loss_where_nothing_is_on_the_air(self, book: RadioBook) -> None:
        book.tune()
        book.tuned(behind=0.0)
        book.passes(120.0)
        assert not book.reports(LinkLost)
        book.air()
        book.passes(62.0)
        assert LinkLost("The sound has stopped coming.", 0.0) in book.happened()


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


class TestControlLost:
    """Control connection lost."""

    def test_the_sound_goes_on(self, book: RadioBook) -> None:
        book.listens()
        book.lose(Line.CONTROL)
        assert book.happened()[1] == LinkLost(CLOSED, 0.0)
        book.air()
        assert book.happened() == [Fed(417 * 19)]
        book.passes(0.0)
        book.accept()
        book.skip().welcome(resumed=True, newest=1)
        assert book.happened() == [Connected("srv/1", True), LinkBack()]
        book.air()
        assert book.happened()[-1] == Fed(417 * 19)

    def test_a_tune_that_has_not_arrived_is_sent_again(self, book: RadioBook) -> None:
        book.tune()
        book.lose(Line.CONTROL)
        book.passes(0.0)
        book.accept()
        book.skip().welcome(resumed=True, newest=0)
        assert book.sent(Tune) == [Tune(2, "main")]
        book.skip()

    def test_an_answer_that_was_lost(self, book: RadioBook) -> None:
        book.tune()
        book.tuned(deliver=False)
        book.air(2)
        book.skip().lose(Line.CONTROL)
        book.passes(0.0)
        book.accept()
        book.skip().welcome(resumed=True, newest=1)
        assert [event for event in book.happened() if isinstance(event, Stop | Tune)] == [
            Stop(1),
            Tune(2, "main"),
        ]
        book.air(2)  # of the stream that was stopped
        assert book.happened() == []

    def test_a_session_that_is_forgotten(self, book: RadioBook) -> None:
        book.listens()
        book.lose(Line.CONTROL)
        book.passes(0.0)
        book.accept()
        book.refuse(Hello, ErrorCode.NO_SUCH_SESSION)
        book.new_session(8)
        book.skip().welcome()
        assert book.sent(Tune) == [resumed(2, book, 3)]
        book.skip()
        book.tuned(stretch=3, behind=5.0)
        book.accept(Line.DATA)
        book.attached()
        book.skip().air()
        assert book.happened() == [Fed(417 * 19)]


class TestGivingWay:
    """At most one thing is heard, and the latest word counts."""

    def test_a_song_ends_the_station(self, book: RadioBook) -> None:
        book.listens()
        book.ask(PlayTrack(2, 1))
        assert book.happened() == [Play(1, 2, StartKind.TIME, 0, FIRST_WINDOW)]
        book.air()  # heard on, until the server has accepted
        assert book.happened() == [Fed(417 * 19)]
        book.stream()
        assert book.happened()[0] == Load(2, 16 << 20, Cuts())
        book.air()  # which was on its way
        assert book.happened() == []
        assert book.client.snapshot(now=book.now).status.station is None
        book.pump()
        book.skip()

    def test_a_song_that_is_refused_does_not(self, book: RadioBook) -> None:
        book.listens()
        book.ask(PlayTrack(2, 9))
        book.skip().refuse(Play, ErrorCode.NO_SUCH_TRACK)
        book.skip().air()
        assert book.happened() == [Fed(417 * 19)]

    def test_a_station_ends_the_song(self, book: RadioBook) -> None:
        book.play(1)
        book.tune(tag=2)
        assert book.happened() == [Tune(2, "main")]
        book.tuned()
        assert book.happened() == [LoadProgramme(2, CAPACITY), TunedIn(2, 2, "main", 6000)]
        book.sender.credit(1, 1 << 20)
        book.pump()  # which was on its way
        # Nobody looks at the stream any more, whatever is wrong with it.
        book.receive(Data(SESSION, 1, 7, b"x").encode())
        assert book.happened() == []
        book.air(3)
        assert book.happened()[-1] == OpenGate()

    def test_another_station(self, book: RadioBook) -> None:
        book.listens()
        book.tune("jazz", tag=2)
        book.skip().tuned(stretch=4)
        assert book.happened() == [LoadProgramme(2, CAPACITY), TunedIn(2, 2, "jazz", 6000)]

    def test_of_two_asked_for_the_later_one_is_heard(self, book: RadioBook) -> None:
        book.tune("main", tag=1)
        book.tune("jazz", tag=2)
        book.ask(PlayTrack(3, 1))
        assert len(book.happened()) == 3
        book.stream()
        happened = book.happened()
        assert Refused(1, "", OVERTAKEN) in happened
        assert Refused(2, "", OVERTAKEN) in happened
        book.pump()
        book.skip()

    def test_of_two_that_wait_for_the_link_too(self, book: RadioBook) -> None:
        book.play(1)
        book.lose(Line.DATA)
        book.ask(PlayTrack(2, 2))
        book.tune("main", tag=3)
        assert Refused(2, "", OVERTAKEN) in book.happened()
        book.port()
        book.accept(Line.DATA)
        book.skip().attached()
        # Neither the other song nor the rest of the old one.
        assert book.sent(Tune) == [Tune(2, "main")]
        assert book.sent(Play) == []
        book.skip()

    def test_nor_is_a_station_gone_on_with_where_a_song_waits(self, book: RadioBook) -> None:
        book.listens()
        book.lose(Line.DATA)
        book.ask(PlayTrack(2, 1))
        book.port()
        book.accept(Line.DATA)
        book.skip().attached()
        assert book.sent(Tune) == []
        assert len(book.sent(Play)) == 1
        book.skip()

    def test_asked_for_before_a_loss_the_later_one_counts(self, book: RadioBook) -> None:
        book.ask(PlayTrack(1, 1))
        book.now += 1
        book.tune(tag=2)
        book.skip().lose(Line.CONTROL)
        assert Refused(1, "", OVERTAKEN) in book.happened()
        book.passes(0.0)
        book.skip()

    def test_stop(self, book: RadioBook) -> None:
        book.listens()
        book.ask(StopSong(2))
        assert book.happened() == [Stop(1), Silence(), Done(2)]
        book.air()
        assert book.happened() == []

    def test_stop_before_the_answer(self, book: RadioBook) -> None:
        book.tune()
        book.skip().ask(StopSong(2))
        reason = "It was stopped before the server had answered."
        assert book.happened() == [Stop(1), Refused(1, "", reason), Done(2)]
        book.tuned()
        book.air()
        assert book.happened() == []

    def test_no_pause_and_no_seek(self, book: RadioBook) -> None:
        book.listens()
        book.ask(Pause(2))
        book.ask(Seek(3, 1000))
        assert book.happened() == [Refused(2, "", NO_PAUSE), Refused(3, "", NO_SEEK)]

    def test_a_player_that_breaks_ends_it(self, book: RadioBook) -> None:
        book.listens()
        book.player(player_events.Failed(1, "No card."))
        assert book.happened() == [SongFailed(1, "", "No card."), Stop(1)]


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
