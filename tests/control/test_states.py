# SPDX-License-Identifier: GPL-3.0-or-later
"""Every state with every message: what the connections do, not only what the tables say."""

from itertools import product

import pytest

from common.errors import ErrorCode
from control.events import Answer, Cause, Closed, Event, Notice, Request
from control.framing import Numbered
from control.message import Message, Type
from control.music_messages import Credit, List, Play, Stop, Tracks
from control.queue_messages import Entries, Now, OnAir, Queue, QueueEntry, Skip, Votes
from control.relay_messages import Accuse, Parents, Relay, Relaying, Report
from control.roles import MusicRequest, StationRequest
from control.session_messages import Bye, Drain, Error, Goodbye, Hello, Ping, Pong, Port, Reopen
from control.states import ClientState, ServerState
from control.station_messages import (
    Browse,
    Enqueue,
    Enqueued,
    StationEntry,
    Stations,
    Tune,
    Tuned,
)
from tests.control.examples import HELLO, STREAM, TICKET, WELCOME
from tests.control.peers import client_in, hear, said, server_in
from tests.control.station_examples import KEY, STATION_ID

NUMBER = 5  # higher than that of any request before

MESSAGES: dict[str, Message] = {
    "HELLO": HELLO,
    "WELCOME": WELCOME,
    "LIST": List(),
    "TRACKS": Tracks(0, False, False, ()),
    "PLAY": Play(1, 1),
    "STREAM": STREAM,
    "STOP": Stop(1),
    "CREDIT": Credit(1, 2),
    "PING": Ping(77),
    "PONG": Pong(77),
    "BYE": Bye(ErrorCode.TIMEOUT, "zzz"),
    "GOODBYE": Goodbye(),
    "ERROR": Error(ErrorCode.NO_SUCH_TRACK, "gone"),
    "ERROR fatal": Error(ErrorCode.INTERNAL, "ow"),
    "REOPEN": Reopen(),
    "PORT": Port(1, 2, TICKET),
    "DRAIN": Drain(600),
    "BROWSE": Browse(),
    "STATIONS": Stations(()),
    "TUNE": Tune(1, "main"),
    "TUNED": Tuned(1, 0, 0, STATION_ID, KEY),
    "ENQUEUE": Enqueue(1, "main"),
    "ENQUEUED": Enqueued(False, 1, 0),
    "QUEUE": Queue(1, 2, "main"),
    "ENTRIES": Entries(0, ()),
    "NOW": Now("main"),
    "ON_AIR": OnAir(1, 2, 3, 4, 5, 6, 7, "a"),
    "SKIP": Skip(1, "main"),
    "VOTES": Votes(False, 1, 2),
    "RELAY": Relay(1, 2),
    "RELAYING": Relaying(2, 0),
    "PARENTS": Parents(1, ()),
    "REPORT": Report(1, 0, 0, 0),
    "ACCUSE": Accuse(1, 2, 0),
}

REQUESTS = {"LIST", "PLAY", "STOP", "CREDIT", "REOPEN"} | {
    "BROWSE",
    "TUNE",
    "ENQUEUE",
    "QUEUE",
    "NOW",
    "SKIP",
    "RELAY",
}
ANSWERS = {"TRACKS", "STREAM", "PORT"} | {
    "STATIONS",
    "TUNED",
    "ENQUEUED",
    "ENTRIES",
    "ON_AIR",
    "VOTES",
    "RELAYING",
}
ERRORS = {"ERROR", "ERROR fatal"}

# The kinds of outcome: (events, what is sent, the state behind it; None: as before).
Outcome = tuple[list[Event], list[Numbered], str | None]


def refused(message: Message, state: str) -> Outcome:
    text = f"{message.TYPE.name} has no place in {state}"
    error = Error(ErrorCode.UNEXPECTED, text)
    closed = Closed(Cause.REFUSED, ErrorCode.UNEXPECTED, text)
    return [closed], [Numbered(0, error)], "CLOSED"


def unmatched(message: Message) -> Outcome:
    text = f"{message.TYPE.name} {NUMBER} answers no request"
    error = Error(ErrorCode.UNEXPECTED, text)
    closed = Closed(Cause.REFUSED, ErrorCode.UNEXPECTED, text)
    return [closed], [Numbered(0, error)], "CLOSED"


def farewell(message: Message) -> Outcome:
    assert isinstance(message, Bye)
    closed = Closed(Cause.BYE, message.code, message.text)
    return [closed], [Numbered(NUMBER, Goodbye())], "CLOSED"


def given_up(message: Message) -> Outcome:
    assert isinstance(message, Error)
    return [Closed(Cause.ERROR, message.code, message.text)], [], "CLOSED"


def common_outcome(name: str, state: str) -> Outcome | None:  # noqa: PLR0911 one a rule
    """What both roles do, where they do the same."""
    message = MESSAGES[name]
    if state == "CLOSED":
        return [], [], None
    if state == "LEAVING":
        match name:
            case "BYE":
                return [], [Numbered(NUMBER, Goodbye())], None
            case "GOODBYE":
                return [Closed(Cause.GOODBYE)], [], "CLOSED"
            case "ERROR fatal":
                return given_up(message)
            case _:
                return None if name == "ERROR" else ([], [], None)
    if name == "BYE":
        return farewell(message)
    if name == "ERROR fatal":
        return given_up(message)
    if state == "OPEN" and name == "PING":
        return [], [Numbered(NUMBER, Pong(77))], None
    if state == "OPEN" and name == "PONG":
        return unmatched(message)
    return None


