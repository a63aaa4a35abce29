# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay's door and its children's sockets, against children of the same hub on loopback."""

import socket
from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent import socket as hub_socket

from client.relay.children import Children
from client.relay.house import MOST_LINGERING, House, listen
from common.errors import ErrorCode
from data.frames import Data, Deframer, Fail, Frame
from data.station_frames import Branch, Leave
from tests.client.relay.relaying import Relay, signed

PATIENCE = 20.0  # seconds; a net under a hang


class Home:
    """A house on loopback, with the relay whose children come in."""

    def __init__(self, *, size: int = 8000) -> None:
        self.relay = Relay(children=50, size=size)
        self.house = House(listen(0), self.act)
        self.children: list[Child] = []

    def act(self, step: Callable[[Children, float], None]) -> None:
        step(self.relay.children, self.relay.now)
        self.house.pump(self.relay.children, self.relay.now)

    def hears(self, count: int = 1) -> None:
        self.act(lambda children, now: self.relay.hears(count))

    def child(self, node: int | None = None, offset: int = 0) -> "Child":
        sock = hub_socket.create_connection(("127.0.0.1", self.house.port), timeout=PATIENCE)
        child = Child(sock)
        self.children.append(child)
        if node is not None:
            sock.sendall(signed(node, offset).encode())
        return child


class Child:
    """The other end."""

    def __init__(self, sock: hub_socket.socket) -> None:
        self.sock = sock
        self._deframer = Deframer()

    def reads(self, count: int) -> list[Frame]:
        """So many frames; a DATA counts once, with the piece in which it begins."""
        frames: list[Frame] = []
        while len(frames) < count:
            data = self.sock.recv(65536)
            assert data, frames
            frames += [f for f in self._deframer.feed(data) if getattr(f, "begins", True)]
        return frames

    def reads_all(self) -> list[Frame]:
        frames: list[Frame] = []
        while data := self.sock.recv(65536):
            frames += self._deframer.feed(data)
        return frames


@pytest.fixture
def home() -> Iterator[Home]:
    home = Home()
    yield home
    home.house.close()
    for child in home.children:
        child.sock.close()


def test_a_child_is_fed_what_there_is_and_what_comes(home: Home) -> None:
    home.hears(2)
    child = home.child(9)
    assert isinstance(child.reads(6)[0], Branch)
    home.hears()
    assert isinstance(child.reads(2)[0], Data)
    assert home.relay.children.count == 1


def test_a_child_far_back_gets_more_than_one_turn_takes(home: Home) -> None:
    home.hears(55)
    child = home.child(9, offset=8000)
    last: Frame | None = None
    while getattr(last, "offset", 0) != 55 * 8000:
        last = child.reads(1)[-1]


def test_one_that_does_not_read_keeps_nobody_waiting_and_is_left_behind(home: Home) -> None:
    home.hears()
    lazy, quick = home.child(9), home.child(10)
    lazy.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    quick.reads(4)
    while home.relay.children.count == 2:
        home.hears()
        assert isinstance(quick.reads(2)[0], Data)
        assert home.relay.edge < 100_000_000
    for _ in range(10):  # more seconds than it is given to take the rest
        home.hears()
    lazy.reads_all()


def test_a_child_that_goes_makes_room(home: Home) -> None:
    home.hears()
    child = home.child(9)
    child.reads(4)
    child.sock.close()
    with gevent.Timeout(PATIENCE):
        while home.relay.children.count:
            gevent.sleep(0)


def test_farewell_arrives(home: Home) -> None:
    home.hears()
    child = home.child(9)
    child.reads(4)
    home.relay.children.leave(at=home.relay.now)
    home.act(lambda children, now: children.tick(parent=4, now=now))
    assert child.reads_all() == [Leave(9, 1, 4)]
    # The child has seen the end before the socket is closed, and the last word with it.
    assert len(home.house._lingering) == 1  # pyright: ignore[reportPrivateUsage]


def test_the_refused_are_told_why_and_closed(home: Home) -> None:
    child = home.child(9)
    (fail,) = child.reads_all()
    assert isinstance(fail, Fail)
    assert fail.code == ErrorCode.BUSY


def test_those_who_linger_are_bounded(home: Home) -> None:
    children = [home.child(node) for node in range(1, MOST_LINGERING + 5)]
    for child in children:
        assert len(child.reads_all()) == 1
    assert len(home.house._lingering) <= MOST_LINGERING  # pyright: ignore[reportPrivateUsage]


def test_nobody_stays_where_nothing_is_offered(home: Home) -> None:
    home.relay.offering.untuned()
    child = home.child()
    assert child.reads_all() == []


def test_ipv6_is_listened_to_where_there_is_any(home: Home) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    home.hears()
    with hub_socket.create_connection(("::1", home.house.port), timeout=PATIENCE) as sock:
        sock.sendall(signed(9).encode())
        assert sock.recv(100)


def test_a_port_that_is_taken_cannot_be_listened_to(home: Home) -> None:
    with pytest.raises(OSError, match="in use"):
        listen(home.house.port)


def test_the_end_closes_everything(home: Home) -> None:
    home.hears()
    child = home.child(9)
    child.reads(4)
    port = home.house.port
    home.house.close()
    assert child.sock.recv(100) == b""
    with pytest.raises(OSError, match="refused"):
        hub_socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
