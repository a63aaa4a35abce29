# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests in bytes and answers in bytes, with a client's core at the other end."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from common.constants import DEAD_AFTER, HELLO_TIMEOUT
from common.errors import ErrorCode
from control.events import Cause, Closed
from control.framing import Deframer, encode
from control.heard import Heard, Starts
from control.music_messages import Credit, List, Play, StartKind, Stop, Stream, Tracks
from control.queue_messages import Now, Queue, Skip
from control.relay_messages import Accuse, Relay, Report
from control.roles import StationRequest
from control.session_messages import Bye, Error, Hello, Ping, Pong, Port, Reopen, Welcome
from control.station_messages import Browse, Enqueue, Stations, Tune
from server.config import Limits
from server.logbook import Said
from server.sessions import Session
from tests.server.fakes import Desk, FakeData, make_desk
from tests.server.talk import Talk
from tests.server.users.checking import ALICE


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


@pytest.fixture
def talk(desk: Desk) -> Talk:
    """After HELLO."""
    joined = Talk(desk)
    assert isinstance(joined.hello(), Welcome)
    return joined


def test_every_request_is_answered(talk: Talk) -> None:
    assert isinstance(talk.ask(List()), Tracks)
    assert isinstance(talk.ask(Reopen()), Port)
    assert isinstance(talk.ask(Play(1, 1, StartKind.TIME, 0, 1000)), Stream)


def test_stop_and_credit_have_no_answer_when_all_is_well(talk: Talk) -> None:
    talk.ask(Play(1, 1, StartKind.TIME, 0, 1000))
    assert talk.say(encode(10, Credit(1, 2000)) + encode(11, Stop(1))) == b""


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Play(9, 1, StartKind.TIME, 0, 1), ErrorCode.NO_SUCH_TRACK),
        (Play(1, 1, StartKind.TIME, 2**40, 1), ErrorCode.BAD_START),
        (Play(1, 1, StartKind.OFFSET, 0, 1, bytes(32)), ErrorCode.CHANGED),
        (Stop(1), ErrorCode.NO_SUCH_STREAM),
        (Credit(1, 1), ErrorCode.NO_SUCH_STREAM),
    ],
)
def test_a_refusal_is_an_error_with_the_requests_number(
    talk: Talk, request_: Play | Stop | Credit, code: ErrorCode
) -> None:
    answer = talk.ask(request_)
    assert isinstance(answer, Error)
    assert answer.code == code
    assert not talk.conversation.closed
    assert isinstance(talk.ask(List()), Tracks)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (List(station="main"), ErrorCode.NO_SUCH_STATION),
        (Tune(1, "main"), ErrorCode.NO_SUCH_STATION),
        (Enqueue(1, "main"), ErrorCode.NO_SUCH_STATION),
        (Queue(1, 20, "main"), ErrorCode.NO_SUCH_STATION),
        (Now("main"), ErrorCode.NO_SUCH_STATION),
        (Skip(1, "main"), ErrorCode.NO_SUCH_STATION),
        (Relay(55500, 8), ErrorCode.NO_RELAYS),
    ],
)
def test_a_server_without_stations_says_so(
    talk: Talk, message: List | StationRequest, code: ErrorCode
) -> None:
    error = talk.ask(message)
    assert isinstance(error, Error)
    assert error.code == code
    assert talk.ask(Browse()) == Stations(())


def test_a_notice_about_no_station_is_ignored(talk: Talk) -> None:
    talk.client.notify(Report(1, 0, 0, 0))
    talk.client.notify(Accuse(1, 7, 0))
    assert talk.exchange() == []
    assert isinstance(talk.ask(List()), Tracks)


def test_stream_order(talk: Talk) -> None:
    talk.ask(Play(1, 5, StartKind.TIME, 0, 1))
    answer = talk.ask(Play(1, 5, StartKind.TIME, 0, 1))
    assert isinstance(answer, Error)
    assert answer.code == ErrorCode.STREAM_ORDER


def test_reopen_without_a_port_left_ends_the_session(talk: Talk) -> None:
    assert talk.conversation.session is not None
    talk.desk.service.attach(
        talk.conversation.session.id, talk.conversation.session.ticket, FakeData(), now=0.0
    )
    talk.desk.ports.left = 0
    talk.client.request(Reopen())
    (event,) = talk.exchange()
    assert isinstance(event, Closed)
    assert event.code == ErrorCode.BUSY
    assert talk.conversation.closed
    assert talk.conversation.session.ended


def test_a_broken_rule_ends_the_session(talk: Talk) -> None:
    answer = talk.last(b"\xff" * 8)
    assert isinstance(answer, Error)
    assert answer.code == ErrorCode.TOO_LARGE
    assert talk.conversation.closed
    assert len(talk.desk.service.sessions) == 0


def test_bye_ends_the_session(talk: Talk) -> None:
    talk.client.bye(now=0.0)
    assert talk.exchange() == [Closed(Cause.GOODBYE)]
    assert talk.conversation.closed
    assert len(talk.desk.service.sessions) == 0


def test_an_error_from_the_client_ends_the_session(talk: Talk) -> None:
    assert talk.say(encode(0, Error(ErrorCode.MALFORMED, "your fault"))) == b""
    assert len(talk.desk.service.sessions) == 0


def test_a_connection_that_breaks_keeps_it(talk: Talk) -> None:
    assert talk.say(b"") == b""
    assert talk.conversation.closed
    (session,) = talk.desk.service.sessions
    assert session.lost == 0.0
    again = Talk(talk.desk)
    welcome = again.hello(session.id, session.secret)
    assert isinstance(welcome, Welcome)
    assert welcome.resumed


