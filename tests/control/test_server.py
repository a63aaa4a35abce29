# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server's side does of its own: answers, refusals, and its patience."""

from dataclasses import replace

import pytest

from common.constants import BYE_TIMEOUT, DEAD_AFTER, HELLO_TIMEOUT
from common.errors import ErrorCode, MisuseError
from control.events import Cause, Closed, Request
from control.framing import Numbered, encode
from control.music_messages import List, Stop, Tracks
from control.roles import ServerConnection
from control.session_messages import Bye, Error, Goodbye, Hello, Login, Ping, Pong
from control.states import ServerState
from tests.control.examples import HELLO, WELCOME
from tests.control.peers import hear, said, server_in

EMPTY = Tracks(0, False, False, ())


class TestAnswers:
    """What the layer above may say, and when."""

    def test_welcome_opens(self) -> None:
        server = server_in(ServerState.GREETED)
        server.welcome(1, WELCOME, now=0)
        assert said(server) == [Numbered(1, WELCOME)]
        assert server.state is ServerState.OPEN

    def test_answers_in_any_order(self) -> None:
        server = server_in(ServerState.OPEN)
        assert hear(server, 2, List(0, 1)) + hear(server, 3, List(1, 1)) == [
            Request(2, List(0, 1)),
            Request(3, List(1, 1)),
        ]
        server.answer(3, EMPTY)
        server.answer(2, EMPTY)
        assert said(server) == [Numbered(3, EMPTY), Numbered(2, EMPTY)]
        assert said(server) == [], "given out once"

    @pytest.mark.parametrize("state", [ServerState.AWAIT_HELLO, ServerState.GREETED])
    def test_no_answer_before_welcome(self, state: ServerState) -> None:
        with pytest.raises(MisuseError):
            server_in(state).answer(2, EMPTY)

    @pytest.mark.parametrize("state", [ServerState.AWAIT_HELLO, ServerState.OPEN])
    def test_no_welcome_without_hello(self, state: ServerState) -> None:
        with pytest.raises(MisuseError):
            server_in(state).welcome(2, WELCOME, now=0)

    @pytest.mark.parametrize("state", [ServerState.LEAVING, ServerState.CLOSED])
    def test_an_answer_that_comes_too_late_is_not_sent(self, state: ServerState) -> None:
        server = server_in(state)
        server.answer(2, EMPTY)
        server.welcome(2, WELCOME, now=0)
        server.refuse(2, ErrorCode.NO_SUCH_TRACK, "no")
        server.refuse(2, ErrorCode.INTERNAL, "no")
        server.fail(ErrorCode.INTERNAL, "no")
        assert said(server) == []
        assert server.closed

    def test_a_request_and_bye_in_one_piece(self) -> None:
        server = server_in(ServerState.OPEN)
        events = server.receive_data(encode(2, List()) + encode(3, Bye(0)), now=0)
        assert events == [Request(2, List()), Closed(Cause.BYE)]
        server.answer(2, EMPTY)
        assert said(server) == [Numbered(3, Goodbye())]

    def test_hello_and_bye_in_one_piece(self) -> None:
        server = server_in(ServerState.AWAIT_HELLO)
        events = server.receive_data(encode(1, HELLO) + encode(2, Bye(0)), now=0)
        assert events == [Request(1, HELLO), Closed(Cause.BYE)]
        server.welcome(1, WELCOME, now=0)
        assert said(server) == [Numbered(2, Goodbye())]


