# SPDX-License-Identifier: GPL-3.0-or-later
"""Data ports: one for each session, and shared when there are no more."""

import contextlib
import errno
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from server.config import PortRange
from server.congestion import SYSTEM, is_usable
from server.data_ports import KEPT, OWN, DataPortPool
from server.deadlines import Deadlines
from server.listening_socket import listen
from server.refusals import APART
from tests.server.library.files import until
from tests.server.wires import free_ports

HOST = "127.0.0.1"


class Pool:
    """A pool, what was accepted on it, and the time that it goes by."""

    def __init__(self, ports: PortRange | None, congestion: str = SYSTEM) -> None:
        self.accepted: list[socket.socket] = []
        self.now = 0.0
        self.deadlines = Deadlines()
        self.pool = DataPortPool(
            HOST,
            ports,
            lambda sock, _: self.accepted.append(sock),
            self.deadlines,
            congestion=congestion,
            clock=lambda: self.now,
        )

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.deadlines.run(now=self.now)

    def close(self) -> None:
        self.pool.close()
        for sock in self.accepted:
            sock.close()


@pytest.fixture
def three() -> PortRange:
    """Three ports in a row that were free a moment ago."""
    return free_ports(3)


@pytest.fixture
def pool(three: PortRange) -> Iterator[Pool]:
    made = Pool(three)
    yield made
    made.close()


