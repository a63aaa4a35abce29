# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Draining": what brings a server to its end, and who may stay until then."""

from itertools import product
from pathlib import Path

import pytest

from common.errors import ErrorCode, ProtocolError
from control.music_messages import Credit, Play, StartKind
from control.session_messages import Drain, Hello
from server.config import Timers
from server.draining import (
    SIGNALS_APART,
    STOPPED,
    TABLE,
    Asked,
    Draining,
    Ending,
    Farewell,
    Mode,
    Step,
    farewell,
)
from server.farewells import FAREWELLS
from server.sessions import Session
from tests.server.fakes import Desk, FakeControl, FakeData, make_desk

LATER = SIGNALS_APART + 0.1  # seconds
TIMERS = Timers(drain_timeout=60)


class TestEnding:
    """Signals."""

    @pytest.mark.parametrize(
        ("asked", "steps"),
        [
            ((Asked.KINDLY,) * 3, (Step.DRAIN, Step.LEAVE, Step.EXIT)),
            ((Asked.KINDLY, Asked.NOW, Asked.NOW), (Step.DRAIN, Step.LEAVE, Step.EXIT)),
            ((Asked.NOW, Asked.KINDLY), (Step.LEAVE, Step.EXIT)),
            ((Asked.NOW, Asked.NOW), (Step.LEAVE, Step.EXIT)),
        ],
    )
    def test_each_signal_is_harder(self, asked: tuple[Asked, ...], steps: tuple[Step, ...]) -> None:
        ending = Ending(drains=True)
        found = tuple(ending.signalled(one, now=at * LATER) for at, one in enumerate(asked))
        assert found == steps

    @pytest.mark.parametrize("asked", [Asked.KINDLY, Asked.NOW])
    def test_one_right_behind_another_is_no_second_thought(self, asked: Asked) -> None:
        ending = Ending(drains=True)
        ending.signalled(asked, now=5.0)
        assert ending.signalled(Asked.KINDLY, now=5.0 + SIGNALS_APART) is Step.NOTHING

    def test_but_a_harder_one_is(self) -> None:
        ending = Ending(drains=True)
        ending.signalled(Asked.KINDLY, now=5.0)
        assert ending.signalled(Asked.NOW, now=5.0) is Step.LEAVE
        assert ending.signalled(Asked.NOW, now=5.0) is Step.NOTHING

    def test_a_worker_takes_the_same_signal_once_more_for_no_second_thought(self) -> None:
        """A service manager tells every process, and so does the parent, some time later."""
        ending = Ending(drains=True, has_parent=True)
        assert ending.signalled(Asked.KINDLY, now=0.0) is Step.DRAIN
        assert ending.signalled(Asked.KINDLY, now=LATER) is Step.NOTHING
        assert ending.signalled(Asked.NOW, now=2 * LATER) is Step.LEAVE
        assert ending.signalled(Asked.KINDLY, now=3 * LATER) is Step.NOTHING
        assert ending.signalled(Asked.NOW, now=4 * LATER) is Step.EXIT

    def test_without_time_to_drain_all_leave(self) -> None:
        ending = Ending(drains=False)
        assert ending.signalled(Asked.KINDLY, now=0.0) is Step.LEAVE
        assert ending.mode is Mode.LEAVING

    def test_when_everybody_has_gone_it_leaves(self) -> None:
        ending = Ending(drains=True)
        ending.happens(Asked.KINDLY)
        assert ending.happens(Asked.EMPTY) is Step.LEAVE
        assert ending.happens(Asked.EMPTY) is Step.NOTHING

    def test_nothing_leads_back(self) -> None:
        order = list(Mode)
        for mode, asked in product(Mode, Asked):
            after, _ = TABLE.step(mode, asked)
            assert order.index(after) >= order.index(mode)


class TestDraining:
    """The deadline."""

    def test_the_notice_tells_the_seconds_that_are_left(self) -> None:
        draining = Draining(until=100.0)
        assert draining.notice(now=40.0) == Drain(60)
        assert draining.notice(now=99.1) == Drain(1)
        assert draining.notice(now=101.0) == Drain(0)
        assert Draining(until=1e6).notice(now=0.0) == Drain(0xFFFF)

    def test_it_is_over_at_its_end(self) -> None:
        draining = Draining(until=100.0)
        assert not draining.is_over(now=99.9)
        assert draining.is_over(now=100.0)


