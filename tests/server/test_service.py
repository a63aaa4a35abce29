# SPDX-License-Identifier: GPL-3.0-or-later
"""How sessions come, are lost, resumed and ended."""

from collections.abc import Callable
from pathlib import Path

import pytest

from common.constants import DEAD_AFTER, GRACE, HEARTBEAT, TICKET_LIFETIME
from common.errors import ErrorCode, ProtocolError
from control.music_messages import Credit
from control.session_messages import Hello, Port, Welcome
from server.config import Limits
from server.sessions import Session
from tests.server.fakes import Desk, FakeControl, FakeData, make_desk
from tests.server.visits import NEW, attach, greet, play


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def refused(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(ProtocolError) as error:
        call()
    return error.value.code


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
        desk.deadlines.run(now=5.0 + GRACE)
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
        assert session.clock is not None
        assert session.clock.deadline() == 10.0 + TICKET_LIFETIME
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

    def test_credit_wakes_the_data_connection(self, desk: Desk) -> None:
        session, _, _ = greet(desk)
        data = attach(desk, session)
        play(desk, session)
        data.told.clear()
        desk.service.streams.credit(session, Credit(1, 20_000))
        assert data.told == ["wake"]


class TestEnd:
    """What stays behind."""

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
