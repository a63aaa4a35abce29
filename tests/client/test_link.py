# SPDX-License-Identifier: GPL-3.0-or-later
"""One TCP connection in the hub, against sockets of the same hub on loopback."""

import socket
import struct
from collections.abc import Iterator
from functools import partial

import gevent
import pytest
from gevent import socket as hub_socket
from gevent.event import Event

from client.dial import DialError, dial, dial_address, dial_again
from client.link import Link, reading_room

PATIENCE = 20.0  # seconds; a net under a hang


def listen() -> hub_socket.socket:
    """A socket of the hub; `create_server` would make one that blocks the thread."""
    sock = hub_socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    return sock


class Owner:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.data = b""
        self.ended = Event()
        self.opened = Event()

    def connected(self) -> None:
        self.told.append("connected")
        self.opened.set()

    def received(self, data: bytes) -> None:
        self.data += data
        if not data:
            self.told.append("end")
            self.ended.set()

    def failed(self, reason: str) -> None:
        self.told.append(reason)
        self.ended.set()


class Keeper(Owner):
    """An owner that looks at what it was given only in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def received(self, data: bytes) -> None:
        self.pieces.append(data)
        super().received(data)


class Room:
    """A link, its owner and the peer that listens."""

    def __init__(self) -> None:
        self.listener = listen()
        self.port: int = self.listener.getsockname()[1]
        self.owner: Owner = Owner()
        self.gone = Event()
        self.room = reading_room()

    def link(self, port: int | None = None) -> Link:
        opener = partial(dial, "127.0.0.1", port or self.port, timeout=PATIENCE)
        return Link(opener, self.owner, gone=lambda _: self.gone.set(), room=self.room)

    def another(self, owner: Owner) -> Link:
        opener = partial(dial, "127.0.0.1", self.port, timeout=PATIENCE)
        return Link(opener, owner, gone=lambda _: None, room=self.room)

    def accept(self) -> socket.socket:
        with gevent.Timeout(PATIENCE):
            peer, _ = self.listener.accept()
        assert self.owner.opened.wait(PATIENCE)
        return peer


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.listener.close()


def read_all(peer: socket.socket) -> bytes:
    data = b""
    with gevent.Timeout(PATIENCE):
        while piece := peer.recv(65536):
            data += piece
    return data


def test_links_that_share_what_they_read_into_keep_their_bytes(room: Room) -> None:
    room.owner = keeper = Keeper()
    other_owner = Keeper()
    first = room.link()
    with room.accept() as peer:
        other = room.another(other_owner)
        with gevent.Timeout(PATIENCE):
            other_peer, _ = room.listener.accept()
        with other_peer:
            for _ in range(3):
                peer.sendall(b"one" * 1000)
                other_peer.sendall(b"two" * 1000)
        peer.close()
        assert room.owner.ended.wait(PATIENCE)
        assert other_owner.ended.wait(PATIENCE)
    assert b"".join(keeper.pieces) == b"one" * 3000
    assert b"".join(other_owner.pieces) == b"two" * 3000
    first.close(linger=False)
    other.close(linger=False)


def test_bytes_both_ways_and_an_end(room: Room) -> None:
    link = room.link()
    peer = room.accept()
    link.send(b"over there")
    assert peer.recv(100) == b"over there"
    peer.sendall(b"over here")
    peer.close()
    assert room.owner.ended.wait(PATIENCE)
    assert room.owner.told == ["connected", "end"]
    assert room.owner.data == b"over here"
    link.close(linger=False)
    assert room.gone.is_set()


def test_more_than_the_kernel_takes_at_once(room: Room) -> None:
    link = room.link()
    peer = room.accept()
    content = bytes(range(256)) * 40_000
    link.send(content)
    link.send(b"!")
    link.close(linger=True)
    assert read_all(peer) == content + b"!"
    peer.close()
    assert room.gone.wait(PATIENCE)


def test_lingering_discards_and_ends_with_the_peer(room: Room) -> None:
    link = room.link()
    peer = room.accept()
    link.send(b"last words")
    link.close(linger=True)
    assert not room.gone.is_set()
    assert read_all(peer) == b"last words"
    peer.sendall(b"too late")
    peer.close()
    assert room.gone.wait(PATIENCE)
    assert room.owner.told == ["connected"]
    assert room.owner.data == b""


def test_lingering_ends_with_a_peer_that_never_does(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("client.link.LINGER", 0.01)
    link = room.link()
    peer = room.accept()
    link.close(linger=True)
    assert not room.gone.is_set()
    assert room.gone.wait(PATIENCE)
    peer.close()


def test_a_connection_that_is_reset(room: Room) -> None:
    room.link()
    peer = room.accept()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    assert room.owner.ended.wait(PATIENCE)
    assert room.owner.told == ["connected", "The connection broke: connection reset by peer."]
    assert room.gone.is_set()


def test_nobody_listens(room: Room) -> None:
    room.listener.close()
    room.link()
    assert room.owner.ended.wait(PATIENCE)
    words = f"Cannot reach 127.0.0.1, port {room.port}: connection refused."
    assert room.owner.told == [words]
    assert room.gone.is_set()


def test_closed_before_it_was_open(room: Room) -> None:
    link = room.link()
    link.close(linger=True)
    link.send(b"nowhere")
    assert room.gone.is_set()
    assert link.peer is None
    gevent.idle()
    assert room.owner.told == []


def test_the_peer_is_reached_again_on_another_port(room: Room) -> None:
    link = room.link()
    first = room.accept()
    address = link.peer
    assert address is not None
    assert address == (socket.AF_INET, ("127.0.0.1", room.port))
    with listen() as other:
        sock = dial_again(address, other.getsockname()[1], timeout=PATIENCE)
        accepted, _ = other.accept()
        assert accepted.getpeername() == sock.getsockname()
        accepted.close()
        sock.close()
    with pytest.raises(DialError, match="Cannot reach"):
        dial_again(address, other_port(), timeout=PATIENCE)
    first.close()
    link.close(linger=False)


def other_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_the_second_address_is_tried(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        assert host == "radio.example"
        closed = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", other_port()))
        return [closed, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(hub_socket, "getaddrinfo", resolve)
    sock = dial("radio.example", room.port, timeout=PATIENCE)
    assert sock.getpeername() == ("127.0.0.1", room.port)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    sock.close()


@pytest.mark.parametrize("host", ["a..b", "a" * 64, "\udcff"])
def test_a_host_that_cannot_be(host: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DialError, match=r"cannot be found \(it is no name\)") as refused:
        dial(host, 80, timeout=PATIENCE)
    assert host in str(refused.value)
    assert capfd.readouterr() == ("", ""), "the stack of a thread is shown to the listener"


def test_no_answer_in_time() -> None:
    # A queue that is full drops what knocks, so the handshake never ends.
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = (int(socket.AF_INET), deaf.getsockname())
        waiting: list[socket.socket] = []

        def knock_on() -> None:
            while len(waiting) < 16:
                waiting.append(dial_address(address, timeout=0.2))

        with pytest.raises(TimeoutError, match="no answer"):
            knock_on()
        for sock in waiting:
            sock.close()
