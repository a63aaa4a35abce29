# SPDX-License-Identifier: GPL-3.0-or-later
"""Several servers that carry one station, and what a server says of stations that cannot be."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import ErrorCode
from control.queue_messages import Skip, Votes
from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess, running_server, until
from tests.e2e.songs import write_songs
from tests.e2e.station_client import Ear
from tests.server.station.redis_server import RedisServer

FRAMES = 1500  # of a song: 39 seconds


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis")
    yield server
    server.kill()


@pytest.fixture
def options(redis: RedisServer) -> tuple[str, ...]:
    return "--station", "main", "--station-store", redis.url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    write_songs(folder, count=4, frames=FRAMES)
    return folder


def test_two_servers_send_the_same_stream(folder: Path, options: tuple[str, ...]) -> None:
    with running_server(folder, *options) as first, Ear(first.address) as one:
        mine = one.tune("main")
        one.hear(stretches=2)
        with running_server(folder, *options) as second, Ear(second.address) as two:
            yours = two.tune("main")
            two.hear(stretches=1)
            assert (mine.station_id, mine.key) == (yours.station_id, yours.key)
            song = one.now("main").song
            # Each server knows of the other's listener when that has told the store.
            until(lambda: one.now("main").listeners == 2, "the second to be counted")
            until(lambda: two.now("main").listeners == 2, "the first to be counted")
            assert one.ask(Skip(song, "main")) == Votes(skipped=False, votes=1, needed=2)
            assert two.ask(Skip(song, "main")) == Votes(skipped=True, votes=2, needed=2)
            cut = one.hear_song(song + 1)
            same = two.hear_song(song + 1)
            begin = max(cut.begins, same.begins)
            assert cut.offset == same.offset
            assert cut.audio[begin - cut.begins :] == same.audio[begin - same.begins :]
            assert one.songs[-1].song == two.songs[-1].song


def test_a_listener_goes_on_at_the_next_server(folder: Path, options: tuple[str, ...]) -> None:
    with running_server(folder, *options) as first, running_server(folder, *options) as second:
        with Ear(first.address) as ear:
            tuned = ear.tune("main")
            ear.hear(stretches=3)
            first.signal(signal.SIGTERM)
            assert ear.control.wait_closed().code == ErrorCode.SHUTTING_DOWN
            at, link = ear.next, ear.link
        assert first.wait() == 0
        assert "Traceback" not in first.log
        with Ear(second.address) as ear:
            again = ear.tune("main", offset=at, station_id=tuned.station_id)
            assert again.offset == at
            ear.expect(link)
            ear.hear(stretches=3)


def test_a_station_outlives_its_server(folder: Path, options: tuple[str, ...]) -> None:
    with running_server(folder, *options) as server, Ear(server.address) as ear:
        tuned = ear.tune("main")
        ear.hear(stretches=3)
        server.kill()
        at, link = ear.next, ear.link
    with running_server(folder, *options) as server, Ear(server.address) as ear:
        again = ear.tune("main", offset=at, station_id=tuned.station_id)
        assert again.offset == at
        ear.expect(link)
        ear.hear(stretches=3)


def refused(*words: str) -> str:
    """What a server says that does not start."""
    ended = subprocess.run(
        [sys.executable, "-m", "server", "--host", "127.0.0.1", "--state", "none", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode in {1, 2}
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize(
    ("station", "words"),
    [
        ("jazz=Jazz", "there is no Jazz in"),
        ("jazz=list.m3u", "there is no list.m3u in"),
        ("jazz=1.mp3", "neither a folder nor an .m3u playlist"),
        ("jazz=../other", "is not inside of"),
        ("=Jazz", "needs a name"),
    ],
)
def test_a_station_that_cannot_be(folder: Path, station: str, words: str) -> None:
    assert words in refused("--station", station, "0", str(folder))


def test_a_store_for_no_station(folder: Path) -> None:
    assert "without a --station" in refused("--station-store", "unix:///x", "0", str(folder))


def test_a_redis_that_keeps_something_else(folder: Path, redis: RedisServer) -> None:
    redis.command("set", "antiphon:station:main", "x")
    said = refused("--station", "main", "--station-store", redis.url, "0", str(folder))
    assert "cannot keep the station" in said


def test_a_silent_station_says_so(tmp_path: Path) -> None:
    (tmp_path / "Jazz").mkdir()
    (tmp_path / "list.m3u").write_text("1.mp3\n")
    write_songs(tmp_path, count=1, frames=FRAMES)
    options = ("--station", "jazz=Jazz", "--station", "list=list.m3u")
    with running_server(tmp_path, *options) as server:
        server.says("station jazz has no songs")
        with Ear(server.address) as ear:
            tuned = ear.tune("jazz")
            assert tuned.offset == 0
            content = write_songs(tmp_path / "Jazz", count=1, frames=FRAMES)[0]
            ear.hear(stretches=2)
            assert content.startswith(ear.songs[0].audio)
            ear.tune("list")
            ear.hear(stretches=1)


def test_the_schedule_survives_a_redis_that_is_away(
    folder: Path, options: tuple[str, ...], redis: RedisServer
) -> None:
    with running_server(folder, *options) as server, Ear(server.address) as ear:
        ear.tune("main")
        ear.hear(stretches=1)
        redis.kill()
        server.says("is away")
        song = ear.now("main").song
        assert ear.ask(Skip(song, "main")) == Votes(skipped=True, votes=1, needed=1)
        ear.hear_song(song + 1)
        ear.hear(stretches=2)
        check_server(server)


def check_server(server: ServerProcess) -> None:
    """It goes on, and without a word about a defect."""
    assert server.running
    assert "Traceback" not in server.log
