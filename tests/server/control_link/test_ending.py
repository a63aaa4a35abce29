# SPDX-License-Identifier: GPL-3.0-or-later
"""How a control connection ends: BYE, loss, silence, a defect, and the server's own wish."""

import pytest

from common.errors import ErrorCode
from control.framing import encode
from control.music_messages import List, Tracks
from control.session_messages import Bye, Error, Goodbye, Ping, Pong, Welcome
from server.channel import clock
from tests.server.control_link.end import HELLO, End
from tests.server.library.files import until
from tests.server.wires import GOING, go


def test_bye_is_answered_and_the_link_gone(end: End) -> None:
    end.client.send(encode(2, Bye(0)))
    assert end.rest() == [Goodbye()]
    assert end.gone == [end.link]
    assert len(end.desk.service.sessions) == 0
    assert len(end.desk.deadlines) == 0


def test_silence_is_loss(end: End) -> None:
    (session,) = end.desk.service.sessions
    session.attached_once, session.offered = True, False
    end.desk.deadlines.run(now=clock() + 61)
    assert end.gone == [end.link]
    assert session.lost is not None
    assert end.rest() == []


def test_silence_may_be_loss_before_the_time_for_hello_is_over(end: End) -> None:
    timers = end.desk.service.timers
    assert timers.dead_after < timers.hello_timeout
    end.desk.deadlines.run(now=clock() + (timers.dead_after + timers.hello_timeout) / 2)
    assert end.gone == [end.link]


@pytest.mark.parametrize("how", GOING)
def test_a_broken_connection_keeps_the_session(end: End, how: str) -> None:
    go(end.client, how)
    until(lambda: end.gone)
    (session,) = end.desk.service.sessions
    assert session.lost is not None
    assert session.control is None


def test_the_server_takes_its_leave(end: End) -> None:
    end.link.leave(ErrorCode.SHUTTING_DOWN, "the server stops")
    assert end.next() == Bye(ErrorCode.SHUTTING_DOWN, "the server stops")
    assert end.gone == []
    end.client.send(encode(1, Goodbye()))
    until(lambda: end.gone)


def test_the_server_fails_a_session(end: End) -> None:
    end.link.fail(ErrorCode.TIMEOUT, "too late")
    assert end.rest() == [Error(ErrorCode.TIMEOUT, "too late")]
    assert end.gone == [end.link]


def test_a_replaced_link_closes_without_a_word(end: End) -> None:
    end.link.replaced()
    assert end.rest() == []
    assert len(end.desk.service.sessions) == 1


def test_a_defect_costs_this_client_alone(
    end: End, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = End(end.desk)
    other.client.send(HELLO)
    assert isinstance(other.next(), Welcome)

    def broken(message: List, within: frozenset[int] | None) -> Tracks:
        raise RuntimeError("a defect")

    monkeypatch.setattr(end.desk.service.streams, "list_tracks", broken)
    end.client.send(encode(2, List()))
    assert end.rest() == []
    assert "defect" in caplog.text
    other.client.send(encode(2, Ping(3)))
    assert other.next() == Pong(3)
    other.client.close()
    other.link.replaced()