class TestRefusals:
    """ERROR, fatal and not."""

    def test_an_open_connection_survives_a_request_that_fails(self) -> None:
        server = server_in(ServerState.OPEN)
        hear(server, 2, Stop(9))
        server.refuse(2, ErrorCode.NO_SUCH_STREAM, "there never was a stream 9")
        error = Error(ErrorCode.NO_SUCH_STREAM, "there never was a stream 9")
        assert said(server) == [Numbered(2, error)]
        assert server.state is ServerState.OPEN

    def test_a_fatal_code_closes(self) -> None:
        server = server_in(ServerState.OPEN)
        hear(server, 2, List())
        server.refuse(2, ErrorCode.INTERNAL, "ow")
        assert said(server) == [Numbered(2, Error(ErrorCode.INTERNAL, "ow"))]
        assert server.closed

    def test_hello_may_be_said_again_after_no_such_session(self) -> None:
        server = server_in(ServerState.GREETED)
        server.refuse(1, ErrorCode.NO_SUCH_SESSION, "")
        assert server.state is ServerState.AWAIT_HELLO
        assert server.deadline() == HELLO_TIMEOUT
        assert hear(server, 2, HELLO) == [Request(2, HELLO)]
        server.welcome(2, WELCOME, now=0)
        assert said(server)[-1] == Numbered(2, WELCOME)

    def test_fail_is_said_once(self) -> None:
        server = server_in(ServerState.AWAIT_HELLO)
        server.fail(ErrorCode.BUSY, "full")
        server.fail(ErrorCode.BUSY, "full")
        assert said(server) == [Numbered(0, Error(ErrorCode.BUSY, "full"))]
        assert server.closed

    def test_a_text_is_made_fit_for_the_wire(self) -> None:
        server = server_in(ServerState.OPEN)
        hear(server, 2, Stop(9))
        server.refuse(2, ErrorCode.UNREADABLE, "caf\u00e9\x1b[2J\n" + "\u00e9" * 300)
        server.bye(code=ErrorCode.SHUTTING_DOWN, text="a\0b", now=0)
        (_, error), (_, bye) = said(server)
        assert isinstance(error, Error)
        assert error.text.startswith("caf\u00e9 [2J \u00e9")
        assert len(error.text.encode()) in {254, 255}
        assert bye == Bye(ErrorCode.SHUTTING_DOWN, "a b")


class TestNumbers:
    """Request numbers rise."""

    @pytest.mark.parametrize(("first", "second"), [(5, 5), (5, 4), (5, 0), (0xFFFFFFFF, 1)])
    def test_one_that_does_not_rise(self, first: int, second: int) -> None:
        server = server_in(ServerState.OPEN)
        assert hear(server, first, List()) == [Request(first, List())]
        (closed,) = hear(server, second, Stop(1))
        assert isinstance(closed, Closed)
        assert (closed.cause, closed.code) == (Cause.REFUSED, ErrorCode.MALFORMED)

    def test_gaps_are_allowed(self) -> None:
        server = server_in(ServerState.OPEN)
        for number in (2, 9, 0x80000000, 0xFFFFFFFF):
            assert hear(server, number, List()) == [Request(number, List())]

    def test_ping_counts(self) -> None:
        server = server_in(ServerState.OPEN)
        assert hear(server, 7, Ping(1)) == []
        assert said(server) == [Numbered(7, Pong(1))]
        (closed,) = hear(server, 7, List())
        assert isinstance(closed, Closed)
        assert closed.code == ErrorCode.MALFORMED

    def test_hello_may_have_any_but_zero(self) -> None:
        assert hear(ServerConnection(now=0), 0xFFFFFFFF, HELLO) == [Request(0xFFFFFFFF, HELLO)]
        (closed,) = hear(ServerConnection(now=0), 0, HELLO)
        assert isinstance(closed, Closed)
        assert closed.code == ErrorCode.MALFORMED


