# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of the client's TLS link."""

import socket
import ssl
from functools import partial

from gevent.event import Event

from client.dial import dial
from client.link import Link
from client.security import Security
from client.trust import Trust
from tests.certificates import papers
from tests.client.test_link import Owner
from tests.client.tls_peer import PATIENCE, Act, peer

SERVER = "127.0.0.1:55353"
BY_CA = Trust(authorities=papers().certificate)
BY_FINGERPRINT = Trust(fingerprint=bytes.fromhex(papers().fingerprint))


class Room:
    """A link over TLS, and its owner."""

    def __init__(self, port: int, trust: Trust, *, host: str = "127.0.0.1") -> None:
        self.owner = Owner()
        self.gone = Event()
        security = Security(trust, host=host, server=SERVER)
        self.link = Link(
            partial(dial, "127.0.0.1", port, timeout=PATIENCE),
            self.owner,
            gone=lambda _: self.gone.set(),
            secure=partial(security.shake_hands, timeout=PATIENCE),
        )

    def opened(self) -> None:
        assert self.owner.opened.wait(PATIENCE), self.owner.told

    def ended(self) -> str:
        assert self.owner.ended.wait(PATIENCE)
        return self.owner.told[-1]


def hear_all(sock: socket.socket) -> bytes:
    heard = b""
    while data := sock.recv(65536):
        heard += data
    return heard


def listen(sock: socket.socket) -> None:
    hear_all(sock)


def refused(act: Act, context: ssl.SSLContext | None, trust: Trust, host: str = "127.0.0.1") -> str:
    with peer(act, context) as there:
        room = Room(there.port, trust, host=host)
        said = room.ended()
        assert room.owner.told == [said]  # never connected
        assert room.gone.wait(PATIENCE)
    assert said.endswith(".")
    return said
