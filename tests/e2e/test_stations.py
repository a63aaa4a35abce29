# SPDX-License-Identifier: GPL-3.0-or-later
"""A radio station from the outside: sealed, whole, alike for all, and moved by its listeners."""

import signal
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from common.constants import MAX_STRETCH
from common.errors import ErrorCode
from control.music_messages import List, Tracks
from control.queue_messages import Entries, Queue, Skip, Votes
from control.session_messages import Error
from control.station_messages import Browse, Enqueue, Enqueued, Stations
from tests.e2e.server_process import ServerProcess, running_server, until
from tests.e2e.songs import write_songs
from tests.e2e.station_client import Ear

FRAMES = 1500  # of a song: 39 seconds


@pytest.fixture
def songs(tmp_path: Path) -> dict[bytes, bytes]:
    """Six songs of the folder, two of them in `Jazz`; by their digests."""
    contents = write_songs(tmp_path, count=4, frames=FRAMES)
    jazz = write_songs(tmp_path / "Jazz", count=2, frames=FRAMES // 2)
    return {sha256(content).digest(): content for content in (*contents, *jazz)}


@pytest.fixture
def server(tmp_path: Path, songs: dict[bytes, bytes]) -> Iterator[ServerProcess]:
    options = ("--station", "main", "--station", "jazz=Jazz", "--verbose")
    with running_server(tmp_path, *options) as server:
        yield server


def test_every_stretch_is_sealed_and_whole(
    server: ServerProcess, songs: dict[bytes, bytes]
) -> None:
    with Ear(server.address) as ear:
        tuned = ear.tune("main")
        assert not tuned.placed
        ear.hear(stretches=5)
        (heard,) = ear.songs
        content = songs[heard.song.digest]
        begin = heard.begins - heard.offset
        assert content[begin : begin + len(heard.audio)] == heard.audio
        assert heard.song.total == len(content)
        assert all(length <= MAX_STRETCH for length in heard.stretches)
        assert tuned.offset == heard.begins


def test_two_listeners_get_the_same_bytes(server: ServerProcess) -> None:
    with Ear(server.address) as one, Ear(server.address) as two:
        first, second = one.tune("main"), two.tune("main")
        assert (first.station_id, first.key) == (second.station_id, second.key)
        one.hear(stretches=6)
        two.hear(stretches=6)
        begin = max(one.songs[0].begins, two.songs[0].begins)
        end = min(one.next, two.next)
        assert end > begin
        parts = [
            ear.songs[0].audio[begin - ear.songs[0].begins :][: end - begin] for ear in (one, two)
        ]
        assert parts[0] == parts[1]


def test_a_skip_wants_more_than_half(server: ServerProcess) -> None:
    with Ear(server.address) as one, Ear(server.address) as two:
        one.tune("main")
        two.tune("main")
        one.hear(stretches=1)
        two.hear(stretches=1)
        song = one.now("main").song
        answer = one.ask(Skip(song, "main"))
        assert answer == Votes(skipped=False, votes=1, needed=2)
        assert one.ask(Skip(song, "main")) == answer  # once is enough
        answer = two.ask(Skip(song, "main"))
        assert answer == Votes(skipped=True, votes=2, needed=2)
        cut = one.hear_song(song + 1)
        assert len(cut.audio) < cut.song.total - (cut.begins - cut.offset)
        assert two.hear_song(song + 1).audio[-1000:] == cut.audio[-1000:]
        assert two.ask(Skip(song, "main")) == Votes(skipped=False, votes=0, needed=0)


def test_a_song_that_is_asked_for_plays_next(
    server: ServerProcess, songs: dict[bytes, bytes]
) -> None:
    with Ear(server.address) as ear:
        ear.tune("main")
        ear.hear(stretches=1)
        wanted = next(
            track.track for track in ear.tracks().tracks if track.track != ear.now("main").track
        )
        answer = ear.ask(Enqueue(wanted, "main"))
        assert isinstance(answer, Enqueued)
        assert (answer.already, answer.place) == (False, 1)
        again = ear.ask(Enqueue(wanted, "main"))
        assert isinstance(again, Enqueued)
        assert (again.already, again.place) == (True, 1)
        entries = ear.ask(Queue(1, 10, "main"))
        assert isinstance(entries, Entries)
        (entry,) = entries.entries
        assert (entry.track, entry.by) == (wanted, f"listener {ear.session}")
        song = ear.now("main").song
        assert ear.ask(Skip(song, "main")) == Votes(skipped=True, votes=1, needed=1)
        ear.hear_song(song + 1)
        assert ear.songs[-1].song.by == f"listener {ear.session}"
        until(lambda: ear.now("main").song == song + 1)
        assert ear.now("main").track == wanted


def test_the_stations_and_what_they_play(server: ServerProcess) -> None:
    with Ear(server.address) as ear, Ear(server.address) as other:
        other.tune("jazz")

        def browse() -> Stations:
            answer = ear.ask(Browse())
            assert isinstance(answer, Stations)
            return answer

        until(lambda: [entry.listeners for entry in browse().stations] == [1, 0], "to be counted")
        assert [entry.station for entry in browse().stations] == ["jazz", "main"]
        listed = ear.control.ask(List(station="jazz"))
        assert isinstance(listed, Tracks)
        assert listed.total == 2
        in_jazz = {entry.track for entry in listed.tracks}
        assert ear.now("jazz").track in in_jazz
        foreign = next(t.track for t in ear.tracks().tracks if t.track not in in_jazz)
        refused = ear.control.ask(Enqueue(foreign, "jazz"))
        assert isinstance(refused, Error)
        assert refused.code == ErrorCode.NO_SUCH_TRACK
        for message, code in (
            (Skip(1, "jazz"), ErrorCode.NOT_TUNED),
            (Enqueue(1, "rock"), ErrorCode.NO_SUCH_STATION),
            (List(station="rock"), ErrorCode.NO_SUCH_STATION),
        ):
            refused = ear.control.ask(message)
            assert isinstance(refused, Error)
            assert refused.code == code


def test_after_a_loss_it_goes_on_where_it_broke_off(server: ServerProcess) -> None:
    with Ear(server.address) as ear:
        tuned = ear.tune("main")
        ear.hear(stretches=3)
        ear.reopen()
        at = ear.next
        again = ear.tune("main", offset=at, station_id=tuned.station_id)
        assert again.offset == at
        ear.hear(stretches=3)
        assert ear.songs[0].song == ear.songs[1].song
        assert ear.songs[1].begins == at


def test_a_track_and_a_station_take_turns(server: ServerProcess, songs: dict[bytes, bytes]) -> None:
    with Ear(server.address) as ear:
        ear.tune("main")
        ear.hear(stretches=2)
        stream = ear.play(1)
        ear.receive(60_000)
        assert songs[stream.digest].startswith(ear.received)
        ear.tune("jazz")
        ear.hear(stretches=2)
        ear.stop()
        ear.tune("main")
        ear.hear(stretches=2)


def test_a_drain_sends_listeners_to_the_next_server(server: ServerProcess) -> None:
    with Ear(server.address) as ear:
        ear.tune("main")
        ear.hear(stretches=1)
        server.signal(signal.SIGTERM)
        closed = ear.control.wait_closed()
        assert closed.code == ErrorCode.SHUTTING_DOWN
    assert server.wait() == 0
    assert "Traceback" not in server.log
