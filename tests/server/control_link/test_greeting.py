# SPDX-License-Identifier: GPL-3.0-or-later
"""HELLO: the time for it, its refusal, the check of a password, and who is turned away."""

import socket
from pathlib import Path

from common.errors import ErrorCode
from control.framing import encode
from control.session_messages import Error, Hello, Login, Ping, Pong, Welcome
from server.channel import clock
from server.transport import Transport
from tests.server.control_link.end import HELLO, End
from tests.server.fakes import Desk
from tests.server.library.files import until
from tests.server.tls_wires import transport as make_transport
from tests.server.users.checking import RIGHT, Scene


def test_without_hello_the_time_is_over(desk: Desk) -> None:
    end = End(desk)
    end.desk.deadlines.run(now=clock() + 11)
    (error,) = end.rest()
    assert isinstance(error, Error)
    assert error.code == ErrorCode.TIMEOUT
    assert end.greeted == []
    assert end.gone == [end.link]
    end.client.close()


def test_the_time_for_hello_is_the_time_for_the_handshake_too(desk: Desk, tmp_path: Path) -> None:
    over = make_transport("tls", tmp_path / "papers")
    for part in (b"", bytes.fromhex("1603010200")):
        end = End(desk, transport=over)
        plain = socket.socket(fileno=end.client.detach())
        plain.send(part)
        end.desk.deadlines.run(now=clock() + 9)
        assert end.gone == []
        end.desk.deadlines.run(now=clock() + 11)
        assert end.gone == [end.link]
        assert end.link._channel.closed  # pyright: ignore[reportPrivateUsage]
        plain.close()


def test_a_hello_that_is_refused_is_none(desk: Desk, over: Transport) -> None:
    end = End(desk, transport=over)
    end.client.send(encode(1, Hello(1, 1, 99, bytes(16))))
    answer = end.next()
    assert isinstance(answer, Error)
    assert answer.code == ErrorCode.NO_SUCH_SESSION
    assert end.greeted == []
    end.client.send(encode(2, Hello(1, 1)))
    assert isinstance(end.next(), Welcome)
    end.client.send(encode(3, Ping(3)))
    assert end.next() == Pong(3)
    assert end.greeted == [end.link]
    end.client.close()
    end.link.replaced()


def test_a_password_is_checked_elsewhere_and_the_link_lives_on_meanwhile(desk: Desk) -> None:
    scene = Scene(desk.deadlines)
    desk.service.logins = scene.logins
    end, other = End(desk), End(desk)
    end.client.send(encode(1, Hello(1, 1, login=Login("alice", RIGHT))))
    other.client.send(HELLO)
    answer = other.next()
    assert isinstance(answer, Error)
    assert answer.code == ErrorCode.LOGIN_NEEDED
    desk.deadlines.run(now=clock() + 11)  # HELLO_TIMEOUT, for both
    assert [type(message) for message in other.rest()] == [Error]
    assert end.gone == end.greeted == []
    scene.threads.finish()
    assert isinstance(end.next(), Welcome)
    assert end.greeted == [end.link]
    (session,) = desk.service.sessions
    session.attached_once, session.offered = True, False
    desk.deadlines.run(now=clock() + 61)  # it is looked at again, and was silent
    assert end.gone == [end.link]
    assert session.lost is not None
    for one in (end, other):
        one.client.close()


def test_who_closes_during_the_check_is_gone_at_once(desk: Desk) -> None:
    scene = Scene(desk.deadlines)
    desk.service.logins = scene.logins
    end = End(desk)
    end.client.send(encode(1, Hello(1, 1, login=Login("alice", RIGHT))))
    until(lambda: len(scene.threads))
    end.client.close()
    until(lambda: end.gone)
    scene.threads.finish()
    assert len(desk.service.sessions) == 0
    assert end.greeted == []


def test_who_is_turned_away_is_told_why_and_gone_at_once(desk: Desk) -> None:
    end = End(desk)
    end.link.turn_away("no room")
    assert end.link._channel.closed  # pyright: ignore[reportPrivateUsage]
    assert end.rest() == [Error(ErrorCode.BUSY, "no room")]
    assert end.gone == [end.link]
    end.client.close()
