# SPDX-License-Identifier: GPL-3.0-or-later
"""The control port, and the sentences for where it cannot be had."""

import errno
import os
import socket

import pytest

from server import listening
from server.config import PortRange
from server.listening import (
    NotListeningError,
    TakenError,
    check_data_ports,
    keep_for_workers,
    listen_for_clients,
)
from tests.server.wires import free_ports


def test_a_free_port() -> None:
    with listen_for_clients("127.0.0.1", 0) as sock:
        socket.create_connection(sock.getsockname()).close()


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.EADDRINUSE, "another port"),
        (errno.EACCES, "1023"),
        (errno.EPERM, "1023"),
        (errno.EADDRNOTAVAIL, "--host"),
        (errno.EIO, "cannot listen"),
    ],
)
def test_why_it_does_not_listen(monkeypatch: pytest.MonkeyPatch, number: int, word: str) -> None:
    def refuse(host: str, port: int, backlog: int, *, reuse_port: bool) -> socket.socket:
        raise OSError(number, "no")

    monkeypatch.setattr(listening, "listen", refuse)
    with pytest.raises(NotListeningError, match=word) as error:
        listen_for_clients("192.0.2.1", 55353)
    assert "192.0.2.1" in str(error.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "300.1.1.1", "fe80::zz", "x" * 70])
def test_an_address_that_this_machine_does_not_have(host: str) -> None:
    with pytest.raises(NotListeningError, match="--host") as error:
        listen_for_clients(host, 0)
    assert host in str(error.value)
    assert "Errno" not in str(error.value)


@pytest.mark.parametrize("host", ["nosuch.invalid", "300.1.1.1", "x" * 70])
def test_a_name_that_stands_for_no_address(host: str) -> None:
    with pytest.raises(NotListeningError, match=f"{host} is no address, and no name") as error:
        listen_for_clients(host, 0)
    assert "\n" not in str(error.value)


def test_that_somebody_else_has_it_is_an_error_of_its_own() -> None:
    with listen_for_clients("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
        with pytest.raises(TakenError):
            listen_for_clients("127.0.0.1", port)
        with pytest.raises(TakenError):
            check_data_ports("127.0.0.1", PortRange(port, port))


def test_one_free_data_port_is_enough() -> None:
    two = free_ports(2)
    with socket.create_server(("127.0.0.1", two.low)):
        check_data_ports("127.0.0.1", two)
        with (
            socket.create_server(("127.0.0.1", two.high)),
            pytest.raises(NotListeningError, match=f"{two} is free: .+ --data-ports"),
        ):
            check_data_ports("127.0.0.1", two)
    check_data_ports("127.0.0.1", two)


@pytest.mark.parametrize(
    ("number", "word"), [(errno.EACCES, "above 1023"), (errno.EMFILE, "Too many open files")]
)
def test_why_no_data_port_can_be_had(
    monkeypatch: pytest.MonkeyPatch, number: int, word: str
) -> None:
    def refuse(host: str, port: int, backlog: int) -> socket.socket:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(listening, "listen", refuse)
    with pytest.raises(NotListeningError, match=word):
        check_data_ports("127.0.0.1", PortRange(5, 6))


def test_a_port_is_kept_for_those_who_will_listen_there() -> None:
    with keep_for_workers("127.0.0.1", 0, reuse_port=False) as kept:
        address = kept.getsockname()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        workers = [listen_for_clients(*address, reuse_port=True) for _ in range(2)]
        with pytest.raises(NotListeningError, match="in use"):
            listen_for_clients(*address)
        for worker in workers:
            with worker:
                socket.create_connection(address).close()


def test_nobody_is_joined_unless_that_is_wanted() -> None:
    with listen_for_clients("127.0.0.1", 0, reuse_port=True) as other:
        address = other.getsockname()
        with pytest.raises(NotListeningError, match="in use"):
            keep_for_workers(*address, reuse_port=False)
        with keep_for_workers(*address, reuse_port=True) as kept:
            assert kept.getsockname() == address
