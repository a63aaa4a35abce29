# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections inherit from their listening sockets how long the kernel waits for dead peers."""

import socket
from pathlib import Path

import gevent
import pytest

from server.app import App
from server.config import Config, Timers
from server.data_ports import DataPortPool
from server.dead_peers import find_dead_peers
from server.deadlines import Deadlines
from server.listening_socket import listen
from tests.server.library.files import until

OPTIONS = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
    (socket.IPPROTO_TCP, socket.TCP_NODELAY): 1,
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT): 12_000,
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 4,
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 1,
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 8,
}


def options(sock: socket.socket) -> dict[tuple[int, int], int]:
    return {option: sock.getsockopt(*option) for option in OPTIONS}


def test_a_connection_inherits_all_of_it() -> None:
    with listen("127.0.0.1", 0, 1) as listening:
        find_dead_peers(listening, 12)
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert options(accepted) == OPTIONS


@pytest.mark.parametrize("was", [12, 90])
def test_sound_goes_over_such_connections(was: int) -> None:
    accepted: list[socket.socket] = []
    pool = DataPortPool(
        "127.0.0.1",
        None,
        lambda sock, _peer: accepted.append(sock),
        Deadlines(),
        dead_after=was,
    )
    port = pool.offer(1)
    if was != 12:
        pool.use(12)  # of what is open, too
    with socket.create_connection(("127.0.0.1", port)):
        until(lambda: accepted)
        with accepted[0] as sock:
            assert options(sock) == OPTIONS
    pool.close()


def test_the_conversation_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config(folder=tmp_path, port=0, host="127.0.0.1", timers=Timers(dead_after=12))
    app = App(config)
    found: list[dict[tuple[int, int], int]] = []

    def accept(_door: object, sock: socket.socket, _peer: str) -> None:
        with sock:
            found.append(options(sock))

    monkeypatch.setattr("server.doors.ControlDoor.accept", accept)
    running = gevent.spawn(app.run)
    with socket.create_connection(("127.0.0.1", app.port)):
        until(lambda: found)
    app.stop()
    running.get(timeout=30)
    assert found == [OPTIONS]