def reachable(port: int) -> bool:
    try:
        socket.create_connection((HOST, port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_each_session_has_its_own_as_long_as_there_are_some(pool: Pool, three: PortRange) -> None:
    ports = [pool.pool.offer(session) for session in (1, 2, 3)]
    assert sorted(ports) == list(range(three.low, three.high + 1))
    assert pool.pool.offer(2) == ports[1]  # asked again
    with socket.create_connection((HOST, ports[1])):
        until(lambda: pool.accepted)


def test_then_they_are_shared_evenly_and_closed_behind_the_last(pool: Pool) -> None:
    ports = {session: pool.pool.offer(session) for session in range(1, 7)}
    assert sorted(ports.values()) == sorted(2 * list(set(ports.values())))
    for session in (1, 2, 3, 4, 5):
        pool.pool.release(session)
    pool.pool.release(5)
    pool.wait(2 * KEPT)
    assert all(map(reachable, ports.values()))
    pool.pool.release(6)
    pool.wait(0.9 * KEPT)
    assert all(map(reachable, ports.values()))
    pool.wait(0.1 * KEPT)
    assert not any(map(reachable, ports.values()))
    assert len(pool.deadlines) == 0


def test_between_two_who_come_it_stays_open(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    port = pool.pool.offer(1)
    pool.pool.release(1)
    monkeypatch.setattr("server.data_ports.listen", pytest.fail)
    for session in range(2, 10):
        pool.wait(0.6 * KEPT)
        assert pool.pool.offer(session) == port
        pool.wait(0.6 * KEPT)  # the deadline comes while somebody is to attach
        assert reachable(port)
        pool.pool.release(session)


def test_one_that_nobody_needs_any_more_is_the_next_ones_while_others_wait(pool: Pool) -> None:
    ports = {session: pool.pool.offer(session) for session in (1, 2, 3, 4)}
    pool.pool.release(2)
    assert ports[4] == ports[1]
    assert pool.pool.offer(5) == ports[2]
    assert pool.pool.offer(6) == ports[2]  # in its turn: nobody has one alone


def test_a_crowd_shares_evenly_and_each_comes_through() -> None:
    made = Pool(None)
    try:
        ports = {session: made.pool.offer(session) for session in range(1, 3 * OWN + 1)}
        assert len(set(ports.values())) == OWN
        assert len({ports[session] for session in range(1, OWN + 1)}) == OWN
        assert set(Counter(ports.values()).values()) == {3}
        for session in range(1, OWN + 1):
            made.pool.release(session)
            assert reachable(ports[session])
        for session in range(OWN + 1, 3 * OWN + 1):
            made.pool.release(session)
        made.wait(KEPT)
        assert not any(map(reachable, ports.values()))
        again = [made.pool.offer(session) for session in (1, 2)]
        assert len(set(again)) == 2
    finally:
        made.close()


def test_a_crowd_may_knock_before_anybody_looks() -> None:
    made = Pool(None)
    knocking: list[socket.socket] = []
    try:
        port = made.pool.offer(1)
        for _ in range(200):
            sock = socket.socket()
            knocking.append(sock)
            sock.settimeout(0.5)  # which a second try of the kernel's would take
            sock.connect((HOST, port))
        until(lambda: len(made.accepted) == 200)
    finally:
        made.close()
        for sock in knocking:
            sock.close()


def test_a_port_that_somebody_else_has_is_left_out(pool: Pool, three: PortRange) -> None:
    with socket.create_server((HOST, three.low)):
        ports = {pool.pool.offer(session) for session in (1, 2, 3)}
    assert ports == {three.low + 1, three.high}


def test_where_all_are_somebody_elses_there_is_none(three: PortRange) -> None:
    with socket.create_server((HOST, three.low)):
        pool = Pool(PortRange(three.low, three.low))
        with pytest.raises(OSError, match="port") as error:
            pool.pool.offer(1)
        assert error.value.errno == errno.EADDRNOTAVAIL
    assert pool.pool.offer(1) == three.low
    pool.close()


def test_a_port_that_was_closed_is_not_used_again_at_once(pool: Pool) -> None:
    first = pool.pool.offer(1)
    pool.pool.release(1)
    pool.wait(KEPT)
    assert pool.pool.offer(2) != first


def test_any_free_port() -> None:
    pool = Pool(None)
    ports = {pool.pool.offer(session) for session in range(1, 20)}
    assert len(ports) == 19
    pool.close()
    assert not any(map(reachable, ports))


def test_where_any_will_do_the_kernel_is_asked_only_at_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def noting(host: str, port: int, backlog: int) -> socket.socket:
        asked.append(port)
        return listen(host, port, backlog)

    monkeypatch.setattr("server.data_ports.listen", noting)
    made = Pool(None)
    try:
        first, *others = [made.pool.offer(session) for session in range(1, 6)]
        assert asked[0] == 0
        assert asked[1] == first + 2
        assert len({first, *others}) == 5
        # Its own next choice is somebody else's: it goes on behind that one.
        with contextlib.suppress(OSError), listen(HOST, others[-1] + 2, 1):
            assert made.pool.offer(6) != others[-1] + 2
            assert asked[-1] != others[-1] + 2
    finally:
        made.close()


def test_behind_the_highest_port_the_kernel_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.data_ports.HIGHEST", 0)
    made = Pool(None)
    try:
        assert made.pool.offer(1) != made.pool.offer(2)
    finally:
        made.close()


def test_that_there_is_no_further_one_is_told_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = Pool(None)
    try:
        made.pool.offer(1)

        def refuse(*_: object) -> socket.socket:
            raise OSError(errno.EMFILE, "Too many open files")

        monkeypatch.setattr("server.data_ports.listen", refuse)
        told: list[int] = []
        for seconds in (0.0, APART - 1, 1.0, 1.0):
            made.now += seconds
            made.pool.offer(2 + len(told))  # it shares the first one's
            told.append(caplog.text.count("event=no_further_data_port"))
        assert told == [1, 1, 2, 2]
    finally:
        made.close()


def test_closing_closes_all(pool: Pool) -> None:
    ports = [pool.pool.offer(session) for session in (1, 2)]
    pool.pool.close()
    assert not any(map(reachable, ports))
    pool.pool.release(1)


@pytest.mark.parametrize("name", ["reno", "nosuchcontrol"])
def test_connections_have_the_congestion_control_that_was_asked_for(name: str) -> None:
    made = Pool(None, name)
    try:
        with socket.create_connection((HOST, made.pool.offer(1))):
            until(lambda: made.accepted)
            found = made.accepted[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
            with socket.socket() as plain:
                usual = plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
        assert found == (name.encode().ljust(16, b"\0") if is_usable(name) else usual)
    finally:
        made.close()


def test_a_congestion_control_that_nobody_has_is_not_usable() -> None:
    assert not is_usable("nosuchcontrol")
    assert is_usable(SYSTEM)
