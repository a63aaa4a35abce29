# SPDX-License-Identifier: GPL-3.0-or-later
"""When a client asks whether the server lives, and when it gives it up (RFC.md, "Heartbeats")."""

from dataclasses import replace

import pytest

from common.constants import BYE_TIMEOUT, DEAD_AFTER
from common.errors import ErrorCode
from control.events import Cause, Closed
from control.framing import Numbered
from control.roles import ClientConnection
from control.session_messages import Ping, Pong
from control.states import ClientState
from tests.control.examples import WELCOME
from tests.control.peers import client_in, hear, said


def opened(heartbeat: int = 20, dead_after: int = 60) -> ClientConnection:
    client = client_in(ClientState.AWAIT_WELCOME)
    hear(client, 1, replace(WELCOME, heartbeat=heartbeat, dead_after=dead_after))
    return client


class TestSignsOfLife:
    """PING, and what silence means."""

    def test_nothing_is_asked_before_welcome(self) -> None:
        client = client_in(ClientState.AWAIT_WELCOME)
        assert client.deadline() == DEAD_AFTER
        assert client.tick(now=DEAD_AFTER - 1) == []
        assert said(client) == [], "the server would refuse a PING now"
        (closed,) = client.tick(now=DEAD_AFTER)
        assert isinstance(closed, Closed)
        assert closed.cause is Cause.LOST

    def test_before_hello_there_is_no_clock(self) -> None:
        client = client_in(ClientState.START)
        assert client.deadline() is None
        assert client.tick(now=1e9) == []

    def test_ping_after_heartbeat(self) -> None:
        client = opened(heartbeat=7, dead_after=30)
        assert client.deadline() == 7
        assert client.tick(now=6.9) == []
        assert said(client) == []
        assert client.tick(now=7) == []
        ((number, ping),) = said(client)
        assert isinstance(ping, Ping)
        assert client.deadline() == 30
        assert client.tick(now=20) == []
        assert said(client) == [], "one at a time"
        assert hear(client, number, Pong(ping.token), now=8) == []
        assert client.deadline() == 14
        client.tick(now=14)
        ((_, again),) = said(client)
        assert isinstance(again, Ping)
        assert again.token != ping.token

    def test_anything_is_a_sign_of_life_but_both_sides_have_to_give_one(self) -> None:
        client = opened(heartbeat=7, dead_after=30)
        assert client.receive_data(b"\0", now=5) == []  # the first byte of a message
        assert client.deadline() == 7
        client.sent(now=6)
        assert client.deadline() == 12
        client.sent(now=8)
        assert client.deadline() == 12

    def test_who_plays_and_grants_credit_asks_nothing(self) -> None:
        client = opened(heartbeat=7, dead_after=30)
        for now in range(5, 1000, 5):
            client.heard_elsewhere(now=now)
            client.sent(now=now)
            assert client.tick(now=now + 5) == []
        assert said(client) == []

    def test_a_pong_is_missed_though_the_data_connection_lives(self) -> None:
        client = opened(heartbeat=7, dead_after=30)
        for now in range(1, 100):
            client.heard_elsewhere(now=now)
        assert client.tick(now=99) == []
        (_,) = said(client)
        for now in range(100, 122):
            client.heard_elsewhere(now=now)
            assert client.tick(now=now) == []
        assert client.deadline() == 99 + 30 - 7
        (closed,) = client.tick(now=122)
        assert isinstance(closed, Closed)
        assert closed.cause is Cause.LOST

    def test_what_comes_here_puts_off_the_end_while_a_pong_is_missed(self) -> None:
        client = opened(heartbeat=7, dead_after=30)
        client.heard_elsewhere(now=50)
        client.tick(now=50)
        client.receive_data(b"\0", now=60)
        client.heard_elsewhere(now=80)
        assert client.deadline() == 60 + 30

    @pytest.mark.parametrize("state", [ClientState.START, ClientState.AWAIT_WELCOME])
    def test_before_welcome_nothing_is_heard_elsewhere(self, state: ClientState) -> None:
        client = client_in(state)
        before = client.deadline()
        client.heard_elsewhere(now=5)
        assert client.deadline() == before

    def test_no_pong(self) -> None:
        client = opened(heartbeat=7, dead_after=30)
        client.tick(now=7)
        said(client)
        assert client.tick(now=29.9) == []
        (closed,) = client.tick(now=30)
        assert isinstance(closed, Closed)
        assert closed.cause is Cause.LOST
        assert said(client) == [], "a fatal ERROR would end the session"

    def test_a_sleeper_wakes_up_to_a_lost_connection(self) -> None:
        client = opened(heartbeat=7, dead_after=30)
        (closed,) = client.tick(now=1e6)
        assert isinstance(closed, Closed)
        assert closed.cause is Cause.LOST

    @pytest.mark.parametrize("token", [0, 2**64 - 1])
    def test_a_pong_with_another_token(self, token: int) -> None:
        client = opened()
        client.tick(now=20)
        ((number, _),) = said(client)
        (closed,) = hear(client, number, Pong(token), now=20)
        assert isinstance(closed, Closed)
        assert closed.code == ErrorCode.UNEXPECTED

    def test_the_server_may_ask_too(self) -> None:
        client = opened()
        assert hear(client, 1, Ping(5)) == []
        assert said(client) == [Numbered(1, Pong(5))]

    def test_goodbye_does_not_come(self) -> None:
        client = opened()
        client.bye(now=3)
        assert client.deadline() == 3 + BYE_TIMEOUT
        (closed,) = client.tick(now=3 + BYE_TIMEOUT)
        assert isinstance(closed, Closed)
        assert closed.cause is Cause.TIMEOUT
