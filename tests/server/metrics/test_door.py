# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages over HTTP/1.0, and scrapers that ask wrongly, slowly, at length, or all at once."""

import logging
import socket
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from server.listening import listen_for_clients
from server.metrics import door as door_module
from server.metrics.door import MOST, MOST_BYTES, MetricsDoor, Page
from tests.server.library.files import until
from tests.server.wires import read_all, turns_of_the_loop

LARGE = 16_000_000


def broken() -> Page:
    raise RuntimeError("of the test")


class Asked:
    """A door with pages, and what a client of it sees."""

    def __init__(self) -> None:
        sock = listen_for_clients("127.0.0.1", 0)
        self.address = sock.getsockname()
        self.has_made = False
        self.door = MetricsDoor(
            sock,
            {
                "/ok": lambda: Page(HTTPStatus.OK, b"all is well\n"),
                "/large": self.large,
                "/broken": broken,
            },
        )

    def large(self) -> Page:
        """More than the kernel takes at once."""
        self.has_made = True
        return Page(HTTPStatus.OK, b"x" * LARGE)

    def connect(self) -> socket.socket:
        sock = socket.create_connection(self.address)
        sock.setblocking(False)
        return sock

    def get(self, request: bytes) -> bytes:
        """What is answered."""
        with self.connect() as client:
            client.send(request)
            return read_all(client)


@pytest.fixture
def asked() -> Iterator[Asked]:
    made = Asked()
    yield made
    made.door.close()


def test_a_page_and_then_the_end(asked: Asked) -> None:
    head, body = asked.get(b"GET /ok?x HTTP/1.1\r\nHost: here\r\n\r\n").split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"Content-Length: 12\r\n" in head
    assert body == b"all is well\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /ok HTTP/1.0\r\n\r\n", b"405"),
        (b"GET /etc/passwd HTTP/1.0\r\n\r\n", b"404"),
        (b"GET /../ok HTTP/1.0\r\n\r\n", b"404"),
        (b"GET /ok\r\n\r\n", b"400"),
        (b"GET  /ok HTTP/1.0\r\n\r\n", b"400"),
        (b"\x16\x03\x01\r\n\r\n", b"400"),
        (b"\x00\x10\x00\x01 another protocol, which waits for its answer", b"400"),
        (b"GET /" + b"x" * (MOST_BYTES - 5), b"400"),
    ],
)
def test_what_is_asked_wrongly_gets_a_sentence(
    asked: Asked, request_: bytes, status: bytes
) -> None:
    answer = asked.get(request_)
    assert answer.startswith(b"HTTP/1.0 " + status)
    assert answer.endswith(b"\n")


def test_a_request_may_come_in_pieces_and_may_end_in_the_middle(asked: Asked) -> None:
    with asked.connect() as client:
        for byte in b"GET /ok HTTP/1.0\r\n\r\n":
            client.send(bytes([byte]))
            turns_of_the_loop(1)
        assert read_all(client).endswith(b"all is well\n")
    with asked.connect() as client:
        client.send(b"GET /ok HTTP/1.0\r\n")
        client.shutdown(socket.SHUT_WR)
        assert b" 400 " in read_all(client)


def test_a_defect_is_logged_and_not_shown(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "antiphon.server")
    answer = asked.get(b"GET /broken HTTP/1.0\r\n\r\n")
    assert b" 500 " in answer
    assert b"of the test" not in answer
    assert "of the test" in caplog.text


def test_more_than_a_few_at_once_are_closed(monkeypatch: pytest.MonkeyPatch, asked: Asked) -> None:
    monkeypatch.setattr(door_module, "PATIENCE", 1000.0)
    silent = [asked.connect() for _ in range(MOST)]
    until(lambda: asked.door.busy == MOST)
    with asked.connect() as one_more:
        assert read_all(one_more) == b""
        assert asked.door.busy == MOST
    for client in silent:
        client.close()
    until(lambda: asked.door.busy == 0)
    assert asked.get(b"GET /ok HTTP/1.0\r\n\r\n").endswith(b"all is well\n")


def test_who_does_not_ask_is_given_up(monkeypatch: pytest.MonkeyPatch, asked: Asked) -> None:
    monkeypatch.setattr(door_module, "PATIENCE", 0.05)
    with asked.connect() as client:
        assert read_all(client) == b""


def test_who_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch, asked: Asked) -> None:
    monkeypatch.setattr(door_module, "PATIENCE", 0.05)
    with asked.connect() as client:
        client.send(b"GET /large HTTP/1.0\r\n\r\n")
        until(lambda: asked.has_made)
        until(lambda: asked.door.busy == 0)
        assert len(read_all(client)) < LARGE


def test_closing_cuts_off_who_is_there(monkeypatch: pytest.MonkeyPatch, asked: Asked) -> None:
    monkeypatch.setattr(door_module, "PATIENCE", 1000.0)
    with asked.connect() as client:
        until(lambda: asked.door.busy == 1)
        asked.door.close()
        asked.door.close()
        assert read_all(client) == b""
        until(lambda: asked.door.busy == 0)
