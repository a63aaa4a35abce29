# SPDX-License-Identifier: GPL-3.0-or-later
"""`antiphon-server tree`: asked over a socket in the state directory."""

import json
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from server import program
from server.relay import command
from server.relay.allowed import RelayPlan
from server.relay.command import AskingError, ask
from server.relay.portrait import portrait
from server.relay.reach import address_of
from server.relay.tree import Tree
from server.relay.tree_socket import NAME, TreeSocket
from server.state_folder import state_folder

ANSWER: dict[str, Any] = {"stations": []}


def in_a_thread(work: Callable[[], Any]) -> Any:
    """The program that asks is another process: it blocks, and the server must not."""
    return gevent.get_hub().threadpool.apply(work)


def refusal(path: Path, *, patience: float = 30.0) -> str:
    with pytest.raises(AskingError) as error:
        in_a_thread(lambda: ask(path, patience=patience))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Path]:
    """A server's state directory, with its socket."""
    served = TreeSocket(tmp_path, lambda: ANSWER)
    yield tmp_path
    served.close()


def listening(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(str(path))
    sock.listen()
    return sock


def test_the_answer_comes_and_only_the_owner_may_ask(serving: Path) -> None:
    assert in_a_thread(lambda: ask(serving / NAME, patience=30)) == ANSWER
    assert stat.S_IMODE((serving / NAME).stat().st_mode) == 0o600


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    served = TreeSocket(tmp_path, lambda: ANSWER)
    served.close()
    served.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_server_left_is_swept_away(tmp_path: Path) -> None:
    listening(tmp_path / NAME).close()
    assert "not running any more" in refusal(tmp_path / NAME)
    served = TreeSocket(tmp_path, lambda: ANSWER)
    assert in_a_thread(lambda: ask(tmp_path / NAME, patience=30)) == ANSWER
    served.close()


def test_a_folder_whose_name_is_long_is_no_hindrance(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    served = TreeSocket(folder, lambda: ANSWER)
    assert in_a_thread(lambda: ask(folder / NAME, patience=30)) == ANSWER
    served.close()
    assert list(folder.iterdir()) == []


def test_what_is_in_the_way_is_left_there_and_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAME).write_text("precious")
    TreeSocket(tmp_path, lambda: ANSWER).close()
    assert (tmp_path / NAME).read_text() == "precious"
    assert "nobody can ask for the tree" in caplog.text


def test_no_server_runs(tmp_path: Path) -> None:
    assert "is it running" in refusal(tmp_path / NAME)
    assert "is it running" in refusal(tmp_path / "nowhere" / NAME)


def test_a_server_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    with listening(tmp_path / NAME):
        assert "has not answered" in refusal(tmp_path / NAME, patience=0.1)


@pytest.mark.parametrize("said", [b"", b'{"stations": [', b"[]", b'{"stations": 1}', b"\xff"])
def test_a_server_that_breaks_off_is_no_answer(tmp_path: Path, said: bytes) -> None:
    with listening(tmp_path / NAME) as sock:

        def answer() -> None:
            asking, _ = sock.accept()
            with asking:
                asking.sendall(said)

        answering = gevent.get_hub().threadpool.spawn(answer)
        assert "broken off" in refusal(tmp_path / NAME)
        answering.get()


def small_tree() -> dict[str, Any]:
    tree = Tree(RelayPlan(fan_out=2, feeds=1))
    tree.join(1, address_of("10.0.0.1"), placeable=True, now=0.0)
    tree.offer(1, port=4000, room=2, rate=99_999.5)
    for node in (2, 3, 4):
        tree.join(node, address_of(f"10.0.0.{node}"), placeable=True, now=1.0)
    tree.report(1, 0, behind=16_000, buffered=5000, pace=20, now=2.0)
    tree.report(2, 1, behind=48_000, buffered=4500, pace=0, now=2.0)
    tree.lost(3)
    return portrait(
        tree,
        station="main",
        live=100_000,
        rate=16_000.0,
        unsent={1: 1000, 4: 8000},
        who={2: "bob\x1b[31m"},
        now=10.0,
    )


def test_the_tree_as_json() -> None:
    found = json.loads(json.dumps(small_tree()))
    assert found["feeds"] == {"most": 1, "now": 1}
    nodes = {node["node"]: node for node in found["nodes"]}
    assert [node["node"] for node in found["nodes"]] == [1, 2, 3, 4]
    assert nodes[2]["parent"] == nodes[2]["fed_by"] == 1
    assert (nodes[1]["depth"], nodes[2]["depth"], nodes[4]["depth"]) == (1, 2, 0)
    assert (nodes[1]["lag"], nodes[2]["lag"], nodes[3]["lag"]) == (1.0, 3.0, None)
    assert nodes[2]["buffered"] == 4.5
    assert (nodes[1]["room"], nodes[1]["children"], nodes[1]["rate"]) == (2, [2, 3], 100_000)
    assert (nodes[1]["address"], nodes[1]["port"]) == ("10.0.0.1", 4000)
    assert [nodes[node]["state"] for node in (1, 2, 3, 4)] == ["ok", "ok", "lost", "waits"]


def test_the_tree_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    served = TreeSocket(tmp_path, lambda: {"stations": [small_tree()]})
    assert in_a_thread(lambda: program.main(["tree", "--state", str(tmp_path)])) == 0
    served.close()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "station main: 3 listeners and 1 lost, the server feeds 1 of 1"
    assert lines[1].split() == [
        "who",
        "feeds",
        "whom",
        "depth",
        "lag",
        "holds",
        "room",
        "address",
        "state",
        "who",
    ]
    assert lines[2].split() == ["1", "1", "1.0", "s", "5.0", "s", "1/2", "10.0.0.1", "4000", "ok"]
    assert lines[3].startswith("    2 ")
    assert "\x1b" not in lines[3]
    assert lines[5].split() == ["4", "-", "0.5", "s", "-", "-", "10.0.0.4", "waits"]


@pytest.mark.parametrize("way", ["--json", "--socket", "FOLDER"])
def test_other_ways_to_ask(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    words = {
        "--json": ["--json", "--state", str(tmp_path)],
        "--socket": ["--socket", str(tmp_path / NAME)],
        "FOLDER": [str(tmp_path)],
    }[way]
    state = state_folder(None, tmp_path) if way == "FOLDER" else tmp_path
    assert state is not None
    state.mkdir(parents=True, exist_ok=True)
    served = TreeSocket(state, lambda: ANSWER)
    assert in_a_thread(lambda: command.main(words)) == 0
    served.close()
    said = capsys.readouterr().out
    assert said == ('{\n  "stations": []\n}\n' if way == "--json" else "there are no stations\n")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "which server"),
        (["--state", "none"], "none"),
        ([""], "a variable"),
        (["--state", ""], "a variable"),
        (["--socket", ""], "a variable"),
        (["--state", "/nowhere"], "running"),
    ],
)
def test_who_asks_nobody_is_told_what_to_do(
    capsys: pytest.CaptureFixture[str], words: list[str], text: str
) -> None:
    assert command.main(words) == (1 if "/nowhere" in words else 2)
    said = capsys.readouterr()
    assert said.out == ""
    assert text in said.err
    assert said.err.count("\n") == 1
