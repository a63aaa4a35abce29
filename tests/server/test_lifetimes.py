# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to sessions when nothing happens."""

from pathlib import Path

import pytest

from common.constants import GRACE, IDLE_TIMEOUT, TICKET_LIFETIME
from common.errors import ErrorCode
from server.config import Timers
from tests.server.fakes import Desk, make_desk
from tests.server.visits import attach, greet, play


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def test_who_never_attaches_is_ended_with_timeout(desk: Desk) -> None:
    session, _, control = greet(desk, now=100.0)
    assert desk.deadlines.next() == 100.0 + TICKET_LIFETIME
    desk.deadlines.run(now=100.0 + TICKET_LIFETIME - 0.1)
    assert control.told == []
    desk.deadlines.run(now=100.0 + TICKET_LIFETIME)
    assert control.told == [("ERROR", ErrorCode.TIMEOUT)]
    assert session.ended
    assert desk.ports.offered == {}


def test_who_asks_for_nothing_is_told_bye(desk: Desk) -> None:
    session, _, control = greet(desk)
    data = attach(desk, session)
    for now in range(0, IDLE_TIMEOUT, 10):
        desk.deadlines.run(now=float(now))
    assert control.told == []
    desk.deadlines.run(now=float(IDLE_TIMEOUT))
    assert control.told == [("BYE", ErrorCode.TIMEOUT)]
    assert session.ended
    assert data.told == ["drop"]


def test_nobody_is_idle_while_a_stream_is_sent(desk: Desk) -> None:
    session, _, control = greet(desk)
    attach(desk, session)
    play(desk, session)
    for now in range(0, 3 * IDLE_TIMEOUT, 60):
        desk.deadlines.run(now=float(now))
    assert control.told == []
    session.sender.stop(1)
    for now in range(3 * IDLE_TIMEOUT, 5 * IDLE_TIMEOUT, 60):
        desk.deadlines.run(now=float(now))
    assert session.ended


def test_a_lost_session_is_kept_for_grace(desk: Desk) -> None:
    session, _, control = greet(desk)
    data = attach(desk, session)
    play(desk, session)
    desk.service.control_lost(session, control, now=10.0)
    desk.deadlines.run(now=10.0 + GRACE - 0.1)
    assert len(desk.service.sessions) == 1
    desk.deadlines.run(now=10.0 + GRACE)
    assert session.ended
    assert data.told[-1] == "drop"
    assert len(desk.tracks.files) == 0


def test_one_that_never_attached_is_kept_no_longer_than_its_ticket(desk: Desk) -> None:
    session, _, control = greet(desk, now=0.0)
    desk.service.control_lost(session, control, now=10.0)
    desk.deadlines.run(now=TICKET_LIFETIME - 0.1)
    assert not session.ended
    desk.deadlines.run(now=float(TICKET_LIFETIME))
    assert session.ended


def test_without_grace_a_lost_session_is_over(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, timers=Timers(grace=0))
    session, _, control = greet(desk)
    desk.service.control_lost(session, control, now=0.0)
    assert session.ended
