# SPDX-License-Identifier: GPL-3.0-or-later
"""How sessions come, are lost, resumed and ended."""

from collections.abc import Callable
from pathlib import Path

import pytest

from common.constants import (
    DEAD_AFTER,
    GRACE,
    HEARTBEAT,
    IDLE_TIMEOUT,
    TICKET_LIFETIME,
)
from common.errors import ErrorCode, ProtocolError
from control.music_messages import Credit, Play, StartKind
from control.session_messages import Hello, Port, Welcome
from server.config import Limits, Timers
from server.sessions import Session
from tests.server.fakes import Desk, FakeControl, FakeData, make_desk

NEW = Hello(1, 1)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def greet(desk: Desk, *, now: float = 0.0) -> tuple[Session, Welcome, FakeControl]:
    control = FakeControl()
    session, welcome = desk.service.greet(NEW, control, "10.0.0.1", now=now)
    return session, welcome, control


def attach(desk: Desk, session: Session, *, now: float = 0.0) -> FakeData:
    data = FakeData()
    desk.service.attach(session.id, session.ticket, data, now=now)
    session.data = data
    return data


def refused(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(ProtocolError) as error:
        call()
    return error.value.code


def play(desk: Desk, session: Session, track: int = 1, window: int = 10_000) -> None:
    stream = session.sender.newest + 1
    desk.service.streams.play(session, Play(track, stream, StartKind.TIME, 0, window))


def sending(session: Session) -> bool:
    return session.sender.sending


class TestHello:
    """New sessions."""

    def test_a_new_session_is_welcomed_with_all_it_needs(self, desk: Desk) -> None:
        session, welcome, _ = greet(desk)
        assert welcome.session == session.id
        assert welcome.secret == session.secret
        assert welcome.ticket == session.ticket
        assert welcome.data_port == desk.ports.offered[session.id]
        assert not welcome.resumed
        assert welcome.newest_stream == 0
        assert (welcome.ticket_lifetime, welcome.grace) == (TICKET_LIFETIME, GRACE)
        assert (welcome.heartbeat, welcome.dead_after) == (HEARTBEAT, DEAD_AFTER)

    @pytest.mark.parametrize(("low", "high"), [(2, 2), (2, 9), (255, 255)])
    def test_no_common_version(self, desk: Desk, low: int, high: int) -> None:
        hello = Hello(low, high)
        code = refused(lambda: desk.service.greet(hello, FakeControl(), "a", now=0.0))
        assert code is ErrorCode.VERSION
        assert len(desk.service.sessions) == 0

    def test_a_range_of_versions_is_met_at_ours(self, desk: Desk) -> None:
        _, welcome = desk.service.greet(Hello(1, 9), FakeControl(), "a", now=0.0)
        assert welcome.version == 1

    def test_the_limits_are_told(self, tmp_path: Path) -> None:
        desk = make_desk(tmp_path, limits=Limits(sessions=2, sessions_per_address=1))
        greet(desk)
        assert refused(lambda: greet(desk)) is ErrorCode.ADDRESS_LIMIT
        desk.service.greet(NEW, FakeControl(), "10.0.0.2", now=0.0)
        assert (
            refused(lambda: desk.service.greet(NEW, FakeControl(), "10.0.0.3", now=0.0))
            is ErrorCode.BUSY
        )

    def test_where_no_port_is_left_nothing_stays_behind(self, desk: Desk) -> None:
        desk.ports.left = 0
        assert refused(lambda: greet(desk)) is ErrorCode.BUSY
        assert len(desk.service.sessions) == 0


class TestResume:
    """Sessions that go on."""

    def resume(self, desk: Desk, session: Session, *, now: float) -> tuple[Welcome, FakeControl]:
        control = FakeControl()
        hello = Hello(1, 1, session.id, session.secret)
        found, welcome = desk.service.greet(hello, control, "10.9.9.9", now=now)
        assert found is session
        return welcome, control

    def test_a_lost_session_goes_on_with_its_stream_and_a_new_secret(self, desk: Desk) -> None:
        session, welcome, control = greet(desk)
        attach(desk, session)
        play(desk, session)
        desk.service.control_lost(session, control, now=5.0)
        again, _ = self.resume(desk, session, now=10.0)
        assert again.resumed
        assert again.newest_stream == 1
        assert session.sender.sending
        assert again.secret != welcome.secret
        assert again.ticket != welcome.ticket
        desk.service.tick(session, now=5.0 + GRACE)
        assert not session.ended

    def test_the_old_control_connection_is_closed_without_a_word(self, desk: Desk) -> None:
        session, _, old = greet(desk)
        attach(desk, session)
        _, new = self.resume(desk, session, now=1.0)
        assert old.told == [("replaced", 0)]
        desk.service.control_lost(session, old, now=2.0)  # which changes nothing any more
        assert session.control is new
        assert session.lost is None

    def test_a_wrong_secret_leaves_the_session_alone(self, desk: Desk) -> None:
        session, _, control = greet(desk)
        hello = Hello(1, 1, session.id, b"\xff" * 16)
        code = refused(lambda: desk.service.greet(hello, FakeControl(), "a", now=0.0))
        assert code is ErrorCode.NO_SUCH_SESSION
        assert session.control is control
        assert control.told == []

    def test_an_unused_port_is_closed_when_the_ticket_has_expired(self, desk: Desk) -> None:
        session, _, _ = greet(desk)
        attach(desk, session)
        assert desk.ports.offered == {}
        self.resume(desk, session, now=10.0)
        assert desk.ports.offered != {}
        assert desk.service.deadline(session) == 10.0 + TICKET_LIFETIME
        desk.deadlines.run(now=10.0 + TICKET_LIFETIME)
        assert desk.ports.offered == {}
        assert not session.ended

    def test_where_no_port_is_left_the_session_ends(self, desk: Desk) -> None:
        session, _, old = greet(desk)
        attach(desk, session)
        desk.ports.left = 0
        assert refused(lambda: self.resume(desk, session, now=1.0)) is ErrorCode.BUSY
        assert session.ended
        assert old.told == [("replaced", 0)]


class TestAttach:
    """Data connections come and go."""

    def test_the_port_is_needed_no_more(self, desk: Desk) -> None:
        session, _, _ = greet(desk)
        attach(desk, session)
        assert desk.ports.offered == {}

    @pytest.mark.parametrize("spoil", ["used", "guessed", "expired", "other"])
    def test_a_bad_ticket_costs_the_session_nothing(self, desk: Desk, spoil: str) -> None:
        session, welcome, control = greet(desk)
        other, _, _ = greet(desk)
        data = attach(desk, session) if spoil == "used" else None
        ticket = {"guessed": bytes(16), "other": other.ticket}.get(spoil, welcome.ticket)
        now = float(TICKET_LIFETIME) if spoil == "expired" else 0.0
        code = refused(lambda: desk.service.attach(session.id, ticket, FakeData(), now=now))
        assert code is ErrorCode.BAD_TICKET
        assert (session.data, session.control, session.ended) == (data, control, False)

    def test_reopen_gives_a_new_ticket_and_the_old_connection_stays_until_then(
        self, desk: Desk
    ) -> None:
        session, welcome, _ = greet(desk)
        old = attach(desk, session)
        play(desk, session)
        port = desk.service.reopen(session, now=1.0)
        assert port == Port(desk.ports.offered[session.id], TICKET_LIFETIME, session.ticket)
        assert port.ticket != welcome.ticket
        assert "drop" not in old.told
        assert sending(session)
        attach(desk, session, now=2.0)
        assert old.told[-1] == "drop"
        assert not sending(session)  # lost with the old connection
        assert session.audio is None

    def test_where_no_port_is_left_reopen_is_refused(self, desk: Desk) -> None:
        session, _, _ = greet(desk)
        attach(desk, session)
        desk.ports.left = 0
        assert refused(lambda: desk.service.reopen(session, now=1.0)) is ErrorCode.BUSY

    def test_a_stream_from_before_the_first_attach_is_sent(self, desk: Desk) -> None:
        session, _, _ = greet(desk)
        play(desk, session)
        attach(desk, session)
        assert session.sender.sending

    def test_a_lost_data_connection_ends_the_stream_alone(self, desk: Desk) -> None:
        session, _, _ = greet(desk)
        data = attach(desk, session)
        play(desk, session)
        desk.service.data_lost(session, FakeData())  # another one
        assert sending(session)
        desk.service.data_lost(session, data)
        assert not sending(session)
        assert session.data is None
        assert len(desk.tracks.files) == 0
        assert not session.ended


class TestTime:
    """What happens when nothing happens."""

    def test_who_never_attaches_is_ended_with_timeout(self, desk: Desk) -> None:
        session, _, control = greet(desk, now=100.0)
        assert desk.deadlines.next() == 100.0 + TICKET_LIFETIME
        desk.deadlines.run(now=100.0 + TICKET_LIFETIME - 0.1)
        assert control.told == []
        desk.deadlines.run(now=100.0 + TICKET_LIFETIME)
        assert control.told == [("ERROR", ErrorCode.TIMEOUT)]
        assert session.ended
        assert desk.ports.offered == {}

    def test_who_asks_for_nothing_is_told_bye(self, desk: Desk) -> None:
        session, _, control = greet(desk)
        data = attach(desk, session)
        for now in range(0, IDLE_TIMEOUT, 10):
            desk.deadlines.run(now=float(now))
        assert control.told == []
        desk.deadlines.run(now=float(IDLE_TIMEOUT))
        assert control.told == [("BYE", ErrorCode.TIMEOUT)]
        assert session.ended
        assert data.told == ["drop"]

    def test_nobody_is_idle_while_a_stream_is_sent(self, desk: Desk) -> None:
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

    def test_a_lost_session_is_kept_for_grace(self, desk: Desk) -> None:
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

    def test_one_that_never_attached_is_kept_no_longer_than_its_ticket(self, desk: Desk) -> None:
        session, _, control = greet(desk, now=0.0)
        desk.service.control_lost(session, control, now=10.0)
        desk.deadlines.run(now=TICKET_LIFETIME - 0.1)
        assert not session.ended
        desk.deadlines.run(now=float(TICKET_LIFETIME))
        assert session.ended

    def test_without_grace_a_lost_session_is_over(self, tmp_path: Path) -> None:
        desk = make_desk(tmp_path, timers=Timers(grace=0))
        session, _, control = greet(desk)
        desk.service.control_lost(session, control, now=0.0)
        assert session.ended

    def test_nothing_is_left_of_sessions_that_are_over(self, desk: Desk) -> None:
        for _ in range(10):
            session, _, _ = greet(desk)
            attach(desk, session)
            play(desk, session)
            desk.service.end(session)
            desk.service.end(session)
        assert len(desk.service.sessions) == 0
        assert len(desk.deadlines) == 0
        assert len(desk.tracks.files) == 0
        assert desk.ports.offered == {}

    def test_credit_wakes_the_data_connection(self, desk: Desk) -> None:
        session, _, _ = greet(desk)
        data = attach(desk, session)
        play(desk, session)
        data.told.clear()
        desk.service.streams.credit(session, Credit(1, 20_000))
        assert data.told == ["wake"]