class TestPatience:
    """Timers, by a time that is an argument."""

    def test_hello_does_not_come(self) -> None:
        server = ServerConnection(now=100)
        assert server.deadline() == 100 + HELLO_TIMEOUT
        assert server.tick(now=100 + HELLO_TIMEOUT - 0.001) == []
        (closed,) = server.tick(now=100 + HELLO_TIMEOUT)
        assert isinstance(closed, Closed)
        assert (closed.cause, closed.code) == (Cause.TIMEOUT, ErrorCode.TIMEOUT)
        ((number, error),) = said(server)
        assert isinstance(error, Error)
        assert (number, error.code) == (0, ErrorCode.TIMEOUT)
        assert server.deadline() is None
        assert server.tick(now=1e9) == []

    def test_trickling_bytes_do_not_stretch_it(self) -> None:
        server = ServerConnection(now=0, hello_timeout=3)
        octets = encode(1, HELLO)
        for now in range(3):
            assert server.receive_data(octets[now : now + 1], now=now) == []
        assert server.deadline() == 3
        (closed,) = server.tick(now=3)
        assert isinstance(closed, Closed)

    def test_a_silent_client_is_lost_without_a_word(self) -> None:
        server = server_in(ServerState.OPEN)
        hear(server, 2, Ping(1), now=50)
        said(server)
        assert server.deadline() == 50 + WELCOME.dead_after
        assert server.tick(now=50 + WELCOME.dead_after - 0.001) == []
        (closed,) = server.tick(now=50 + WELCOME.dead_after)
        assert isinstance(closed, Closed)
        assert closed.cause is Cause.LOST, "the session is kept"
        assert said(server) == []
        assert server.closed

    def test_dead_after_is_the_servers_to_choose(self) -> None:
        server = ServerConnection(now=0, dead_after=7)
        hear(server, 1, HELLO, now=0)
        server.welcome(1, replace(WELCOME, heartbeat=3, dead_after=5), now=1)
        assert server.deadline() == 6, "what it tells is what it does"

    def test_who_waits_for_welcome_has_nothing_to_say_and_is_not_lost(self) -> None:
        server = server_in(ServerState.AWAIT_HELLO)
        hear(server, 1, HELLO, now=1)
        assert server.deadline() is None
        assert server.tick(now=1000) == []
        server.welcome(1, WELCOME, now=1000)
        assert said(server) == [Numbered(1, WELCOME)]
        assert server.deadline() == 1000 + WELCOME.dead_after

    @pytest.mark.parametrize("late", [False, True])
    def test_login_needed_gives_no_more_time_for_hello(self, *, late: bool) -> None:
        server = server_in(ServerState.AWAIT_HELLO)
        hear(server, 1, HELLO, now=1)
        server.refuse(1, ErrorCode.LOGIN_NEEDED, "who are you?")
        assert server.state is ServerState.AWAIT_HELLO
        assert server.deadline() == HELLO_TIMEOUT
        if late:
            (closed,) = server.tick(now=HELLO_TIMEOUT)
            assert isinstance(closed, Closed)
            assert closed.code == ErrorCode.TIMEOUT
        else:
            again = Hello(1, 1, login=Login("alice", "secret"))
            assert hear(server, 2, again, now=HELLO_TIMEOUT - 1) == [Request(2, again)]
            server.refuse(2, ErrorCode.LOGIN_FAILED, "no")
            assert server.closed

    def test_it_asks_for_no_sign_of_life_itself(self) -> None:
        server = server_in(ServerState.OPEN)
        said(server)
        server.tick(now=DEAD_AFTER - 1)
        assert said(server) == []

    def test_goodbye_does_not_come(self) -> None:
        server = server_in(ServerState.OPEN)
        server.bye(code=ErrorCode.SHUTTING_DOWN, text="stops", now=30)
        server.bye(now=31)
        assert said(server) == [Numbered(1, Bye(ErrorCode.SHUTTING_DOWN, "stops"))]
        assert server.deadline() == 30 + BYE_TIMEOUT
        hear(server, 2, List(), now=31)
        assert server.deadline() == 30 + BYE_TIMEOUT, "whatever else comes"
        assert server.tick(now=31.9) == []
        (closed,) = server.tick(now=32)
        assert isinstance(closed, Closed)
        assert closed.cause is Cause.TIMEOUT
        assert said(server) == [], "who has said BYE says nothing more"


class TestLeaving:
    """Behind BYE nothing is said but GOODBYE."""

    def test_what_cannot_be_read_closes_silently(self) -> None:
        for octets in (b"\xff" * 8, encode(1, Hello(1, 1))[:-1] + b"\x07"):
            server = server_in(ServerState.LEAVING)
            (closed,) = server.receive_data(octets, now=0)
            assert isinstance(closed, Closed)
            assert closed.cause is Cause.REFUSED
            assert said(server) == []

    def test_byes_cross(self) -> None:
        server = server_in(ServerState.LEAVING)
        assert hear(server, 2, Bye(0)) == []
        assert said(server) == [Numbered(2, Goodbye())]
        assert hear(server, 1, Goodbye()) == [Closed(Cause.GOODBYE)]
