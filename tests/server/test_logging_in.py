# SPDX-License-Identifier: GPL-3.0-or-later
"""HELLO where the server serves only users that it knows (RFC.md, "Users")."""

import logging
from pathlib import Path

import pytest

from common.constants import DEAD_AFTER, HELLO_TIMEOUT
from common.errors import ErrorCode
from control.events import Answer, Closed, Event
from control.framing import Deframer, encode
from control.message import Message
from control.music_messages import List, Play, StartKind, Stop
from control.session_messages import Bye, Error, Goodbye, Hello, Login, Ping, Pong, Reopen, Welcome
from control.states import ServerState
from server.logbook import Said
from server.users.logins import FAILED, PLACES_PER_ADDRESS
from tests.server.callers import Caller, Door
from tests.server.fakes import make_desk
from tests.server.users.checking import ALICE, RIGHT, USERS

GOOD = Login("alice", RIGHT)
BAD = Login("alice", "wrong")


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(make_desk(tmp_path))


@pytest.fixture
def caller(door: Door) -> Caller:
    return Caller(door)


def code(events: list[Event]) -> int:
    """Of the one ERROR that was heard."""
    (event,) = events
    if isinstance(event, Closed):
        return event.code
    assert isinstance(event, Answer)
    assert isinstance(event.message, Error)
    return event.message.code


