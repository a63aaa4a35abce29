# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is turned away is in the log, with what to do about it, and a flood does not fill it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import ErrorCode, ProtocolError
from control.framing import Deframer
from control.session_messages import Error, Hello, Login
from server.config import Limits
from server.deadlines import Deadlines
from server.doors import ControlDoor, DataDoor
from server.option_table import OPTIONS
from server.pump import Pump
from server.refusals import APART, Refusal, Refusals
from server.users.logins import PLACES_PER_ADDRESS
from tests.server.callers import Caller, Door
from tests.server.fakes import FakeControl, make_desk
from tests.server.visits import NEW, greet
from tests.server.wires import turns_of_the_loop, wire


class Log:
    """Refusals, and the lines that they came to since it was read last."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.deadlines = Deadlines()
        self.refusals = Refusals(self.deadlines)
        self._caplog = caplog

    def lines(self) -> list[str]:
        lines = self._caplog.text.splitlines()
        self._caplog.clear()
        return lines


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    return Log(caplog)


@pytest.fixture
def unlink_sockets() -> Iterator[None]:
    """The clients have closed their ends; the hub lets go of the server's."""
    yield
    turns_of_the_loop(3)


def test_the_first_is_told_at_once(log: Log) -> None:
    log.refusals.count(Refusal.SESSIONS, "10.0.0.1", now=5.0)
    (line,) = log.lines()
    assert line == (
        '<4>msg="10.0.0.1 is turned away" event=refused peer=10.0.0.1 count=1'
        ' reason="as many listen as --max-sessions allows: raise it if this machine can bear more"'
    )


def test_a_flood_is_a_line_a_minute_that_says_how_many(log: Log) -> None:
    for number in range(1000):
        log.refusals.count(Refusal.WAITING, f"10.0.0.{number % 9}", now=5.0 + number / 100)
        log.deadlines.run(now=5.0 + number / 100)
    assert len(log.lines()) == 1
    log.deadlines.run(now=5.0 + APART - 0.1)
    assert log.lines() == []
    log.deadlines.run(now=5.0 + APART)
    (line,) = log.lines()
    assert line.startswith(
        '<4>msg="999 more were turned away, the last of them 10.0.0.0" event=refused'
        " peer=10.0.0.0 count=999 reason="
    )
    log.refusals.count(Refusal.WAITING, "10.0.0.1", now=6.0 + APART)
    assert log.lines() == []
    log.deadlines.run(now=5.0 + 2 * APART)
    (line,) = log.lines()
    assert " count=1 " in line


def test_after_a_quiet_minute_the_next_is_told_at_once(log: Log) -> None:
    log.refusals.count(Refusal.WAITING, "10.0.0.1", now=0.0)
    log.deadlines.run(now=APART)
    assert len(log.deadlines) == 0
    log.refusals.count(Refusal.WAITING, "10.0.0.2", now=APART + 1)
    assert ["10.0.0.1 is turned away" in line for line in log.lines()] == [True, False]
    assert len(log.deadlines) == 1


def test_each_reason_is_told_for_itself(log: Log) -> None:
    for refusal in Refusal:
        log.refusals.count(refusal, "10.0.0.1", now=0.0)
    assert len(log.lines()) == len(Refusal)


@pytest.mark.parametrize("refusal", Refusal)
def test_what_is_advised_are_options(refusal: Refusal) -> None:
    words = [word.strip(",:") for word in refusal.value.split()]
    advised = {word for word in words if word.startswith("--")}
    assert advised or "ulimit -n" in refusal.value
    assert advised <= {f"--{option.name}" for option in OPTIONS}


class TestWhere:
    """All places that turn somebody away for want of room."""

    def test_sessions(self, tmp_path: Path, log: Log) -> None:
        desk = make_desk(tmp_path, limits=Limits(sessions=2, sessions_per_address=1))
        greet(desk)
        assert log.lines() == []
        with pytest.raises(ProtocolError):
            greet(desk)
        (line,) = log.lines()
        assert "peer=10.0.0.1 " in line
        assert "--max-sessions-per-address" in line
        desk.service.greet(NEW, FakeControl(), "10.0.0.2", now=0.0)
        assert log.lines() == []
        with pytest.raises(ProtocolError):
            desk.service.greet(NEW, FakeControl(), "10.0.0.3", now=0.0)
        (line,) = log.lines()
        assert "peer=10.0.0.3 " in line
        assert "--max-sessions allows" in line

    def test_data_ports(self, tmp_path: Path, log: Log) -> None:
        desk = make_desk(tmp_path)
        desk.ports.left = 0
        for _ in range(3):
            with pytest.raises(ProtocolError):
                greet(desk)
        (line,) = log.lines()
        assert "--data-ports" in line

    def test_passwords(self, tmp_path: Path, log: Log) -> None:
        door = Door(make_desk(tmp_path))
        for _ in range(PLACES_PER_ADDRESS):
            Caller(door).hello(Login("alice", "x"))
        assert log.lines() == []
        for _ in range(3):
            Caller(door).hello(Login("alice", "x"))
        (line,) = log.lines()
        assert "passwords" in line
        assert "peer=10.0.0.1 " in line

    def test_those_for_whom_there_is_no_descriptor(self, tmp_path: Path, log: Log) -> None:
        desk = make_desk(tmp_path)
        door = ControlDoor(desk.service, desk.deadlines, Pump())
        for _ in range(9):
            server, client = wire()
            with server, client:
                door.has_no_descriptor(server, "10.0.0.1")
                (answer,) = Deframer().feed(client.recv(1000))
                assert isinstance(answer.message, Error)
                assert answer.message.code == ErrorCode.BUSY
        (line,) = log.lines()
        assert "ulimit -n" in line
        assert "peer=10.0.0.1 " in line

    @pytest.mark.usefixtures("unlink_sockets")
    @pytest.mark.parametrize("kind", [ControlDoor, DataDoor])
    def test_connections_that_wait(
        self, tmp_path: Path, log: Log, kind: type[ControlDoor | DataDoor]
    ) -> None:
        desk = make_desk(tmp_path, limits=Limits(waiting=2, waiting_per_address=2))
        door = kind(desk.service, desk.deadlines, Pump())
        share, full = "--max-waiting-per-address allows", "--max-waiting allows"
        clients: list[socket.socket] = []
        for address, turned_away, option in (
            ("10.0.0.1", "", ""),
            ("10.0.0.1", "", ""),
            ("10.0.0.1", "10.0.0.1", share),
            ("10.0.0.2", "10.0.0.1", full),  # the first of the crowd makes room
            ("10.0.0.3", "10.0.0.3", full),
        ):
            desk.service.refusals = Refusals(desk.deadlines)
            server, client = wire()
            clients.append(client)
            door.accept(server, address)
            lines = log.lines()
            assert len(lines) == bool(turned_away)
            for line in lines:
                assert f"peer={turned_away} " in line
                assert option in line
        for client in clients:
            client.close()


def test_who_is_let_in_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def count(*_: object, **__: object) -> None:
        raise AssertionError("it costs what it should not")

    monkeypatch.setattr(Refusals, "count", count)
    desk = make_desk(tmp_path)
    desk.service.greet(Hello(1, 1), FakeControl(), "10.0.0.1", now=0.0)
