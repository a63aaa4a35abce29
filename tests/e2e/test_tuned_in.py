# SPDX-License-Identifier: GPL-3.0-or-later
"""The client on a station of a real server: titles in order, requests, votes, and two stations."""

import json
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from tests.e2e.cutter import cutter
from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess, running_server
from tests.e2e.songs import write_songs
from tests.server.wires import free_ports

FRAMES = 300  # of a song: 7.8 seconds
JAZZ = {"1", "2"}  # titles


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Stations `jazz`, with two songs of its own, and `main`, which plays everything."""
    folder = tmp_path_factory.mktemp("music")
    write_songs(folder, count=4, frames=FRAMES)
    write_songs(folder / "Jazz", count=2, frames=FRAMES + 10)
    with running_server(folder, "--station", "main", "--station", "jazz=Jazz") as process:
        yield process


class Listener:
    """A client that does what is written to it, and tells what happens."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """`process` is the client."""
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout
        self.seen: list[dict[str, Any]] = []

    def does(self, command: str) -> dict[str, Any]:
        """Give a command; the last event before its end."""
        self._in.write(f"{command}\n")
        self._in.flush()
        ended = self.sees("ended")
        assert (ended["command"], ended["ok"]) == (command, True), self.seen
        return self.seen[-2]

    def sees(self, event: str) -> dict[str, Any]:
        """The next event of this kind."""
        for line in self._out:
            self.seen.append(json.loads(line))
            if self.seen[-1]["event"] == event:
                return self.seen[-1]
        raise AssertionError(self.seen)

    def hears(self) -> dict[str, Any]:
        """The next song whose first sound is heard."""
        song = self.sees("song")["song"]
        assert isinstance(song, dict)
        return song

    def song(self) -> dict[str, Any]:
        """The latest song that was heard."""
        songs = [event["song"] for event in self.seen if event["event"] == "song"]
        return songs[-1] if songs else self.hears()


@contextmanager
def listener(server: ServerProcess, host: str = "") -> Generator[Listener]:
    words = [sys.executable, "-m", "client", "--json", "--sink", "null"]
    with subprocess.Popen(
        [*words, f"{host or server.host}:{server.port}"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Listener(process)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


def run(server: ServerProcess, *options: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a client."""
    done = subprocess.run(
        [sys.executable, "-m", "client", "--sink", "null", *options, server.host, str(server.port)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def test_stations_are_shown(server: ServerProcess) -> None:
    status, out, _ = run(server, "-c", "stations")
    assert status == 0
    assert [line.split("\t")[:2] for line in out.splitlines()] == [["jazz", "0"], ["main", "0"]]


def test_songs_follow_one_another(server: ServerProcess) -> None:
    with listener(server) as one:
        tuned = one.does("tune jazz")
        assert (tuned["event"], tuned["station"]) == ("tuned", "jazz")
        first, second = one.song(), one.hears()
        assert second["number"] == first["number"] + 1
        assert {first["title"], second["title"]} <= JAZZ
        status = one.does("status")
        assert status["station"]["song"] == second
        assert status["track"]["title"] == second["title"]
        assert 0 <= status["station"]["behind_s"] < 10
        assert status["stalls"] == 0


def test_a_request_is_played_and_a_skip_brings_it_at_once(tmp_path: Path) -> None:
    # Songs so long that the first is on the air until it is skipped, and no next one is fixed.
    write_songs(tmp_path, count=4, frames=20 * FRAMES)
    with running_server(tmp_path, "--station", "main") as server, listener(server) as one:
        one.does("tune main")
        first = one.song()
        asked = one.does("request 4")
        assert (asked["event"], asked["place"], asked["already"]) == ("requested", 1, False)
        title = asked["track"]["title"]
        again = one.does("request 4")
        assert (again["place"], again["already"]) == (1, True)
        waiting = one.does("requests")
        assert [line["title"] for line in waiting["requests"]] == [title]
        by = waiting["requests"][0]["by"]
        assert by
        assert one.does("now")["song"]["number"] == first["number"]
        votes = one.does("skip")
        assert (votes["skipped"], votes["votes"], votes["needed"]) == (True, 1, 1)
        song = one.hears()
        assert (song["title"], song["by"], song["number"]) == (title, by, first["number"] + 1)
        assert one.does("requests")["total"] == 0


def test_from_one_station_to_the_other_and_to_a_song(server: ServerProcess) -> None:
    with listener(server) as one:
        one.does("tune main")
        one.song()
        one.does("tune j")  # its beginning is enough
        assert one.hears()["title"] in JAZZ
        playing = one.does("play 3")
        assert playing["event"] == "playing"
        one.does("wait 0.5")
        assert one.does("status")["station"] is None
        one.does("tune main")
        one.hears()
        assert one.does("stop")["event"] == "stopped"
        assert one.does("status")["activity"] == "stopped"


def test_a_cut_is_not_heard(tmp_path: Path) -> None:
    data_port = free_ports(1).low
    write_songs(tmp_path, count=3, frames=FRAMES)
    options = ("--station", "main", "--data-ports", str(data_port))
    with (
        running_server(tmp_path, *options) as server,
        cutter(("127.0.0.2", server.port), server.address),
        cutter(("127.0.0.2", data_port), ("127.0.0.1", data_port), 60_000, 10_000) as data,
        listener(server, "127.0.0.2") as one,
    ):
        one.does("tune main")
        first = one.song()
        one.sees("link_back")
        one.sees("link_back")
        second, third = one.hears(), one.hears()
        assert [second["number"], third["number"]] == [first["number"] + 1, first["number"] + 2]
        assert len(data.passed) == 3
        assert one.does("status")["stalls"] == 0
        assert "missed" not in {event["event"] for event in one.seen}


def test_tune_on_the_command_line(server: ServerProcess) -> None:
    status, out, err = run(server, "--tune", "jazz", "-c", "wait 1", "-c", "now")
    assert (status, err) == (0, "")
    assert out.startswith("Tuned in to jazz.\nNow on jazz: ")
    assert "On the air on jazz: " in out


def test_without_its_station_nothing_else_is_done(server: ServerProcess) -> None:
    status, out, err = run(server, "--tune", "rock", "-c", "list")
    assert (status, out) == (1, "")
    assert err == "There is no station “rock”. There are jazz and main.\n"


def test_a_server_without_stations_says_so_and_serves(tmp_path: Path) -> None:
    write_songs(tmp_path, count=1, frames=100)
    with running_server(tmp_path) as server:
        status, out, err = run(server, "-c", "stations", "-c", "tune main", "-c", "list")
    assert status == 1
    assert out.startswith("This server has no stations.\n1\t1\t")
    assert err == "This server has no stations.\n"
