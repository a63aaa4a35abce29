# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Stations": of songs and stations, what was asked for last is heard."""

from client import player_events
from client.effects import (
    Line,
    Load,
    LoadProgramme,
    OpenGate,
    Silence,
)
from client.reports import (
    Done,
    Refused,
    SongFailed,
)
from client.requests import Pause, PlayTrack, Seek, StopSong
from client.trimmer import Cuts
from client.tuning.backlog import CAPACITY
from client.tuning.reports import TunedIn
from client.tuning.sentences import NO_PAUSE, NO_SEEK
from client.tuning.tunes import OVERTAKEN
from common.constants import FIRST_WINDOW
from common.errors import ErrorCode
from control.music_messages import Play, StartKind, Stop
from control.station_messages import Tune
from data.frames import Data
from tests.client.playbook import Fed
from tests.client.served import SESSION
from tests.client.tuning.studio import RadioBook


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