def test_silence_keeps_it_too(talk: Talk) -> None:
    assert talk.conversation.deadline() == DEAD_AFTER
    talk.conversation.tick(now=float(DEAD_AFTER))
    assert talk.conversation.step(now=float(DEAD_AFTER))
    assert talk.conversation.data_to_send() == b""
    assert talk.conversation.closed
    (session,) = talk.desk.service.sessions
    assert session.lost == DEAD_AFTER


def test_a_ping_is_answered_and_heard_of_but_is_no_activity(talk: Talk) -> None:
    assert talk.last(encode(9, Ping(5)), now=30.0) == Pong(5)
    assert talk.conversation.deadline() == 30.0 + DEAD_AFTER
    assert talk.conversation.session is not None
    assert talk.conversation.session.active == 0.0
    talk.say(encode(10, List()), now=40.0)
    assert talk.conversation.session.active == 40.0


def test_hello_has_to_come_in_time(desk: Desk) -> None:
    talk = Talk(desk)
    assert talk.conversation.deadline() == HELLO_TIMEOUT
    talk.conversation.tick(now=float(HELLO_TIMEOUT))
    (error,) = (message for _, message in Deframer().feed(talk.conversation.data_to_send()))
    assert isinstance(error, Error)
    assert error.code == ErrorCode.TIMEOUT
    assert not talk.conversation.greeted


def test_after_no_such_session_hello_may_come_again(desk: Desk) -> None:
    talk = Talk(desk)
    answer = talk.hello(7, b"x" * 16)
    assert isinstance(answer, Error)
    assert answer.code == ErrorCode.NO_SUCH_SESSION
    assert isinstance(talk.hello(), Welcome)


def test_a_full_server_says_so_and_closes(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, limits=Limits(sessions=1))
    Talk(desk).hello()
    talk = Talk(desk)
    talk.client.hello(Hello(1, 1), now=0.0)
    (event,) = talk.exchange()
    assert isinstance(event, Closed)
    assert event.code == ErrorCode.BUSY
    assert talk.conversation.closed


def test_hello_and_bye_in_one_piece_open_no_session(desk: Desk) -> None:
    talk = Talk(desk)
    talk.say(encode(1, Hello(1, 1)) + encode(2, Bye(0)))
    assert talk.conversation.closed
    assert len(desk.service.sessions) == 0


HEARD = Heard(600, 2, 1500, Starts(3, 200, 900), Starts(1, 80, 80))


def has_listened(talk: Talk, *, songs: int = 3) -> Session:
    """The session, of an hour, in which there was sound."""
    (session,) = talk.desk.service.sessions
    for stream in range(1, songs + 1):
        talk.ask(Play(1, stream, StartKind.TIME, 0, 1000))
    session.began, session.tunes = -3600.0, 1
    session.attached_once = session.has_sound = True
    return session


def test_what_a_listener_tells_is_added_up(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    has_listened(talk).user = ALICE
    talk.say(encode(99, Bye(0, heard=HEARD)))
    heard = talk.desk.service.tally.heard
    assert (heard.reports, heard.seconds, heard.stalls, heard.stalled) == (1, 600, 2, 1.5)
    assert heard.starts == {"song": 3, "station": 1}
    (said,) = [record.msg for record in caplog.records]
    assert isinstance(said, Said)
    assert str(said) == "session 1 heard 600 s of sound; stalls: 2"
    assert said.fields["user"] == "alice"


def test_a_liar_is_believed_within_bounds(talk: Talk) -> None:
    has_listened(talk, songs=1)
    talk.say(encode(99, Bye(0, heard=replace(HEARD, seconds=0xFFFFFFFF))))
    heard = talk.desk.service.tally.heard
    assert (heard.seconds, heard.starts["song"]) == (3600, 1)


@pytest.mark.parametrize("lacks", ["attached_once", "has_sound"])
def test_who_had_no_sound_of_the_server_tells_nothing(
    talk: Talk, caplog: pytest.LogCaptureFixture, lacks: str
) -> None:
    caplog.set_level(logging.INFO)
    setattr(has_listened(talk), lacks, False)
    talk.say(encode(99, Bye(0, heard=HEARD)))
    assert talk.desk.service.tally.heard.reports == 0
    assert caplog.messages == []


def test_what_a_stranger_tells_is_not(desk: Desk) -> None:
    talk = Talk(desk)
    talk.say(encode(1, Bye(0, heard=HEARD)))
    assert talk.conversation.closed
    assert desk.service.tally.heard.reports == 0


def test_a_connection_that_was_replaced_tells_nothing(talk: Talk) -> None:
    session = has_listened(talk)
    Talk(talk.desk).hello(session.id, session.secret)
    talk.say(encode(99, Bye(0, heard=HEARD)))
    assert talk.desk.service.tally.heard.reports == 0


def test_what_was_asked_before_bye_in_one_piece_is_not_done(talk: Talk) -> None:
    talk.say(encode(5, Play(1, 1, StartKind.TIME, 0, 1000)) + encode(6, Bye(0)))
    assert len(talk.desk.tracks.files) == 0


def test_a_replaced_connection_that_breaks_later_does_no_harm(talk: Talk) -> None:
    (session,) = talk.desk.service.sessions
    again = Talk(talk.desk)
    again.hello(session.id, session.secret)
    assert talk.outlet.told == [("replaced", 0)]
    talk.say(b"")
    assert session.lost is None
    assert session.control is again.outlet


def test_requests_wait_for_their_step(talk: Talk) -> None:
    talk.conversation.receive_data(encode(5, List()) + encode(6, List()), now=0.0)
    assert talk.conversation.pending
    assert talk.conversation.data_to_send() == b""
    talk.conversation.step(now=0.0)
    assert len(list(Deframer().feed(talk.conversation.data_to_send()))) == 1
    talk.conversation.step(now=0.0)
    assert not talk.conversation.step(now=0.0)
