# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners that feed each other, from the outside: real clients, one of whom is killed."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.relay.command import ask
from server.relay.tree_socket import NAME
from tests.e2e.server_process import ROOT, ServerProcess, running_server, until
from tests.e2e.songs import write_songs

LISTENERS = 5


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """It feeds two listeners itself."""
    folder = tmp_path / "music"
    folder.mkdir()
    write_songs(folder, count=3, frames=3000)
    state = ("--state", str(tmp_path / "state"))
    options = ("--station", "main", "--station-feeds", "2", "--fan-out", "2", "--verbose")
    with running_server(folder, *options, *state) as process:
        yield process


@contextmanager
def listener(server: ServerProcess, output: Path) -> Generator[subprocess.Popen[bytes]]:
    """A client that is tuned in, feeds others, and says what happens to `output`."""
    arguments = ("--json", "--sink", "null", "--history", "none", "--tune", "main", "--relay")
    with output.open("wb") as file:
        process = subprocess.Popen(
            (sys.executable, "-m", "client", *arguments, f"127.0.0.1:{server.port}"),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def events(output: Path) -> list[str]:
    """What the client has told of."""
    lines = output.read_text().splitlines()
    return [json.loads(line)["event"] for line in lines if line.startswith("{")]


def tree(state: Path) -> dict[int, dict[str, Any]]:
    """The nodes that have not been lost."""
    (station,) = ask(state / NAME, patience=30)["stations"]
    return {node["node"]: node for node in station["nodes"] if node["state"] != "lost"}


def is_settled(state: Path, count: int) -> bool:
    """Whether so many listeners are all where they should be, two of them at the server."""
    nodes = tree(state)
    feeders = {0, *nodes}  # who was lost may still be told of as somebody's parent
    at_rest = all(
        node["state"] == "ok" and node["relay"] and node["fed_by"] == node["parent"] in feeders
        for node in nodes.values()
    )
    fed = sum(node["fed_by"] == 0 for node in nodes.values())
    return len(nodes) == count and at_rest and fed == 2


def test_a_relay_is_killed_and_nobody_below_it_stalls(
    server: ServerProcess, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    with ExitStack() as clients:
        processes: dict[int, tuple[subprocess.Popen[bytes], Path]] = {}
        for number in range(LISTENERS):
            output = tmp_path / f"{number}.json"
            process = clients.enter_context(listener(server, output))
            until(lambda: len(tree(state)) > len(processes), "a listener")
            processes[max(tree(state))] = process, output
        until(lambda: is_settled(state, LISTENERS), "all to have a place")
        until(lambda: all("started" in events(out) for _, out in processes.values()), "sound")
        victim = next(node for node in tree(state).values() if node["children"])
        orphans = victim["children"]
        processes.pop(victim["node"])[0].send_signal(signal.SIGKILL)
        until(lambda: is_settled(state, LISTENERS - 1), "the orphans to have another place")
        for orphan in orphans:
            assert tree(state)[orphan]["fed_by"] != victim["node"]
        for _, output in processes.values():
            assert "stalled" not in events(output)
