# SPDX-License-Identifier: GPL-3.0-or-later
"""What the client's side does of its own: requests, the fit of answers, signs of life."""

from dataclasses import replace

import pytest

from common.constants import BYE_TIMEOUT, DEAD_AFTER
from common.errors import ErrorCode, MisuseError
from control.connection import UNANSWERED_KEPT
from control.events import Answer, Cause, Closed
from control.framing import Numbered, encode
from control.message import Message
from control.music_messages import Credit, List, Play, Stop, TrackEntry, Tracks
from control.queue_messages import Entries, Queue, QueueEntry
from control.relay_messages import Relay, Relaying
from control.roles import ClientConnection, MusicRequest, StationRequest
from control.session_messages import Bye, Error, Goodbye, Hello, Ping, Pong, Reopen
from control.states import ClientState
from control.station_messages import Tune, Tuned
from tests.control.examples import DIGEST, HELLO, SECRET, STREAM, WELCOME
from tests.control.peers import client_in, hear, said
from tests.control.station_examples import KEY, STATION_ID

TUNED = Tuned(4, 0, 0, STATION_ID, KEY)
SONG = QueueEntry(1, 2, 3, "a")
REFUSED = (Cause.REFUSED, ErrorCode.MALFORMED)


def opened(heartbeat: int = 20, dead_after: int = 60) -> ClientConnection:
    client = client_in(ClientState.AWAIT_WELCOME)
    hear(client, 1, replace(WELCOME, heartbeat=heartbeat, dead_after=dead_after))
    return client


class TestRequests:
    """What may be asked, and with which numbers."""

    def test_numbers_rise_from_one(self) -> None:
        client = client_in(ClientState.OPEN)
        asked: list[List | Play | Stop | Credit] = [List(), Play(1, 1), Stop(1), Credit(1, 2)]
        assert [client.request(message) for message in asked] == [2, 3, 4, 5]
        assert said(client) == [Numbered(n, message) for n, message in enumerate(asked, 2)]

    @pytest.mark.parametrize(
        "state", [state for state in ClientState if state is not ClientState.OPEN]
    )
    def test_only_in_open(self, state: ClientState) -> None:
        with pytest.raises(MisuseError):
            client_in(state).request(List())

    def test_hello_is_said_once(self) -> None:
        client = client_in(ClientState.AWAIT_WELCOME)
        with pytest.raises(MisuseError):
            client.hello(HELLO, now=0)
        for state in (ClientState.OPEN, ClientState.LEAVING, ClientState.CLOSED):
            with pytest.raises(MisuseError):
                client_in(state).hello(HELLO, now=0)

    def test_answers_in_any_order(self) -> None:
        client = client_in(ClientState.OPEN)
        first, second = client.request(List(0, 5)), client.request(List(5, 5))
        one = Tracks(2, True, False, (TrackEntry(1, 0, "a"),))
        two = Tracks(2, False, False, (TrackEntry(6, 0, "b"),))
        octets = encode(second, two) + encode(first, one)
        assert client.receive_data(octets, now=0) == [
            Answer(List(5, 5), two),
            Answer(List(0, 5), one),
        ]

    def test_bye_before_anything_else(self) -> None:
        client = client_in(ClientState.START)
        client.bye(now=0)
        assert said(client) == [Numbered(1, Bye(0))]
        assert hear(client, 1, Goodbye()) == [Closed(Cause.GOODBYE)]

    def test_a_server_that_leaves(self) -> None:
        client = client_in(ClientState.OPEN)
        gone = Bye(ErrorCode.SHUTTING_DOWN, "stops")
        assert hear(client, 1, gone) == [Closed(Cause.BYE, ErrorCode.SHUTTING_DOWN, "stops")]
        assert said(client) == [Numbered(1, Goodbye())]
        client.bye(now=0)
        client.fail(ErrorCode.INTERNAL, "late")
        assert said(client) == []

    def test_giving_up(self) -> None:
        client = client_in(ClientState.OPEN)
        client.fail(ErrorCode.MALFORMED, "a frame that does not fit")
        error = Error(ErrorCode.MALFORMED, "a frame that does not fit")
        assert said(client) == [Numbered(0, error)]
        assert client.closed


class TestErrorsForWhatHasNoAnswer:
    """STOP and CREDIT: an ERROR may name any of them, at any time, once."""

    def test_one_of_many(self) -> None:
        client = client_in(ClientState.OPEN)
        numbers = [client.request(Credit(1, limit)) for limit in range(5)]
        error = Error(ErrorCode.NO_SUCH_STREAM, "")
        assert hear(client, numbers[3], error) == [Answer(Credit(1, 3), error)]
        assert hear(client, numbers[0], error) == [Answer(Credit(1, 0), error)]

    def test_one_so_old_that_it_is_forgotten_does_no_harm(self) -> None:
        client = client_in(ClientState.OPEN)
        listed = client.request(List())
        numbers = [client.request(Credit(1, n)) for n in range(UNANSWERED_KEPT + 2)]
        error = Error(ErrorCode.NO_SUCH_STREAM, "")
        assert hear(client, numbers[0], error) == []
        assert hear(client, numbers[1], error) == []
        assert hear(client, numbers[2], error) == [Answer(Credit(1, 2), error)]
        # What has an answer is never forgotten.
        empty = Tracks(0, False, False, ())
        assert hear(client, listed, empty) == [Answer(List(), empty)]

    @pytest.mark.parametrize("number", [0, 3, 1000])
    def test_for_no_request(self, number: int) -> None:
        client = client_in(ClientState.OPEN)
        client.request(Credit(1, 1))
        (closed,) = hear(client, number, Error(ErrorCode.NO_SUCH_STREAM, ""))
        assert isinstance(closed, Closed)
        assert (closed.cause, closed.code) == (Cause.REFUSED, ErrorCode.UNEXPECTED)


