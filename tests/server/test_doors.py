# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections as they come: what was said before anybody looked is heard at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from control.framing import encode
from control.session_messages import Hello
from data.frames import Attach
from server.config import Limits
from server.doors import ControlDoor, DataDoor
from server.pump import Pump
from server.waiting import FULL
from tests.server.fakes import Desk, FakeControl, make_desk
from tests.server.wires import read_all, turns_of_the_loop, wire


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path, limits=Limits(waiting=1))


@pytest.fixture(autouse=True)
def see_them_off() -> Iterator[None]:
    """The clients have closed their ends; the hub lets go of the server's."""
    yield
    turns_of_the_loop(3)


def test_a_hello_that_came_with_the_connection_is_answered_at_once(desk: Desk) -> None:
    door = ControlDoor(desk.service, desk.deadlines, Pump())
    for count in (1, 2, 3):  # and who says it does not wait, so there is room for others
        server, client = wire()
        client.send(encode(1, Hello(1, 1)))
        door.accept(server, "10.0.0.1")
        assert len(desk.service.sessions) == count
        assert len(door.links) == count
        client.close()


def test_an_attach_that_came_with_the_connection_admits_it_at_once(desk: Desk) -> None:
    door = DataDoor(desk.service, desk.deadlines, Pump())
    for _ in range(3):
        session, welcome = desk.service.greet(Hello(1, 1), FakeControl(), "a", now=0.0)
        session.ticket_until = float("inf")
        server, client = wire()
        client.send(Attach(session.id, welcome.ticket).encode())
        door.accept(server, "10.0.0.1")
        assert session.data is not None
        client.close()


def test_who_says_nothing_waits_and_is_given_up(desk: Desk) -> None:
    control = ControlDoor(desk.service, desk.deadlines, Pump())
    data = DataDoor(desk.service, desk.deadlines, Pump())
    for door in (control, data):
        server, silent = wire()
        door.accept(server, "10.0.0.1")
        server, other = wire()
        door.accept(server, "10.0.0.1")
        with other:
            assert FULL.encode() in read_all(other)
        silent.close()
    assert len(desk.deadlines) == 3  # theirs, and that of the refusals that the log is told of
