# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Stations": going on behind a lost connection."""

import pytest

from client import player_events
from client.effects import (
    Close,
    Connect,
    FinishBuffer,
    Line,
)
from client.reports import (
    Connected,
    LinkBack,
    LinkLost,
    SongFailed,
)
from client.tuning.reports import Missed
from common.errors import ErrorCode
from control.music_messages import Stop
from control.session_messages import Hello, Reopen
from control.station_messages import Tune
from data.frames import Attach
from tests.client.playbook import Fed
from tests.client.served import PORT, SESSION, ticket
from tests.client.songbook import CLOSED, DATA_CLOSED
from tests.client.tuning.studio import STATION_ID, STRETCH, RadioBook, Studio


def resumed(stream: int, book: RadioBook, stretch: int) -> Tune:
    """The TUNE that asks for what follows, from this stretch on."""
    return Tune(stream, "main", book.studio.offsets[stretch], STATION_ID)


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