class TestAnswersFit:
    """An answer of the right type and number can still be wrong."""

    @pytest.mark.parametrize(
        ("hello", "version", "resumed"),
        [
            (HELLO, 2, False),
            (HELLO, 0, False),
            (HELLO, 1, True),
            (Hello(1, 1, 9, SECRET), 1, False),
            (Hello(2, 3), 1, False),
        ],
    )
    def test_welcome(self, hello: Hello, version: int, resumed: bool) -> None:
        client = ClientConnection()
        client.hello(hello, now=0)
        (closed,) = hear(client, 1, replace(WELCOME, version=version, resumed=resumed))
        assert isinstance(closed, Closed)
        assert (closed.cause, closed.code) == REFUSED

    def test_welcome_that_fits(self) -> None:
        client = ClientConnection()
        client.hello(Hello(1, 3, 9, SECRET), now=0)
        resumed = replace(WELCOME, version=2, resumed=True)
        assert hear(client, 1, resumed) == [Answer(Hello(1, 3, 9, SECRET), resumed)]

    @pytest.mark.parametrize(
        ("request_", "answer"),
        [
            (List(5, 9), Tracks(9, False, False, (TrackEntry(5, 0, "a"),))),
            (
                List(0, 1),
                Tracks(9, False, False, (TrackEntry(1, 0, "a"), TrackEntry(2, 0, "b"))),
            ),
            (Play(STREAM.track, STREAM.stream + 1), STREAM),
            (Play(STREAM.track + 1, STREAM.stream), STREAM),
            (Play(STREAM.track, STREAM.stream, digest=bytes(32)), STREAM),
            (Tune(5, "m"), TUNED),
            (Tune(4, "m"), replace(TUNED, placed=True)),
            (Queue(1, 1, "m"), Entries(2, (SONG, SONG))),
            (Queue(1, 9, "m"), Entries(1, ())),
            (Queue(2, 9, "m"), Entries(2, (SONG, SONG))),
            (Queue(2, 9, "m"), Entries(1, (SONG,))),
            (Relay(1, 2), Relaying(3, 0)),
            (Relay(), Relaying(1, 0)),
        ],
    )
    def test_what_does_not(self, request_: MusicRequest | StationRequest, answer: Message) -> None:
        client = client_in(ClientState.OPEN)
        (closed,) = hear(client, client.request(request_), answer)
        assert isinstance(closed, Closed)
        assert (closed.cause, closed.code) == REFUSED

    def test_what_does(self) -> None:
        client = client_in(ClientState.OPEN)
        play = Play(STREAM.track, STREAM.stream, digest=DIGEST)
        assert hear(client, client.request(play), STREAM) == [Answer(play, STREAM)]
        page = Tracks(9, False, False, (TrackEntry(6, 0, "a"),))
        assert hear(client, client.request(List(5, 1)), page) == [Answer(List(5, 1), page)]

    @pytest.mark.parametrize(
        ("request_", "answer"),
        [
            (Tune(4, "m", relayed=True), replace(TUNED, placed=True)),
            (Tune(4, "m", relayed=True), TUNED),
            (Queue(2, 9, "m"), Entries(3, (SONG, SONG))),
            (Queue(2, 1, "m"), Entries(3, (SONG,))),
            (Queue(4, 9, "m"), Entries(3, ())),
            (Queue(1, 9, "m"), Entries(0, ())),
            (Relay(1, 2), Relaying(0, 5)),
        ],
    )
    def test_what_does_about_stations(self, request_: StationRequest, answer: Message) -> None:
        client = client_in(ClientState.OPEN)
        assert hear(client, client.request(request_), answer) == [Answer(request_, answer)]

    def test_an_answer_to_another_kind_of_request(self) -> None:
        client = client_in(ClientState.OPEN)
        for answer in (STREAM, Tracks(0, False, False, ())):
            client = client_in(ClientState.OPEN)
            (closed,) = hear(client, client.request(Reopen()), answer)
            assert isinstance(closed, Closed)
            assert closed.code == ErrorCode.UNEXPECTED


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

    def test_before_hello_nothing_is_heard_anywhere(self) -> None:
        client = client_in(ClientState.START)
        client.heard_elsewhere(now=5)
        assert client.deadline() is None

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
