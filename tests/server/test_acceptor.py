# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening, accepting in batches, and a full file table."""

import errno
import socket
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from server.acceptor import BATCH, Acceptor
from server.listening_socket import listen
from tests.server.library.files import until
from tests.server.wires import read_all, turns_of_the_loop

Accepted = list[tuple[socket.socket, str]]


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with listen("127.0.0.1", 0, 4096) as sock:
        yield sock


def connect(listening: socket.socket) -> socket.socket:
    return socket.create_connection(listening.getsockname())


@contextmanager
def accepting(listening: socket.socket) -> Generator[Accepted]:
    accepted: Accepted = []
    acceptor = Acceptor(listening, lambda sock, peer: accepted.append((sock, peer)))
    yield accepted
    acceptor.close()
    acceptor.close()
    for sock, _ in accepted:
        sock.close()


def test_connections_are_handed_on_with_their_address(listening: socket.socket) -> None:
    with accepting(listening) as accepted, connect(listening) as client:
        until(lambda: accepted)
        ((sock, peer),) = accepted
        assert peer == "127.0.0.1"
        assert sock.getpeername() == client.getsockname()


def test_an_ipv4_address_is_one_also_where_ipv6_is_listened_on() -> None:
    with listen("", 0, 4096) as sock, accepting(sock) as accepted:
        with socket.create_connection(("127.0.0.1", sock.getsockname()[1])):
            until(lambda: accepted)
        assert accepted[0][1] == "127.0.0.1"


def test_more_than_a_batch(listening: socket.socket) -> None:
    with accepting(listening) as accepted, ExitStack() as stack:
        for _ in range(BATCH + 10):
            stack.enter_context(connect(listening))
        until(lambda: len(accepted) == BATCH + 10)


def test_one_that_cannot_be_set_up_costs_only_itself(listening: socket.socket) -> None:
    kept: list[socket.socket] = []

    def accepted(sock: socket.socket, peer: str) -> None:
        kept.append(sock)
        if len(kept) == 1:
            raise OSError("gone already")

    acceptor = Acceptor(listening, accepted)
    with connect(listening) as first, connect(listening):
        first.setblocking(False)
        assert read_all(first) == b""
        until(lambda: len(kept) == 2)
    acceptor.close()
    kept[1].close()


def test_closing_refuses(listening: socket.socket) -> None:
    acceptor = Acceptor(listening, lambda sock, _: sock.close())
    address = listening.getsockname()
    acceptor.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


class FullOnce(socket.socket):
    """A listening socket for which there is no descriptor left, once."""

    full = True

    def accept(self) -> tuple[socket.socket, Any]:
        if self.full:
            self.full = False
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def full_once(listening: socket.socket) -> FullOnce:
    sock = FullOnce(fileno=listening.detach())
    sock.setblocking(False)
    return sock


def test_a_full_file_table_turns_all_away_and_goes_on_when_there_is_room(
    listening: socket.socket,
) -> None:
    sock = full_once(listening)
    accepted: Accepted = []
    refused: list[str] = []

    def turn_away(taken: socket.socket, peer: str) -> None:
        refused.append(peer)
        taken.sendall(b"full")

    with ExitStack() as stack:
        waiting = [stack.enter_context(connect(sock)) for _ in range(5)]
        acceptor = Acceptor(
            sock,
            lambda taken, peer: accepted.append((taken, peer)),
            turned_away=turn_away,
        )
        stack.callback(acceptor.close)
        for client in waiting:
            client.setblocking(False)
            assert read_all(client) == b"full"
        stack.enter_context(connect(sock))
        until(lambda: accepted)
        accepted[0][0].close()
    assert len(accepted) == 1
    assert refused == 5 * ["127.0.0.1"]


class AlwaysFull(socket.socket):
    """A listening socket for which there is never a descriptor left."""

    tries = 0

    def accept(self) -> tuple[socket.socket, Any]:
        self.tries += 1
        raise OSError(errno.EMFILE, "Too many open files")


def test_while_there_is_no_room_it_does_not_try_all_the_time(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.acceptor.PAUSE", 1000.0)
    sock = AlwaysFull(fileno=listening.detach())
    with connect(sock), accepting(sock):
        until(lambda: sock.tries)
        turns_of_the_loop(3)
        assert sock.tries == 1


def test_every_pause_is_as_long_as_the_first(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullTwice(AlwaysFull):
        """At the second time, the next pause is as long as this test."""

        def accept(self) -> tuple[socket.socket, Any]:
            if self.tries == 1:
                monkeypatch.setattr("server.acceptor.PAUSE", 1000.0)
            return super().accept()

    monkeypatch.setattr("server.acceptor.PAUSE", 0.001)
    sock = FullTwice(fileno=listening.detach())
    with connect(sock), accepting(sock):
        until(lambda: sock.tries == 2)
        turns_of_the_loop(3)
        assert sock.tries == 2


def test_without_a_last_word_they_wait(
    listening: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    sock = full_once(listening)
    with connect(sock), accepting(sock) as accepted:
        until(lambda: accepted)
    assert "cannot accept" not in caplog.text


def test_who_waits_at_the_end_is_taken(listening: socket.socket) -> None:
    accepted: Accepted = []
    address = listening.getsockname()
    with ExitStack() as stack:
        waiting = [stack.enter_context(connect(listening)) for _ in range(BATCH + 10)]
        acceptor = Acceptor(listening, lambda sock, peer: accepted.append((sock, peer)))
        acceptor.finish()
        acceptor.finish()
        assert len(accepted) == len(waiting)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        for sock, _ in accepted:
            sock.close()
