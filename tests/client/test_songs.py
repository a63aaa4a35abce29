# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's conversation about one song: to its end, seeking, pausing, its status."""

from dataclasses import replace

import pytest

from client import player_events
from client.effects import FinishBuffer, Hold, Load, OpenGate, Release
from client.reports import (
    Accepted,
    Activity,
    Done,
    Finished,
    Notice,
    Refused,
    SongFailed,
    Started,
)
from client.requests import Pause, PlayTrack, Seek, Unpause
from client.trimmer import Cuts
from common.constants import FIRST_WINDOW
from common.errors import ErrorCode
from control.music_messages import Credit, Play, Stop
from data.frames import Fail
from tests.client.playbook import Fed, Playbook
from tests.client.served import FRAME, SESSION, recording
from tests.client.songbook import FIRST, TUNED, line, status


class TestOneSong:
    """One song on its own."""

    def test_from_play_to_finished(self, book: Playbook) -> None:
        book.ask(PlayTrack(5, 1))
        assert book.happened() == [Play(1, 1, window=FIRST_WINDOW)]
        book.now += 0.25
        book.stream()
        assert book.happened() == [Load(1, 16 << 20, Cuts()), Accepted(5, 1, line(1), 0)]
        book.pump(FRAME)
        assert book.happened() == [Fed(FRAME)]
        book.pump()
        assert book.happened() == [Fed(FIRST - FRAME), OpenGate(), Credit(1, 300 * FRAME)]
        book.player(player_events.Started(1, book.now + 0.01))
        (started,) = book.happened()
        assert isinstance(started, Started)
        assert started.latency_ms == pytest.approx(260)
        book.pump()
        assert book.happened() == [Fed(300 * FRAME - FIRST), FinishBuffer()]
        assert book.audio == book.tracks[1].audio
        book.player(player_events.Finished(1))
        assert book.happened() == [Finished(1, intact=True)]
        assert status(book).activity is Activity.STOPPED

    def test_data_may_overtake_stream(self, book: Playbook) -> None:
        book.ask(PlayTrack(5, 1))
        book.stream(deliver=False)
        book.skip().pump()
        assert book.happened() == []
        book.deliver()
        assert book.happened()[:2] == [
            Load(1, 16 << 20, Cuts()),
            Accepted(5, 1, line(1), 0),
        ]
        assert len(book.audio) == FIRST

    def test_a_digest_that_is_wrong(self, book: Playbook) -> None:
        other = recording(300)
        book.ask(PlayTrack(5, 1))
        wrong = replace(other.index, digest=bytes(32))
        book.tracks[1] = replace(other, index=wrong)
        book.stream()
        book.pump_all()
        book.skip().player(player_events.Finished(1))
        assert book.happened() == [Finished(1, intact=False)]

    def test_gapless_cuts(self, book: Playbook) -> None:
        book.ask(PlayTrack(5, 1))
        book.skip().stream(gapless=True, delay=576, padding=1000)
        assert book.happened()[0] == Load(1, 16 << 20, Cuts(576 + 529, 1000 - 529))

    def test_a_song_that_the_player_cannot_play(self, book: Playbook) -> None:
        book.play(1).player(player_events.Failed(1, "The card is gone."))
        assert book.happened() == [SongFailed(1, "", "The card is gone."), Stop(1)]

    def test_a_file_that_fails_when_all_was_heard_ends_at_once(self, book: Playbook) -> None:
        book.play(1)
        book.client.took(1, FIRST)
        book.receive(Fail(SESSION, 1, FIRST, ErrorCode.CHANGED, "").encode())
        assert book.happened() == [FinishBuffer()]

    def test_a_file_that_fails_is_heard_as_far_as_it_came(self, book: Playbook) -> None:
        book.play(1)
        fail = Fail(SESSION, 1, FIRST, ErrorCode.CHANGED, "cut short")
        book.receive(fail.encode())
        words = "The recording has changed on the server; play it again from the start (cut short)."
        assert book.happened() == [
            FinishBuffer(),
            Notice(f"{words} The rest will not come; it plays up to 0:02."),
        ]
        book.player(player_events.Finished(1))
        assert book.happened() == [SongFailed(1, "CHANGED", words)]

    @pytest.mark.parametrize("track", [-1, 1 << 32])
    def test_a_track_that_no_message_can_name(self, book: Playbook, track: int) -> None:
        book.ask(PlayTrack(5, track))
        assert book.happened() == [Refused(5, "", f"There is no track {track}.")]


