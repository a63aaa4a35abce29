# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that feed each other, as processes: one is killed, stopped, lies or leaves.

The server feeds one of three, which feeds the second, which feeds the third. What the third has
heard stands on its tape, which is held against the recording.
"""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from bench.station.sound import Aired, Recordings
from bench.station.tape import check
from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess, running_server, until

SONG = "02 Prelude in C major.mp3"
CLIENT = (sys.executable, "-m", "client")
LIAR = (sys.executable, "-m", "bench.station.liar", "invent:3")

pytestmark = pytest.mark.slow


class Listener:
    """A client with `--relay`, tuned in, and its tape."""

    def __init__(self, server: ServerProcess, tape: Path, program: tuple[str, ...]) -> None:
        self.tape = tape
        self.songs: set[int] = set()
        self.process = subprocess.Popen(
            [
                *program,
                *("--json", "--sink", f"tape:{tape}", "--relay"),
                f"{server.host}:{server.port}",
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in: IO[str] = self.process.stdin
        self._out: IO[str] = self.process.stdout
        self.does("tune main")

    def does(self, command: str) -> dict[str, Any]:
        """Give a command; the last event before its end."""
        self._in.write(f"{command}\n")
        self._in.flush()
        latest: dict[str, Any] = {}
        for line in self._out:
            before, latest = latest, json.loads(line)
            if latest["event"] == "song":
                self.songs.add(latest["song"]["number"])
            if latest["event"] == "ended":
                assert latest["ok"], before
                return before
        return latest

    @property
    def feeder(self) -> int:
        """Who feeds it, as it says itself."""
        station = self.does("status")["station"]
        return 0 if station is None else int(station["feeder"])

    def is_fed_by_other_than(self, *nodes: int) -> int:
        """Wait until somebody else feeds it; who."""
        until(lambda: self.feeder not in nodes, f"another parent than {nodes}")
        return self.feeder

    def goes_on(self) -> None:
        """Wait until some stretches more have come."""
        there = self.does("status")["received_bytes"]
        until(lambda: self.does("status")["received_bytes"] > there + 20_000, "sound")

    def assert_whole(self, song: Path) -> None:
        """Its tape is one piece of the station, without a gap or a wrong sample."""
        assert self.does("status")["stalls"] == 0
        self.does("quit")
        assert self.process.wait(PATIENCE) == 0
        recording = Recordings(song.parent).of(song)
        heard = check(self.tape, {number: Aired(number, recording) for number in self.songs})
        assert heard.is_continuous, heard
        assert heard.pieces
        assert not heard.unplaced


class Chain:
    """Three listeners, each fed by the one before."""

    def __init__(self, folder: Path, second: tuple[str, ...]) -> None:
        self.song = folder / "music" / SONG
        self.song.parent.mkdir()
        shutil.copy(ROOT / "music" / SONG, self.song)
        options = ("--station", "main", "--station-feeds", "1", "--fan-out", "1")
        self._running = running_server(self.song.parent, "--state", str(folder / "s"), *options)
        self.server = self._running.__enter__()
        self.listeners: list[Listener] = []
        self.first = self._joined(folder / "1.wav", CLIENT)
        self.second = self._joined(folder / "2.wav", second)
        self.top = self.second.is_fed_by_other_than(0)
        self.third = self._joined(folder / "3.wav", CLIENT)
        self.middle = self.third.is_fed_by_other_than(0, self.top)

    def _joined(self, tape: Path, program: tuple[str, ...]) -> Listener:
        self.listeners.append(Listener(self.server, tape, program))
        self.listeners[-1].goes_on()
        return self.listeners[-1]

    def close(self) -> None:
        """Kill everybody."""
        for listener in self.listeners:
            listener.process.send_signal(signal.SIGCONT)
            listener.process.kill()
            listener.process.communicate()
        self._running.__exit__(None, None, None)


Make = Callable[..., Chain]


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Make]:
    chains: list[Chain] = []

    def make(second: tuple[str, ...] = CLIENT) -> Chain:
        chains.append(Chain(tmp_path, second))
        return chains[-1]

    yield make
    for made in chains:
        made.close()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_the_middle_one_goes_and_the_last_one_hears_every_sample(
    chain: Make, end: signal.Signals
) -> None:
    three = chain()
    three.second.process.send_signal(end)
    assert three.third.is_fed_by_other_than(three.middle) in {0, three.top}
    three.third.goes_on()
    three.third.assert_whole(three.song)


def test_everybody_above_is_killed_and_the_server_helps(chain: Make) -> None:
    three = chain()
    three.first.process.kill()
    three.second.process.kill()
    assert three.third.is_fed_by_other_than(three.middle, three.top) == 0
    three.third.goes_on()
    three.third.assert_whole(three.song)


def test_a_liar_is_found_out_and_hears_on(chain: Make) -> None:
    three = chain(LIAR)
    assert three.third.is_fed_by_other_than(three.middle) in {0, three.top}
    until(lambda: any("is a relay no more" in line for line in three.server.lines), "the verdict")
    three.third.goes_on()
    three.third.assert_whole(three.song)
    three.second.goes_on()
    three.second.assert_whole(three.song)
