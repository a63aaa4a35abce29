# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy passes on what it is given, and breaks what it is told to."""

import socket
from collections.abc import Iterator

import pytest

from bench.soak.proxy import BACK, FRONT, Proxy

PATIENCE = 10.0  # seconds; a net under a hang


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.create_server((BACK, 0)) as made:
        made.settimeout(PATIENCE)
        yield made


@pytest.fixture
def proxy(door: socket.socket) -> Iterator[Proxy]:
    made = Proxy([door.getsockname()[1]])
    yield made
    made.close()


def joined(door: socket.socket) -> tuple[socket.socket, socket.socket]:
    """Who connects in front, and what comes of it at the back."""
    front = socket.create_connection((FRONT, door.getsockname()[1]), PATIENCE)
    back, _ = door.accept()
    back.settimeout(PATIENCE)
    return front, back


def test_passes_on_both_ways(door: socket.socket, proxy: Proxy) -> None:
    front, back = joined(door)
    with front, back:
        for one, other in ((front, back), (back, front)):
            one.sendall(b"x" * 300_000)
            got = 0
            while got < 300_000:
                got += len(other.recv(1 << 16))


def test_breaks_everything_at_both_ends(door: socket.socket, proxy: Proxy) -> None:
    pairs = [joined(door) for _ in range(3)]
    for front, back in pairs:  # what was passed on is there
        front.sendall(b"x")
        assert back.recv(1) == b"x"
    proxy.break_all()
    assert proxy.broken == 3
    for pair in pairs:
        for sock in pair:
            with pytest.raises(ConnectionResetError):
                sock.recv(1)
            sock.close()


def test_an_end_is_passed_on(door: socket.socket, proxy: Proxy) -> None:
    front, back = joined(door)
    with front, back:
        front.close()
        assert back.recv(1) == b""
    assert proxy.broken == 0


def test_who_comes_while_nobody_listens_is_sent_away(door: socket.socket, proxy: Proxy) -> None:
    address = (FRONT, door.getsockname()[1])
    door.close()
    with (
        pytest.raises(ConnectionResetError),
        socket.create_connection(address, PATIENCE) as front,
    ):
        front.recv(1)
