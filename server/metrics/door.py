# SPDX-License-Identifier: GPL-3.0-or-later
"""A few pages over HTTP/1.0, for a scraper on this machine: GET and nothing else.

Beside listeners it is nobody: few connections, small requests, little time for each.
"""

import contextlib
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import gevent
from gevent import socket as hub_socket

from server.acceptor import Acceptor
from server.logbook import Logbook

EVENTS = Logbook("antiphon.server")

MOST: Final = 4  # connections at once; others are closed
MOST_BYTES: Final = 8192  # of a request
PATIENCE: Final = 5.0  # seconds for one request and its answer
PLAIN: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered."""

    status: HTTPStatus
    body: bytes
    kind: str = PLAIN


class MetricsDoor:
    """Answers at one listening socket."""

    def __init__(self, sock: socket.socket, pages: Mapping[str, Callable[[], Page]]) -> None:
        """Begin; `pages` are made when their path is asked for."""
        self._pages = pages
        self._greenlets: set[gevent.Greenlet[[hub_socket.socket], None]] = set()
        self._acceptor = Acceptor(sock, self._accepted)

    @property
    def busy(self) -> int:
        """Connections that are there."""
        return len(self._greenlets)

    def close(self) -> None:
        """Answer nobody any more. May be called again."""
        self._acceptor.close()
        gevent.killall(list(self._greenlets))

    def _accepted(self, sock: socket.socket, _peer: str) -> None:
        if len(self._greenlets) >= MOST:
            sock.close()
            return
        greenlet = gevent.spawn(self._serve, hub_socket.socket(fileno=sock.detach()))
        self._greenlets.add(greenlet)
        greenlet.rawlink(self._greenlets.discard)

    def _serve(self, sock: hub_socket.socket) -> None:
        # Silent where the time is up, or the peer has gone: it is told by what does not come.
        with sock, contextlib.suppress(OSError, gevent.Timeout), gevent.Timeout(PATIENCE):
            page = self._page(_received(sock))
            head = (
                f"HTTP/1.0 {page.status.value} {page.status.phrase}\r\n"
                f"Content-Type: {page.kind}\r\n"
                f"Content-Length: {len(page.body)}\r\n"
                "Cache-Control: no-store\r\n"
                "Connection: close\r\n\r\n"
            )
            sock.sendall(head.encode() + page.body)
            sock.shutdown(socket.SHUT_WR)

    def _page(self, request: bytes) -> Page:
        words = request.split(b"\r\n", 1)[0].split(b" ")
        if b"\r\n\r\n" not in request or len(words) != 3 or words[2][:5] != b"HTTP/":
            return _sentence(HTTPStatus.BAD_REQUEST, "a request of HTTP/1 is wanted")
        if words[0] != b"GET":
            return _sentence(HTTPStatus.METHOD_NOT_ALLOWED, "only GET is answered here")
        path = words[1].partition(b"?")[0].decode("latin-1")
        make = self._pages.get(path)
        if make is None:
            known = " and ".join(self._pages)
            return _sentence(HTTPStatus.NOT_FOUND, f"there are {known} here")
        try:
            return make()
        except Exception:  # noqa: BLE001 - a defect here must be seen, and cost nobody his music
            EVENTS.defect("a defect of the server")
            return _sentence(HTTPStatus.INTERNAL_SERVER_ERROR, "a defect; the log says more")


def _received(sock: hub_socket.socket) -> bytes:
    """A request up to its empty line, or what there is of it."""
    request = bytearray()
    while b"\r\n\r\n" not in request and len(request) < MOST_BYTES:
        if request and not request[:1].isalpha():
            break  # some other protocol, whose client would wait for a word as we do
        data = sock.recv(MOST_BYTES - len(request))
        if not data:
            break
        request += data
    return bytes(request)


def _sentence(status: HTTPStatus, text: str) -> Page:
    return Page(status, text.encode() + b"\n")