def server_outcome(name: str, state: str) -> Outcome:
    message = MESSAGES[name]
    common = common_outcome(name, state)
    if common is not None:
        return common
    if name in ERRORS:
        return given_up(message)
    if (state, name) == ("AWAIT_HELLO", "HELLO"):
        return [Request(NUMBER, message)], [], "GREETED"
    if state == "OPEN" and name in REQUESTS:
        return [Request(NUMBER, message)], [], None
    if state == "OPEN" and name in {"REPORT", "ACCUSE"}:
        return [Notice(message)], [], None
    return refused(message, state)


def client_outcome(name: str, state: str) -> Outcome:
    message = MESSAGES[name]
    common = common_outcome(name, state)
    if common is not None:
        return common
    if state == "LEAVING":
        return [], [], None
    if state == "OPEN" and name in {"DRAIN", "PARENTS"}:
        return [Notice(message)], [], None
    awaited = {"AWAIT_WELCOME": {"WELCOME", "ERROR"}, "OPEN": ANSWERS | {"ERROR"}}
    if name in awaited.get(state, set()):
        return unmatched(message)  # no request has this number
    return refused(message, state)


@pytest.mark.parametrize(("name", "state"), list(product(MESSAGES, ServerState)))
def test_in_the_server(name: str, state: ServerState) -> None:
    connection = server_in(state)
    events, sent, after = server_outcome(name, state.name)
    assert hear(connection, NUMBER, MESSAGES[name]) == events
    assert said(connection) == sent
    assert connection.state.name == (after or state.name)


@pytest.mark.parametrize(("name", "state"), list(product(MESSAGES, ClientState)))
def test_in_the_client(name: str, state: ClientState) -> None:
    connection = client_in(state)
    events, sent, after = client_outcome(name, state.name)
    assert hear(connection, NUMBER, MESSAGES[name]) == events
    assert said(connection) == sent
    assert connection.state.name == (after or state.name)


def test_no_message_is_left_out() -> None:
    assert {message.TYPE for message in MESSAGES.values()} == set(Type)


@pytest.mark.parametrize("state", [*ServerState, *ClientState])
def test_the_end_of_the_stream(state: ServerState | ClientState) -> None:
    connection = server_in(state) if isinstance(state, ServerState) else client_in(state)
    expected = [] if state.name == "CLOSED" else [Closed(Cause.LOST)]
    assert connection.receive_data(b"", now=0) == expected
    assert connection.closed
    assert connection.data_to_send() == b""
    assert connection.deadline() is None


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (List(0, 1), Tracks(0, False, False, ())),
        (Play(STREAM.track, STREAM.stream), STREAM),
        (Reopen(), Port(1, 2, TICKET)),
        (Browse(), Stations((StationEntry("main", 1),))),
        (Tune(1, "main"), Tuned(1, 0, 0, STATION_ID, KEY)),
        (Tune(1, "main", relayed=True), Tuned(1, 0, 0, STATION_ID, KEY, placed=True)),
        (Enqueue(1, "main"), Enqueued(True, 1, 0)),
        (Queue(1, 2, "main"), Entries(0, ())),
        (Queue(2, 1, "main"), Entries(2, (QueueEntry(1, 2, 3, "a"),))),
        (Now("main"), OnAir(1, 2, 3, 4, 5, 6, 7, "a")),
        (Skip(1, "main"), Votes(True, 2, 2)),
        (Relay(1, 2), Relaying(2, 0)),
        (Relay(), Relaying(0, 0)),
        (Tune(1, "main"), Error(ErrorCode.NO_SUCH_STATION, "")),
        (Relay(1, 2), Error(ErrorCode.UNREACHABLE, "")),
        (List(), Error(ErrorCode.INTERNAL + 0x100, "")),
        (Play(1, 1), Error(ErrorCode.NO_SUCH_TRACK, "")),
        (Reopen(), Error(ErrorCode.NO_SUCH_TRACK, "")),
        (Stop(1), Error(ErrorCode.NO_SUCH_STREAM, "")),
        (Credit(1, 1), Error(ErrorCode.NO_SUCH_STREAM, "")),
    ],
)
def test_an_answer_that_is_awaited_is_matched(
    request_: MusicRequest | StationRequest, answer: Message
) -> None:
    connection = client_in(ClientState.OPEN)
    number = connection.request(request_)
    assert said(connection) == [Numbered(number, request_)]
    assert hear(connection, number, answer) == [Answer(request_, answer)]
    assert connection.state is ClientState.OPEN
    (closed,) = hear(connection, number, answer)
    assert isinstance(closed, Closed), "the same answer once more"
    assert closed.code == ErrorCode.UNEXPECTED


def test_welcome_and_a_refused_hello_are_matched() -> None:
    connection = client_in(ClientState.AWAIT_WELCOME)
    error = Error(ErrorCode.NO_SUCH_SESSION, "")
    assert hear(connection, 1, error) == [Answer(HELLO, error)]
    again = Hello(1, 1, agent="again")
    connection.hello(again, now=0)
    assert said(connection) == [Numbered(2, again)]
    assert hear(connection, 2, WELCOME) == [Answer(again, WELCOME)]
    assert connection.state is ClientState.OPEN
