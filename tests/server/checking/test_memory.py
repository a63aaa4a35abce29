# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check finds in a state directory, and in Redis."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pytest

from server.library.store import FILE, Store
from tests.e2e.server_process import ServerProcess
from tests.server.checking.checked import HERE, entries, found
from tests.server.station.redis_server import RedisServer


@pytest.fixture
def server(folder: Path, state: Path) -> Iterator[ServerProcess]:
    """One that runs, and knows its folder."""
    process = ServerProcess(folder, "--state", str(state))
    try:
        process.says("files read: ")
        yield process
    finally:
        process.kill()


def test_beside_a_server_that_runs(server: ServerProcess, folder: Path, state: Path) -> None:
    before = entries(state)
    lines = found("--host", "127.0.0.1", "--state", state, server.port, folder)
    assert entries(state) == before
    assert lines["state"][0].startswith(f"warning: a server is running with {state}")
    assert lines["state"][1].startswith("good: 3 tracks are known")
    assert lines["control port"][0].startswith(f"warning: 127.0.0.1:{server.port} is in use")
    assert server.stop() == 0
    before = entries(state)
    (only,) = found(*HERE, "--state", state, folder)["state"]
    assert entries(state) == before
    assert only == lines["state"][1]


def test_the_numbers_of_two_servers_are_compared(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    for name in ("one", "two", "three"):
        process = ServerProcess(folder, "--state", str(tmp_path / name))
        process.says("files read: ")
        process.kill()  # what it has committed lies beside the database still
        (line,) = found(*HERE, "--state", tmp_path / name, folder)["state"]
        said.append(line.replace(f"/{name};", ";"))
        if name == "two":
            (folder / "1.mp3").unlink()
    assert said[0] == said[1] != said[2]


def test_a_database_that_is_none(folder: Path, state: Path) -> None:
    Store(state).close()
    (state / FILE).write_bytes(b"no database at all" * 100)
    (only,) = found(*HERE, "--state", state, folder)["state"]
    assert "warning: " in only
    assert "sets it aside" in only
    assert (state / FILE).read_bytes().startswith(b"no database")


def test_a_database_of_a_later_version(folder: Path, state: Path) -> None:
    Store(state).close()
    with closing(sqlite3.connect(state / FILE)) as database:
        database.execute("PRAGMA user_version = 999")
    (only,) = found(*HERE, "--state", state, folder)["state"]
    assert only.startswith("error: ")
    assert "a later version of the server" in only


def test_a_state_that_is_a_file(folder: Path, state: Path) -> None:
    state.touch()
    (only,) = found(*HERE, "--state", state / "below", folder)["state"]
    assert only == (
        f"error: {state} is no directory: give another directory with --state DIR,"
        " or none with --state none"
    )


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has it")
@pytest.mark.parametrize("state", [Path("/proc"), Path("/proc/antiphon")])
def test_a_state_where_no_file_can_be_made(folder: Path, state: Path) -> None:
    (only,) = found(*HERE, "--state", state, folder)["state"]
    assert only.startswith("error: ")
    assert "/proc" in only
    assert "--state none" in only


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has it")
@pytest.mark.parametrize("made", [True, False])
def test_a_state_on_a_full_disk(
    folder: Path, state: Path, monkeypatch: pytest.MonkeyPatch, *, made: bool
) -> None:
    if made:
        Store(state).close()

    def full(**_where: object) -> BinaryIO:
        return Path("/dev/full").open("wb")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    (only,) = found(*HERE, "--state", state, folder)["state"]
    there = state if made else state.parent
    assert only.startswith(f"error: nothing can be written in {there} (No space left on device): ")


def test_nothing_is_left_behind_in_the_state(folder: Path, state: Path) -> None:
    Store(state).close()
    before = set(state.iterdir())
    (only,) = found(*HERE, "--state", state, folder)["state"]
    assert only.startswith("good: 0 tracks are known")
    assert set(state.iterdir()) == before


def test_stations_in_redis(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    redis = RedisServer(tmp_path / "redis")
    try:
        stations = ("--station", "main", "--station-store", redis.url)
        words = (*HERE, "--state", "none", *stations, folder)
        (only,) = found(*words)["station store"]
        assert only.startswith("good: Redis at")
        assert redis.command("keys", "*").strip() == ""
        redis.command("hset", "antiphon:station:main", "schedule", "x")
        assert "error: Redis at" in found(*words)["station store"][0]
        redis.command("del", "antiphon:station:main")
        redis.command("set", "antiphon:station:main", "x")
        assert "cannot keep the station main" in found(*words)["station store"][0]
    finally:
        redis.kill()
    (only,) = found(*words)["station store"]
    assert only.startswith("warning: Redis at")
    assert "begins a schedule of its own" in only


def test_a_store_for_no_station(folder: Path) -> None:
    lines = found(*HERE, "--state", "none", "--station-store", "unix:///x", folder)
    assert lines["configuration"][0].startswith("error: --station-store is given without")
    assert "station store" not in lines
