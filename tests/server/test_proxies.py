# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections from proxies: for whom they are, whatever pieces the header comes in."""

import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network

import gevent
import pytest

from server import proxies
from server.proxies import Network, Proxies
from tests.server.proxy_headers import LOCAL, header
from tests.server.wires import read_all, read_some, turns_of_the_loop, wire

PROXY = "10.0.0.5"
TRUSTED = (ip_network("10.0.0.0/24"), ip_network("2001:db8::5"))


def until(condition: Callable[[], bool]) -> None:
    """Let the hub run until then; 30 seconds are a net, not a measure."""
    with gevent.Timeout(30):
        while not condition():
            gevent.sleep(0.001)


def closed(sock: socket.socket) -> Callable[[], bool]:
    """Whether it is, when asked."""
    return lambda: sock.fileno() == -1


def nobody(peer: str) -> None:
    raise AssertionError(f"{peer} was turned away")


def trusting(
    whom: Sequence[Network] = TRUSTED, *, turned_away: Callable[[str], None] = nobody, most: int = 9
) -> Proxies:
    return Proxies(whom, turned_away=turned_away, most=most)


class Door:
    """Keeps what was accepted."""

    def __init__(self) -> None:
        self.came: list[tuple[socket.socket, str]] = []

    def accept(self, sock: socket.socket, peer: str) -> None:
        self.came.append((sock, peer))


@pytest.fixture
def door() -> Iterator[Door]:
    turns_of_the_loop(1)  # its time is that of its last turn, long ago where others did without it
    made = Door()
    yield made
    for sock, _peer in made.came:
        sock.close()


@pytest.mark.parametrize("proxy", [PROXY, f"::ffff:{PROXY}", "2001:db8::5"])
@pytest.mark.parametrize("source", ["192.0.2.7", "2001:db8:7::7"])
def test_who_comes_through_a_proxy(door: Door, proxy: str, source: str) -> None:
    server, client = wire()
    with client:
        trusting().before(door.accept)(server, proxy)
        for byte in header(source, more=b"\x04\x00\x01x"):
            assert not door.came
            client.sendall(bytes([byte]))
            turns_of_the_loop(1)
        client.sendall(b"HELLO")
        until(lambda: bool(door.came))
        ((sock, peer),) = door.came
        assert peer == source
        assert read_some(sock, 5) == b"HELLO"


def test_an_ipv4_address_is_one_also_where_the_proxy_maps_it(door: Door) -> None:
    server, client = wire()
    with client:
        client.sendall(header("::ffff:5.5.5.5"))
        trusting().before(door.accept)(server, PROXY)
        until(lambda: bool(door.came))
        assert door.came == [(server, "5.5.5.5")]


def test_header_and_hello_in_one_piece(door: Door) -> None:
    server, client = wire()
    with client:
        client.sendall(header("192.0.2.7") + b"HELLO")
        trusting().before(door.accept)(server, PROXY)
        until(lambda: bool(door.came))
        ((sock, peer),) = door.came
        assert (peer, read_some(sock, 5)) == ("192.0.2.7", b"HELLO")


@pytest.mark.parametrize("peer", ["10.0.1.5", "2001:db8::6", "::ffff:10.0.1.5", "fe80::1%eth0"])
def test_others_are_taken_for_themselves_whatever_they_say(door: Door, peer: str) -> None:
    server, client = wire()
    with client:
        client.sendall(header("192.0.2.7"))
        trusting().before(door.accept)(server, peer)
        assert door.came == [(server, peer)]
        assert read_some(server, len(header("192.0.2.7"))) == header("192.0.2.7")


def test_without_a_proxy_nothing_is_in_between(door: Door) -> None:
    accept = door.accept
    assert trusting(()).before(accept) is accept


def test_a_proxy_that_speaks_for_itself(door: Door) -> None:
    server, client = wire()
    with client:
        client.sendall(LOCAL)
        trusting().before(door.accept)(server, PROXY)
        until(lambda: bool(door.came))
        assert door.came == [(server, PROXY)]


def test_what_is_no_header_is_refused(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    server, client = wire()
    with client:
        client.sendall(b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 55353\r\n")
        trusting().before(door.accept)(server, PROXY)
        until(closed(server))
    assert f'peer={PROXY} reason="it does not begin' in caplog.text
    assert not door.came


def test_of_each_proxy_it_is_said_once(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    accept = trusting().before(door.accept)
    for proxy in (PROXY, f"::ffff:{PROXY}", "10.0.0.6", PROXY):
        server, client = wire()
        with client:
            client.sendall(b"HELLO, and what a client says in it")
            accept(server, proxy)
            until(closed(server))
    assert [line.count(f" peer={PROXY} ") for line in caplog.text.splitlines()] == [1, 0]
    assert "only a proxy with its header may come from there" in caplog.text


def test_of_so_many_proxies_it_is_said_and_no_more(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(proxies, "TOLD", 2)
    caplog.set_level(logging.INFO)
    accept = trusting().before(door.accept)
    for proxy in ("10.0.0.5", "10.0.0.6", "10.0.0.7"):
        server, client = wire()
        with client:
            client.sendall(b"HELLO, and what a client says in it")
            accept(server, proxy)
            until(closed(server))
    assert caplog.text.count("event=proxy_refused") == 2


def test_who_only_looks_whether_it_listens_is_not_told_of(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server, client = wire()
    client.close()
    trusting().before(door.accept)(server, PROXY)
    until(closed(server))
    assert (door.came, caplog.text) == ([], "")


def test_a_header_that_does_not_come(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(proxies, "PATIENCE", 0.0)
    server, client = wire()
    with client:
        trusting().before(door.accept)(server, PROXY)
        assert read_all(client) == b""
    assert "no PROXY header in time" in caplog.text
    assert not door.came


def test_only_so_many_are_waited_for(door: Door) -> None:
    turned_away: list[str] = []
    waiting = trusting(turned_away=turned_away.append, most=1)
    accept = waiting.before(door.accept)
    first, one = wire()
    second, two = wire()
    with one, two:
        accept(first, PROXY)
        accept(second, PROXY)
        assert second.fileno() == -1
        assert first.fileno() != -1
        assert turned_away == [PROXY]
        waiting.close()
        assert first.fileno() == -1
    assert not door.came


def test_a_door_that_fails_costs_only_its_listener(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_sock: socket.socket, _peer: str) -> None:
        raise RuntimeError("a defect")

    server, client = wire()
    with client:
        client.sendall(header("192.0.2.7"))
        trusting().before(fails)(server, PROXY)
        until(closed(server))
    assert "a defect of the server" in caplog.text
