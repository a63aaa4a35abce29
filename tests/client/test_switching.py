# SPDX-License-Identifier: GPL-3.0-or-later
"""One song instead of another: whatever the order in which things come, one outcome."""

from functools import partial

from client import player_events
from client.effects import FinishBuffer, Load, OpenGate, Silence
from client.reports import (
    Accepted,
    Done,
    Refused,
)
from client.requests import PlayTrack, Seek, StopSong
from client.trimmer import Cuts
from common.constants import FIRST_WINDOW
from common.errors import ErrorCode
from control.music_messages import Play, Stop
from data.frames import Data
from tests.client.playbook import Fed, Playbook
from tests.client.served import FRAME, SESSION
from tests.client.songbook import FIRST, TUNED, dry, line


class TestSwitching:
    """One song instead of another."""

    def test_the_old_song_sounds_on_until_the_server_accepts(self, book: Playbook) -> None:
        book.play(1).ask(PlayTrack(2, 2))
        assert book.happened() == [Play(2, 2, window=TUNED)]
        book.pump()
        assert Fed(300 * FRAME - FIRST) in book.happened()
        book.stream()
        assert book.happened() == [Load(2, 16 << 20, Cuts()), Accepted(2, 2, line(2), 0)]
        book.pump()
        book.skip()
        assert book.audio == book.tracks[2].audio

    def test_a_refused_play_leaves_the_song_alone(self, book: Playbook) -> None:
        book.play(1).ask(PlayTrack(2, 99))
        book.skip().refuse(Play, ErrorCode.NO_SUCH_TRACK, "")
        words = "The server does not have this track."
        assert book.happened() == [Refused(2, "NO_SUCH_TRACK", words)]
        book.pump()
        assert book.happened() == [Fed(300 * FRAME - FIRST), FinishBuffer()]

    def test_old_data_behind_the_switch_is_dropped(self, book: Playbook) -> None:
        book.play(1)
        old = book.sender
        part = old.next_parts(FRAME)[0]
        book.ask(PlayTrack(2, 2))
        book.stream()
        book.skip().receive(part.header + book.tracks[1].audio[part.file_offset :][: part.length])
        assert book.happened() == []

    def test_play_stop_play(self, book: Playbook) -> None:
        book.play(1).ask(StopSong(2))
        assert book.happened() == [Stop(1), Silence(), Done(2)]
        book.ask(PlayTrack(3, 2))
        book.stream()
        book.pump_all()
        book.skip()
        assert book.audio == book.tracks[2].audio

    def test_what_comes_of_a_stopped_stream_is_not_even_looked_at(self, book: Playbook) -> None:
        book.play(1).ask(StopSong(2))
        book.skip().receive(Data(SESSION, 1, 3, b"anything").encode())
        assert book.happened() == []

    def test_stop_before_the_server_has_answered(self, book: Playbook) -> None:
        book.ask(PlayTrack(1, 1))
        book.ask(StopSong(2))
        words = "The song was stopped before the server had answered."
        assert book.happened() == [
            Play(1, 1, window=FIRST_WINDOW),
            Stop(1),
            Refused(1, "", words),
            Done(2),
        ]
        book.stream()
        book.pump_all()
        assert book.happened() == []

    def test_stop_that_crosses_a_refusal(self, book: Playbook) -> None:
        book.play(1).ask(PlayTrack(2, 99))
        number = book.answerable(Play).number
        book.control.refuse(number, ErrorCode.NO_SUCH_TRACK, "")
        refusal = book.control.data_to_send()
        book.ask(StopSong(3))
        assert Stop(1) in book.happened()
        book.control.refuse(number + 2, ErrorCode.NO_SUCH_STREAM, "")
        answers = refusal + book.control.data_to_send()
        book.hear(lambda now: book.client.control_received(answers, now=now))
        assert book.happened() == []

    def test_a_song_between_two_plays_is_not_a_blip(self, book: Playbook) -> None:
        book.ask(PlayTrack(1, 1))
        book.ask(PlayTrack(2, 2))
        book.stream()
        book.pump()
        assert OpenGate() not in book.happened()
        book.refuse(Play, ErrorCode.UNREADABLE)
        assert OpenGate() in book.happened()

    def test_answers_in_the_other_order(self, book: Playbook) -> None:
        book.ask(PlayTrack(1, 1))
        book.ask(PlayTrack(2, 2))
        book.requests.reverse()
        book.stream()
        words = "Track 1 gives way to track 2."
        assert Refused(1, "", words) in book.happened()
        book.stream()
        assert book.happened() == []

    def test_a_place_in_a_song_that_is_to_start_at_once(self, book: Playbook) -> None:
        book.ask(PlayTrack(1, 1, at_once=True))
        book.ask(Seek(2, 0))
        book.stream()
        book.stream()
        assert OpenGate() not in book.happened()
        part = book.sender.next_parts(FRAME)[0]
        book.receive(part.header + book.tracks[1].audio[part.file_offset :][: part.length])
        assert OpenGate() in book.happened()

    def test_a_server_that_answers_no_play(self, book: Playbook) -> None:
        for tag in range(9):
            book.ask(PlayTrack(tag, 1))
        words = "The server has not answered the commands before this one."
        assert book.happened()[-1] == Refused(8, "", words)

    def test_the_players_last_words_about_an_old_song(self, book: Playbook) -> None:
        book.play(1).play(2)
        for song in (1, 3):
            book.player(player_events.Started(song, book.now))
            book.player(player_events.Starved(song))
            book.player(player_events.Continued(song))
            book.player(player_events.Finished(song))
            book.player(player_events.Stopped(song))
            book.player(player_events.Failed(song, ""))
            book.hear(partial(dry, book, song))
        assert book.happened() == []
