# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's end of a connection over TLS, as non-blocking as a socket's; and both transports."""

import socket
from pathlib import Path

import gevent

from common.tls import RECEIVE, TlsPipe
from server.certificate import Identity
from server.tls_transport import TlsTransport
from server.transport import PLAIN, Transport
from tests.certificates import papers

TRANSPORTS = ("plain", "tls")


class TlsClient(socket.socket):
    """Shakes hands by itself when it is read from."""

    def __init__(self, sock: socket.socket) -> None:
        """Takes over a connected socket."""
        super().__init__(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self.setblocking(False)
        self.pipe = TlsPipe(papers().client(), server_name="127.0.0.1")
        self._early: bytes | memoryview = b""
        self._go_on()

    def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]
        """All of it, and after the handshake at the earliest."""
        self._early = bytes(self._early) + data
        self._go_on()
        return len(data)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Plaintext; BlockingIOError where there is none yet."""
        data = self.pipe.read(size) if self.pipe.ready else None
        if data is None:
            self.pipe.receive(super().recv(RECEIVE))
            self._go_on()
            data = self.pipe.read(size) if self.pipe.ready else None
        if data is None:
            raise BlockingIOError
        return data

    def shutdown(self, how: int) -> None:
        """Says close_notify first."""
        self.pipe.close()
        self._flush()
        super().shutdown(how)

    def shake(self) -> None:
        """Until the handshake is complete, while the hub runs."""
        with gevent.Timeout(30):
            while not self.pipe.ready:
                try:
                    self.pipe.receive(super().recv(RECEIVE))
                except BlockingIOError:
                    gevent.sleep(0.001)
                self._go_on()

    def _go_on(self) -> None:
        if self.pipe.handshake():
            while self._early:
                self._early = self._early[self.pipe.write(self._early) :]
        self._flush()

    def _flush(self) -> None:
        data = self.pipe.data_to_send()
        with gevent.Timeout(30):
            while data:
                try:
                    data = data[super().send(data) :]
                except BlockingIOError:
                    gevent.sleep(0.001)


def transport(kind: str, folder: Path) -> Transport:
    """The server's side; `folder` (a Path) is for its certificate."""
    if kind == "plain":
        return PLAIN
    return TlsTransport(Identity(*papers().write(folder)))


def client_end(sock: socket.socket, over: Transport) -> socket.socket:
    """What a test reads and writes."""
    return sock if over is PLAIN else TlsClient(sock)
