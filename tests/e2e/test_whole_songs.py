# SPDX-License-Identifier: GPL-3.0-or-later
"""What a well-behaved client gets from a server that runs as a process."""

import hashlib

from common.errors import ErrorCode
from control.events import Cause
from control.music_messages import StartKind
from control.session_messages import Error, Welcome
from data.frames import End
from tests.e2e.innocent import Music, innocent_listener
from tests.e2e.raw_client import Listener
from tests.e2e.server_process import ServerProcess, running_server, until
from tests.e2e.songs import FRAME


def test_every_song_comes_whole(server: ServerProcess, music: Music) -> None:
    with Listener(server.address) as listener:
        page = listener.tracks()
        assert [entry.track for entry in page.tracks] == [1, 2, 3]
        for track, audio in enumerate(music.songs, 1):
            stream = listener.play(track)
            assert stream.total == len(audio)
            assert sum(stream.map) == len(audio)
            assert listener.receive_all() == audio
            assert listener.outcome == End(
                listener.session, listener.stream, len(audio), hashlib.sha256(audio).digest()
            )
        assert listener.control.bye().cause is Cause.GOODBYE


def test_nothing_beyond_the_credit_is_sent(server: ServerProcess, music: Music) -> None:
    with Listener(server.address) as listener:
        listener.play(1, window=10 * FRAME + 5)
        assert listener.receive(10 * FRAME) == music.songs[0][: 10 * FRAME]
        listener.credit(12 * FRAME - 1)
        assert listener.receive(11 * FRAME) == music.songs[0][: 11 * FRAME]
        assert listener.receive_all() == music.songs[0]


def test_a_song_starts_where_it_is_asked_for(server: ServerProcess, music: Music) -> None:
    with Listener(server.address) as listener:
        stream = listener.play(2, start=100_000)
        assert stream.offset == 100_000 // FRAME * FRAME
        assert listener.receive_all() == music.songs[1][stream.offset :]
        stream = listener.play(2, start=30_000, kind=StartKind.TIME)
        assert stream.start_time <= 30_000_000
        assert listener.receive_all() == music.songs[1][stream.offset :]
        listener.play(2, start=len(music.songs[1]))
        assert listener.receive_all() == b""


def test_a_switch_in_the_middle_leaves_only_the_new_song(
    server: ServerProcess, music: Music
) -> None:
    with Listener(server.address) as listener:
        for track in (1, 2, 3, 1, 3):
            listener.play(track, window=300_000)
            listener.receive(1000)
        assert listener.receive_all() == music.songs[2]


def test_stop_and_play_again(server: ServerProcess, music: Music) -> None:
    with Listener(server.address) as listener:
        listener.play(1, window=1_000_000)
        listener.receive(1000)
        listener.stop()
        listener.play(1)
        assert listener.receive_all() == music.songs[0]


def test_a_refused_play_leaves_the_song_alone(server: ServerProcess, music: Music) -> None:
    with innocent_listener(server.address, 1, music.songs[0]) as listener:
        answer = listener.try_play(99)
        assert isinstance(answer, Error)
        assert answer.code == ErrorCode.NO_SUCH_TRACK
        listener.stream -= 1  # its number counts as not used


def test_play_may_come_before_the_data_connection(server: ServerProcess, music: Music) -> None:
    with Listener(server.address, attach=False) as listener:
        listener.play(1)
        listener.attach()
        assert listener.receive_all() == music.songs[0]


def test_a_lost_data_connection_is_continued_at_the_byte(
    server: ServerProcess, music: Music
) -> None:
    with Listener(server.address) as listener:
        stream = listener.play(3)
        first = listener.receive(20_000)
        assert listener.data is not None
        listener.data.close()
        listener.reopen()
        rest = listener.play(3, start=len(first), digest=stream.digest)
        assert first[: rest.offset] + listener.receive_all() == music.songs[2]


def test_a_lost_control_connection_costs_no_sound(server: ServerProcess, music: Music) -> None:
    with Listener(server.address) as listener:
        listener.play(2)
        listener.receive(1000)
        listener.control.close()
        control = type(listener.control)(server.address)
        welcome = control.hello(listener.session, listener.secret)
        assert isinstance(welcome, Welcome)
        assert welcome.resumed
        assert welcome.secret != listener.secret
        assert welcome.newest_stream == listener.stream
        listener.control = control
        assert listener.receive_all() == music.songs[1]


def test_the_descriptors_of_a_listener_are_given_back(music: Music) -> None:
    with running_server(music.folder) as server:
        before, without = server.sockets(), server.connections()
        with Listener(server.address) as listener:
            listener.play(1)
            listener.receive(1000)
            assert (server.connections(), server.songs()) == (without + 2, 1)
            listener.bye()
        until(lambda: (server.sockets(), server.songs()) == (before, 0))
