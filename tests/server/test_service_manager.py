# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service manager hands over, and is told."""

import os
import socket
from pathlib import Path

import pytest

from server.service_manager import HandedOverError, Notifier, handed_over, take_socket


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, 0),
        ({"LISTEN_PID": "7", "LISTEN_FDS": "1"}, 1),
        ({"LISTEN_PID": "7", "LISTEN_FDS": "2"}, 2),
        ({"LISTEN_PID": "8", "LISTEN_FDS": "1"}, 0),
        ({"LISTEN_PID": "x", "LISTEN_FDS": "1"}, 0),
        ({"LISTEN_PID": "7"}, 0),
        ({"LISTEN_PID": "7", "LISTEN_FDS": ""}, 0),
        ({"LISTEN_FDS": "1"}, 0),
    ],
)
def test_how_many_are_ours(environment: dict[str, str], expected: int) -> None:
    assert handed_over(environment, 7) == expected


def test_without_any_the_environment_is_clean() -> None:
    environment = {"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "a", "HOME": "/"}
    assert take_socket(environment) is None
    assert environment == {"HOME": "/"}


def test_more_than_one_is_refused() -> None:
    environment = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2"}
    with pytest.raises(HandedOverError, match="not 2"):
        take_socket(environment)


def take(sock: socket.socket, monkeypatch: pytest.MonkeyPatch) -> socket.socket | None:
    monkeypatch.setattr("server.service_manager.FIRST", sock.fileno())
    return take_socket({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})


def test_a_listening_socket_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.set_inheritable(True)
        taken = take(sock, monkeypatch)
        assert taken is not None
        assert taken.getsockname() == sock.getsockname()
        assert not taken.get_inheritable()
        assert not taken.getblocking()
        taken.detach()


def test_anything_else_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (
        socket.socket() as deaf,
        socket.socket(type=socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_UNIX) as local,
    ):
        local.bind(str(tmp_path / "socket"))
        local.listen()
        for sock in (deaf, datagrams, local):
            with pytest.raises(HandedOverError):
                take(sock, monkeypatch)
    with Path(tmp_path / "file").open("w") as file:
        monkeypatch.setattr("server.service_manager.FIRST", file.fileno())
        with pytest.raises(HandedOverError, match="no socket"):
            take_socket({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})


@pytest.mark.parametrize("is_abstract", [False, True])
def test_it_is_told_how_things_stand(tmp_path: Path, is_abstract: bool) -> None:
    address = f"antiphon-{os.getpid()}" if is_abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{address}" if is_abstract else address)
        environment = {"NOTIFY_SOCKET": f"@{address}" if is_abstract else address}
        notifier = Notifier(environment)
        assert environment == {}
        notifier.ready()
        notifier.reloading()
        notifier.stopping()
        assert manager.recv(100) == b"READY=1"
        assert manager.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert manager.recv(100) == b"STOPPING=1"
    notifier.ready()  # which nobody hears


def test_without_one_nobody_is_told() -> None:
    Notifier({}).ready()
