# SPDX-License-Identifier: GPL-3.0-or-later
"""The server dials back (RFC.md, "Offering"), to relays on sockets of this machine."""

from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent import socket
from gevent.event import AsyncResult, Event

from common.errors import ErrorCode
from data.frames import Fail
from data.relay_connection import ParentConnection
from data.station import ticket
from data.station_frames import Branch, Join, Leave
from server.relay.probe import WAITING, Candidate, NotReached, Outcome, Prober, Reached
from tests.data.station.station import OTHER_KEY, STATION, VERIFY, Aired, air

RELAY_KEY = bytes(31) + b"k"
WALL = 1_800_000_000
NODE = 12

Behave = Callable[[socket.socket, Join], None]


def listening() -> socket.socket:
    """On any port; what `create_server` makes would block the hub."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    return sock


class Relay:
    """Listens, reads one JOIN, and behaves."""

    def __init__(self, behave: Behave) -> None:
        self.behave = behave
        self.joins: list[Join] = []
        self.listening = listening()
        self.port = int(self.listening.getsockname()[1])
        self.greenlet = gevent.spawn(self.serve)

    def serve(self) -> None:
        while True:
            sock, _ = self.listening.accept()
            with sock:
                connection = ParentConnection()
                events: list[object] = []
                while not events:
                    events += connection.receive_data(sock.recv(4096))
                assert isinstance(events[0], Join)
                self.joins.append(events[0])
                self.behave(sock, events[0])

    def close(self) -> None:
        self.greenlet.kill()
        self.listening.close()


@pytest.fixture
def relay() -> Iterator[Callable[[Behave], Relay]]:
    """Makes relays."""
    made: list[Relay] = []

    def make(behave: Behave) -> Relay:
        made.append(Relay(behave))
        return made[-1]

    yield make
    for one in made:
        one.close()


def probe(port: int, *, seconds: float = 5.0) -> Outcome:
    """What the server finds there."""
    found: AsyncResult[Outcome] = AsyncResult()
    prober = Prober(wall=lambda: WALL, seconds=seconds)
    prober.begin(candidate(port), found.set)
    outcome = found.get(timeout=30)
    assert isinstance(outcome, Reached | NotReached)
    return outcome


def candidate(port: int) -> Candidate:
    return Candidate("127.0.0.1", port, RELAY_KEY, STATION, VERIFY)


def stream(song: Aired) -> bytes:
    """What a relay sends behind BRANCH, to the server."""
    frames = [song.frame(), *(frame for one in song.stretches for frame in one.frames())]
    return b"".join(_for_the_server(frame.encode()) for frame in frames)


def _for_the_server(frame: bytes) -> bytes:
    """With Session 0 and Stream 1 in the header."""
    return frame[:4] + bytes(4) + (1).to_bytes(4, "big") + frame[12:]


def branch(offset: int) -> bytes:
    return Branch(0, 1, offset, (NODE,)).encode()


def wait_for_the_end(sock: socket.socket) -> None:
    sock.recv(1)


def test_a_relay_that_sends_what_is_sealed_is_reached(relay: Callable[[Behave], Relay]) -> None:
    song = air(1, 1000)

    def behave(sock: socket.socket, _join: Join) -> None:
        sock.sendall(branch(1000) + stream(song))
        wait_for_the_end(sock)

    one = relay(behave)
    assert probe(one.port) == Reached(0.0)  # so little says nothing of the rate
    (join,) = one.joins
    assert (join.session, join.stream, join.offset, join.station_id) == (0, 1, 0, STATION)
    assert ticket.check(
        RELAY_KEY, STATION, node=0, expires=join.expires, ticket=join.ticket, now=WALL
    )


def test_a_relay_that_has_nothing_yet_is_reached(relay: Callable[[Behave], Relay]) -> None:
    def behave(sock: socket.socket, _join: Join) -> None:
        sock.sendall(branch(0))
        wait_for_the_end(sock)

    assert probe(relay(behave).port) == Reached(0.0)


def test_what_a_relay_sends_is_measured(relay: Callable[[Behave], Relay]) -> None:
    song = air(1, 0, stretches=10, size=8000)

    def behave(sock: socket.socket, _join: Join) -> None:
        sock.sendall(branch(0))
        data = stream(song)
        for at in range(0, len(data), 8000):
            gevent.sleep(0.02)
            sock.sendall(data[at : at + 8000])
        wait_for_the_end(sock)

    outcome = probe(relay(behave).port)
    assert isinstance(outcome, Reached)
    assert 0 < outcome.rate < 8000 / 0.02 * 1.5


def test_a_forgery_is_found_out(relay: Callable[[Behave], Relay]) -> None:
    song = air(1, 0, key=OTHER_KEY)

    def behave(sock: socket.socket, _join: Join) -> None:
        sock.sendall(branch(0) + stream(song))
        wait_for_the_end(sock)

    outcome = probe(relay(behave).port)
    assert isinstance(outcome, NotReached)
    assert "not this station" in outcome.text


def test_what_is_no_relay_at_all_is_found_out(relay: Callable[[Behave], Relay]) -> None:
    outcome = probe(relay(lambda sock, _join: sock.sendall(b"HTTP/1.1 400 Bad Request\r\n")).port)
    assert isinstance(outcome, NotReached)
    assert "not this station" in outcome.text


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (Fail(0, 0, 0, ErrorCode.BAD_TICKET, "no").encode(), "refused"),
        (branch(0) + Leave(0, 1, 5).encode(), "leaving"),
        (b"", "closed"),
    ],
)
def test_a_relay_that_does_not_want_is_none(
    relay: Callable[[Behave], Relay], last: bytes, text: str
) -> None:
    outcome = probe(relay(lambda sock, _join: sock.sendall(last)).port)
    assert isinstance(outcome, NotReached)
    assert text in outcome.text


def test_nobody_listens_there() -> None:
    with listening() as sock:
        port = int(sock.getsockname()[1])
    outcome = probe(port)
    assert isinstance(outcome, NotReached)
    assert "Connection refused" in outcome.text


def test_a_relay_that_says_nothing_is_none(relay: Callable[[Behave], Relay]) -> None:
    outcome = probe(relay(lambda sock, _join: wait_for_the_end(sock)).port, seconds=0.2)
    assert isinstance(outcome, NotReached)
    assert "does not answer" in outcome.text


def test_only_some_are_dialled_at_once(relay: Callable[[Behave], Relay]) -> None:
    one = relay(lambda sock, _join: wait_for_the_end(sock))
    prober = Prober(wall=lambda: WALL, at_once=2, seconds=0.2)
    found: list[Outcome] = []
    done = Event()

    def tell(outcome: Outcome) -> None:
        found.append(outcome)
        if len(found) == 4:
            done.set()

    probes = [prober.begin(candidate(one.port), tell) for _ in range(5)]
    probes[3].dropped = True
    assert done.wait(timeout=30)
    assert len(found) == 4
    assert not prober.is_full


def test_only_some_wait(relay: Callable[[Behave], Relay]) -> None:
    prober = Prober(wall=lambda: WALL, at_once=0)
    for _ in range(WAITING):
        prober.begin(candidate(1), lambda _outcome: None)
    assert prober.is_full