class TestHello:
    """Who is let in."""

    def test_without_a_name_it_may_be_said_again_with_one(self, caller: Caller) -> None:
        assert code(caller.hello()) == ErrorCode.LOGIN_NEEDED
        assert caller.state is ServerState.AWAIT_HELLO
        assert caller.hello(GOOD) == []
        caller.door.scene.threads.finish()
        assert isinstance(caller.answer(), Welcome)

    def test_the_right_password(self, caller: Caller) -> None:
        assert caller.hello(GOOD) == []
        assert caller.state is ServerState.GREETED
        assert len(caller.door.desk.service.sessions) == 0
        caller.door.scene.threads.finish()
        assert isinstance(caller.answer(), Welcome)
        assert caller.conversation.session is not None
        assert caller.conversation.session.user == ALICE

    @pytest.mark.parametrize("login", [BAD, Login("nobody", RIGHT)])
    def test_a_wrong_one_or_an_unknown_name_sound_the_same(
        self, caller: Caller, login: Login
    ) -> None:
        caller.hello(login)
        caller.door.scene.threads.finish()
        caller.door.scene.at(0.4)
        assert caller.hear() == []
        caller.door.scene.at(0.5)
        (closed,) = caller.hear()
        assert closed == Closed(
            closed.cause,  # type: ignore[union-attr]
            ErrorCode.LOGIN_FAILED,
            FAILED,
        )
        assert caller.conversation.closed
        assert len(caller.door.desk.service.sessions) == 0

    def test_a_version_that_nobody_speaks_costs_no_check(self, caller: Caller) -> None:
        caller.client.hello(Hello(2, 2, login=GOOD), now=0)
        assert code(caller.hear(caller.client.data_to_send())) == ErrorCode.VERSION
        assert len(caller.door.scene.threads) == 0

    def test_where_everybody_is_served_nobody_looks_at_it(self, tmp_path: Path) -> None:
        caller = Caller(Door(make_desk(tmp_path)))
        caller.door.desk.service.logins = None
        (event,) = caller.hello(BAD)
        assert isinstance(event, Answer)
        assert isinstance(event.message, Welcome)

    def test_where_no_place_is_free_busy_is_the_answer(self, door: Door) -> None:
        for _ in range(PLACES_PER_ADDRESS):
            Caller(door).hello(BAD)
        assert code(Caller(door).hello(GOOD)) == ErrorCode.BUSY
        assert Caller(door, "10.0.0.2").hello(GOOD) == []

    def test_a_server_that_drains_does_not_begin(self, caller: Caller) -> None:
        caller.door.desk.service.drain(now=0)
        assert code(caller.hello(GOOD)) == ErrorCode.SHUTTING_DOWN
        assert len(caller.door.scene.threads) == 0

    def test_one_that_drains_meanwhile_does_not_let_in(self, caller: Caller) -> None:
        caller.hello(GOOD)
        caller.door.desk.service.drain(now=0)
        caller.door.scene.threads.finish()
        assert code(caller.hear()) == ErrorCode.SHUTTING_DOWN
        assert caller.conversation.closed

    def test_a_check_that_breaks_is_the_servers_fault(self, caller: Caller) -> None:
        caller.hello(GOOD)
        caller.door.scene.threads.breaks = True
        caller.door.scene.threads.finish()
        assert code(caller.hear()) == ErrorCode.INTERNAL

    def test_names_are_logged_and_passwords_and_secrets_are_not(
        self, caller: Caller, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        caller.hello(GOOD)
        caller.door.scene.threads.finish()
        assert isinstance(caller.answer(), Welcome)
        assert caplog.messages == ["session 1 opened from 10.0.0.1"]
        (said,) = [record.msg for record in caplog.records]
        assert isinstance(said, Said)
        assert said.fields["user"] == "alice"
        assert RIGHT not in str(said.fields)


class TestMeanwhile:
    """What may happen in GREETED, while a password is being checked: a column of the table."""

    @pytest.mark.parametrize(
        "message",
        [
            *(Hello(1, 1), List(), Play(1, 1, StartKind.TIME, 0, 1), Stop(1), Reopen()),
            *(Ping(1), Pong(1), Goodbye()),
        ],
    )
    def test_nothing_else_may_be_said(self, caller: Caller, message: Message) -> None:
        caller.hello(GOOD)
        (closed,) = caller.hear(encode(2, message))
        assert isinstance(closed, Closed)
        assert closed.code == ErrorCode.UNEXPECTED
        assert caller.conversation.closed
        self.nothing_comes_of_it(caller)

    def test_bye_is_answered(self, caller: Caller) -> None:
        caller.hello(GOOD)
        caller.conversation.receive_data(encode(2, Bye(0)), now=0)
        assert caller.conversation.step(now=0)
        ((number, message),) = Deframer().feed(caller.conversation.data_to_send())
        assert (number, message) == (2, Goodbye())
        self.nothing_comes_of_it(caller)

    @pytest.mark.parametrize("last", [b"", encode(0, Error(ErrorCode.INTERNAL, "mine"))])
    def test_who_goes_leaves_nothing_behind(self, caller: Caller, last: bytes) -> None:
        caller.hello(GOOD)
        assert caller.hear(last) == []
        assert caller.conversation.closed
        self.nothing_comes_of_it(caller)

    def test_the_server_takes_its_leave(self, caller: Caller) -> None:
        caller.hello(GOOD)
        caller.conversation.leave(ErrorCode.SHUTTING_DOWN, "over", now=0)
        assert code(caller.hear()) == ErrorCode.SHUTTING_DOWN
        self.nothing_comes_of_it(caller)

    def test_who_waits_is_turned_away(self, caller: Caller) -> None:
        caller.hello(GOOD)
        caller.conversation.fail(ErrorCode.BUSY, "no room")
        assert code(caller.hear()) == ErrorCode.BUSY
        self.nothing_comes_of_it(caller)

    def test_a_result_that_could_not_be_told_yet_is_too_late_behind_bye(
        self, caller: Caller
    ) -> None:
        caller.hello(GOOD)
        caller.door.scene.threads.finish()  # and the link has no turn before ...
        caller.conversation.receive_data(encode(2, Bye(0)), now=0)
        while caller.conversation.step(now=0):
            pass
        assert caller.conversation.closed
        assert caller.conversation.session is None
        assert len(caller.door.desk.service.sessions) == 0

    def test_no_timer_runs_against_the_check(self, caller: Caller) -> None:
        caller.hello(GOOD)
        assert caller.conversation.deadline() is None
        for late in (HELLO_TIMEOUT, DEAD_AFTER, 100):
            caller.conversation.tick(now=float(late))
            assert caller.hear() == []
        caller.door.scene.now = 100.0
        caller.door.scene.threads.finish()
        assert isinstance(caller.answer(), Welcome)
        assert caller.conversation.deadline() == 100.0 + DEAD_AFTER

    def test_hello_has_no_more_time_after_login_needed(self, caller: Caller) -> None:
        assert code(caller.hello()) == ErrorCode.LOGIN_NEEDED
        assert caller.conversation.deadline() == HELLO_TIMEOUT
        caller.conversation.tick(now=float(HELLO_TIMEOUT))
        assert code(caller.hear()) == ErrorCode.TIMEOUT

    @staticmethod
    def nothing_comes_of_it(caller: Caller) -> None:
        scene, told = caller.door.scene, list(caller.outlet.told)
        scene.threads.finish()
        scene.at(100.0)
        assert caller.outlet.told == told
        assert not caller.conversation.pending
        assert len(scene.logins) == 0
        assert len(caller.door.desk.service.sessions) == 0


class TestSessions:
    """Sessions remember their users."""

    @pytest.fixture
    def welcome(self, caller: Caller) -> Welcome:
        """The session is attached: its ticket does not end it."""
        caller.hello(GOOD)
        caller.door.scene.threads.finish()
        answer = caller.answer()
        assert isinstance(answer, Welcome)
        session = caller.conversation.session
        assert session is not None
        session.attached_once = True
        return answer

    def test_a_session_that_is_resumed_needs_no_password(
        self, caller: Caller, welcome: Welcome
    ) -> None:
        caller.hear(b"")
        again = Caller(caller.door)
        (event,) = again.hello(session=welcome.session, secret=welcome.secret)
        assert isinstance(event, Answer)
        assert isinstance(event.message, Welcome)
        assert again.conversation.session is not None
        assert again.conversation.session.user == ALICE
        assert len(caller.door.scene.threads) == 0

    def test_one_that_is_forgotten_needs_it_again(self, caller: Caller, welcome: Welcome) -> None:
        again = Caller(caller.door)
        assert code(again.hello(session=99, secret=bytes(16))) == ErrorCode.NO_SUCH_SESSION
        assert code(again.hello()) == ErrorCode.LOGIN_NEEDED
        assert again.hello(GOOD) == []

    def test_a_user_who_is_removed_is_sent_away(self, caller: Caller, welcome: Welcome) -> None:
        service = caller.door.desk.service
        service.users_changed()
        assert ("BYE", ErrorCode.LOGIN_FAILED) not in caller.outlet.told
        caller.door.scene.logins.users = {}
        service.users_changed()
        assert caller.outlet.told[-1] == ("BYE", ErrorCode.LOGIN_FAILED)
        assert len(service.sessions) == 0

    def test_so_is_one_whose_connection_is_lost(self, caller: Caller, welcome: Welcome) -> None:
        service = caller.door.desk.service
        caller.hear(b"")
        assert len(service.sessions) == 1
        caller.door.scene.logins.users = {}
        service.users_changed()
        assert len(service.sessions) == 0

    def test_others_stay(self, caller: Caller, welcome: Welcome) -> None:
        caller.door.scene.logins.users = dict(USERS)
        caller.door.desk.service.users_changed()
        assert len(caller.door.desk.service.sessions) == 1