class TestSeeking:
    """Another place in the same song."""

    def test_seek_is_a_play_whose_first_samples_are_skipped(self, book: Playbook) -> None:
        book.play(1).ask(Seek(2, 5000))
        assert status(book).position == 0.0
        assert book.happened() == [Play(1, 2, start=5000, window=TUNED)]
        book.stream()
        # Frame 191 begins at 4.989388 s; the rest of the way is 10612 us, 468 samples.
        load, accepted = book.happened()
        assert load == Load(2, 16 << 20, Cuts(front=468))
        assert accepted == Accepted(2, 2, line(1), 5000)
        book.pump()
        book.skip()
        assert book.audio == book.tracks[1].audio[191 * FRAME :]
        assert status(book).position == 5.0

    def test_a_paused_song_stays_paused(self, book: Playbook) -> None:
        book.play(1).ask(Pause(2))
        book.ask(Seek(3, 2000))
        book.skip().stream()
        assert book.happened()[:2] == [Load(2, 16 << 20, Cuts(front=648)), Hold()]
        assert status(book).activity is Activity.PAUSED
        book.ask(PlayTrack(4, 2))
        book.skip().stream()
        assert Hold() not in book.happened()

    def test_beyond_the_end(self, book: Playbook) -> None:
        book.play(1).ask(Seek(2, 7837))
        assert book.happened() == [Refused(2, "", "The song ends before that.")]

    def test_before_the_beginning(self, book: Playbook) -> None:
        book.play(1).ask(Seek(2, -5))
        assert book.sent(Play) == [Play(1, 2, window=TUNED)]
        book.skip()

    def test_seek_in_a_song_that_is_only_asked_for(self, book: Playbook) -> None:
        book.ask(PlayTrack(1, 2))
        book.ask(Seek(2, 500))
        assert book.sent(Play)[1:] == [Play(2, 2, start=500, window=FIRST_WINDOW)]
        book.skip()


class TestPausing:
    """Silence that keeps the song."""

    def test_pause_and_unpause(self, book: Playbook) -> None:
        book.play(1).ask(Pause(2))
        book.ask(Pause(3))
        assert status(book).activity is Activity.PAUSED
        book.ask(Unpause(4))
        assert book.happened() == [Hold(), Done(2), Done(3), Release(), Done(4)]


def test_status_while_playing() -> None:
    book = Playbook().connect().play(1)
    book.player(player_events.Started(1, book.now))
    found = book.client.snapshot(now=book.now)
    assert found.status.activity is Activity.PLAYING
    assert found.status.linked
    assert found.status.track == line(1)
    assert found.status.received == FIRST
    assert found.status.buffered_to == pytest.approx(FIRST / FRAME * 1152 / 44100, abs=0.02)
    assert found.heard(1, 1.5).position == 1.5
    assert found.heard(2, 1.5).position == 0.0
    assert found.heard(1, 99.0).position == 7.837


def test_pieces_of_any_size() -> None:
    book = Playbook().connect()
    book.ask(PlayTrack(1, 2))
    book.stream(deliver=False)
    book.deliver(cut=1)
    parts = book.sender.next_parts(FIRST_WINDOW)
    audio = book.tracks[2].audio
    data = b"".join(p.header + audio[p.file_offset :][: p.length] for p in parts)
    for at in range(0, len(data), 7):
        book.receive(data[at : at + 7])
    assert book.audio == audio[: len(book.audio)]
    assert len(book.audio) == FIRST