class TestFarewell:
    """Every case: 2 to the power of 5."""

    @pytest.mark.parametrize("control", [True, False])
    @pytest.mark.parametrize("data", [True, False])
    @pytest.mark.parametrize("sending", [True, False])
    @pytest.mark.parametrize("unsent", [True, False])
    @pytest.mark.parametrize("over", [True, False])
    def test_all(self, control: bool, data: bool, sending: bool, unsent: bool, over: bool) -> None:
        found = farewell(
            has_control=control,
            has_data=data,
            is_sending=sending,
            has_unsent=unsent,
            is_over=over,
        )
        stays = not over and (sending or unsent) and (control or data)
        assert (found is Farewell.STAY) is stays
        assert (found is Farewell.BYE) is (control and not stays)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path, timers=TIMERS)


def greet(desk: Desk) -> tuple[Session, FakeControl, FakeData]:
    """A session that has attached."""
    control, data = FakeControl(), FakeData()
    session, _ = desk.service.greet(Hello(1, 1), control, "10.0.0.1", now=0.0)
    desk.service.attach(session.id, session.ticket, data, now=0.0)
    return session, control, data


def play(desk: Desk, session: Session, *, window: int = 10_000) -> None:
    stream = session.sender.newest + 1
    desk.service.play(session, Play(1, stream, StartKind.TIME, 0, window))


BYE = ("BYE", ErrorCode.SHUTTING_DOWN)


class TestService:
    """Sessions of a server that drains."""

    def test_everybody_is_told_once(self, desk: Desk) -> None:
        _, control, _ = greet(desk)
        lost, gone, _ = greet(desk)
        desk.service.control_lost(lost, gone, now=0.0)
        desk.service.drain(now=10.0)
        desk.service.drain(now=11.0)
        assert control.told == [("DRAIN", 60)]
        assert gone.told == []

    def test_nothing_new_is_begun(self, desk: Desk) -> None:
        session, _, _ = greet(desk)
        play(desk, session)
        desk.service.drain(now=0.0)
        for begin in (lambda: greet(desk), lambda: play(desk, session)):
            with pytest.raises(ProtocolError) as refused:
                begin()
            assert refused.value.code is ErrorCode.SHUTTING_DOWN
        assert session.sender.newest == 1
        assert len(desk.service.sessions) == 1

    def test_a_session_is_resumed(self, desk: Desk) -> None:
        session, control, _ = greet(desk)
        play(desk, session)
        desk.service.control_lost(session, control, now=0.0)
        desk.service.drain(now=0.0)
        hello = Hello(1, 1, session.id, session.secret)
        again, welcome = desk.service.greet(hello, FakeControl(), "10.0.0.1", now=1.0)
        assert again is session
        assert welcome.resumed

    def test_who_has_nothing_to_receive_is_sent_away(self, desk: Desk) -> None:
        _, control, data = greet(desk)
        desk.service.say_farewells(now=0.0)
        assert control.told == []  # it does not drain yet
        desk.service.drain(now=0.0)
        desk.service.say_farewells(now=0.0)
        assert control.told[1:] == [BYE]
        assert control.words == "", "there is nothing left for the next server"
        assert data.told == ["drop"]
        assert not desk.service.sessions

    def test_a_song_may_arrive(self, desk: Desk) -> None:
        session, control, data = greet(desk)
        play(desk, session)
        desk.service.drain(now=0.0)
        desk.service.say_farewells(now=59.9)
        assert control.told[1:] == []
        desk.service.streams.credit(session, Credit(1, 1 << 40))
        while desk.service.streams.next_frames(session, 100_000):
            data.unsent = True
        desk.service.say_farewells(now=59.9)
        assert control.told[1:] == []
        data.unsent = False
        desk.service.say_farewells(now=59.9)
        assert control.told[1:] == [BYE]

    def test_the_time_is_up(self, desk: Desk) -> None:
        session, control, _ = greet(desk)
        play(desk, session)
        desk.service.drain(now=0.0)
        desk.service.say_farewells(now=60.0)
        assert control.told[1:] == [BYE]
        assert control.words == STOPPED
        assert session.ended

    def test_who_has_lost_both_connections_is_forgotten(self, desk: Desk) -> None:
        session, control, data = greet(desk)
        play(desk, session)
        desk.service.control_lost(session, control, now=0.0)
        desk.service.drain(now=0.0)
        desk.service.say_farewells(now=0.0)
        assert session in desk.service.sessions
        desk.service.data_lost(session, data)
        desk.service.say_farewells(now=0.0)
        assert session not in desk.service.sessions
        assert control.told == []

    def test_not_all_are_sent_to_the_next_server_at_once(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert FAREWELLS > 2
        monkeypatch.setattr("server.farewells.FAREWELLS", 2)
        for _ in range(5):
            greet(desk)
        desk.service.drain(now=0.0)
        left: list[int] = []
        for _ in range(3):
            desk.service.say_farewells(now=0.0)
            left.append(len(desk.service.sessions))
        assert left == [3, 1, 0]
