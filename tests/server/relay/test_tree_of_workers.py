# SPDX-License-Identifier: GPL-3.0-or-later
"""`antiphon-server tree` where several workers have a tree each."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from server.config import Share
from server.relay.command import AskingError, ask_all
from server.relay.portrait import table
from server.relay.tree_socket import TreeSocket, name_for, sockets_in
from tests.server.relay.test_tree_socket import in_a_thread

SHARES = [Share(number, 3) for number in (1, 2, 3)]


def answer(station: str) -> dict[str, Any]:
    feeds = {"most": 2, "now": 0}
    return {"stations": [{"station": station, "feeds": feeds, "nodes": []}]}


@pytest.fixture
def sockets(tmp_path: Path) -> Iterator[list[TreeSocket]]:
    """Those of three workers."""
    with ExitStack() as stack:
        opened: list[TreeSocket] = []
        for share in SHARES:
            said = answer(f"s{share.number}")
            one = TreeSocket(tmp_path, partial(dict[str, Any], said), name_for(share))
            stack.callback(one.close)
            opened.append(one)
        yield opened


def asked(state: Path) -> list[tuple[int, str]]:
    found = in_a_thread(lambda: ask_all(sockets_in(state), patience=30))
    return [(one["worker"], one["station"]) for one in found["stations"]]


def test_all_are_asked(sockets: list[TreeSocket], tmp_path: Path) -> None:
    assert len(sockets) == 3
    assert asked(tmp_path) == [(1, "s1"), (2, "s2"), (3, "s3")]
    (tmp_path / "tree-x.sock").touch()  # nobody's
    found = in_a_thread(lambda: ask_all(sockets_in(tmp_path), patience=30))
    lines = table(found["stations"]).splitlines()
    assert lines[1] == "station s2 at worker 2: 0 listeners, the server feeds 0 of 2"


def test_one_that_has_died_is_left_out(sockets: list[TreeSocket], tmp_path: Path) -> None:
    sockets[0].close()
    sockets[1].close()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / name_for(SHARES[1])))
    assert asked(tmp_path) == [(3, "s3")]


def test_nobody_answers(sockets: list[TreeSocket], tmp_path: Path) -> None:
    for one in sockets:
        one.close()
    with pytest.raises(AskingError, match="is it running"):
        asked(tmp_path)


def test_a_server_of_one_process_says_nothing_of_workers(tmp_path: Path) -> None:
    alone = TreeSocket(tmp_path, lambda: answer("s"), name_for(None))
    found = in_a_thread(lambda: ask_all(sockets_in(tmp_path), patience=30))
    assert found == answer("s")
    alone.close()
