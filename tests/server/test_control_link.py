# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket around a conversation: order, floods, stalls, and its end."""

import contextlib
import socket
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import gevent
import pytest

from common.errors import ErrorCode
from control.framing import Deframer, encode
from control.message import Message
from control.music_messages import List, Tracks
from control.session_messages import Bye, Error, Goodbye, Hello, Login, Ping, Pong, Welcome
from server.channel import clock
from server.config import Timers
from server.control_link import READ_SIZE, REQUESTS, ControlLink
from server.pump import Pump
from server.transport import PLAIN, Transport
from tests.server.fakes import Desk, make_desk
from tests.server.library.files import until
from tests.server.tls_wires import TRANSPORTS, client_end
from tests.server.tls_wires import transport as make_transport
from tests.server.users.checking import RIGHT, Scene
from tests.server.wires import read_all, read_some, reset, wire

HELLO = encode(1, Hello(1, 1))


class End:
    """A control link, and the client's end of it."""

    def __init__(
        self,
        desk: Desk,
        *,
        narrow: bool = False,
        pump: Pump | None = None,
        transport: Transport = PLAIN,
    ) -> None:
        sock, client = wire(narrow=narrow)
        self.desk = desk
        self.greeted: list[ControlLink] = []
        self.gone: list[ControlLink] = []
        self.link = ControlLink(
            sock,
            "10.0.0.1",
            desk.service,
            desk.deadlines,
            pump or Pump(),
            greeted=self.greeted.append,
            gone=self.gone.append,
            transport=transport,
        )
        self.link.begin()
        self.client = client_end(client, transport)

    def next(self) -> Message:
        """The next message."""
        header = read_some(self.client, 8)
        body = read_some(self.client, int.from_bytes(header[:2], "big"))
        ((_, message),) = Deframer().feed(header + body)
        return message

    def rest(self) -> list[Message]:
        """All messages up to the end."""
        return [message for _, message in Deframer().feed(read_all(self.client))]

    def let_time_pass(self) -> None:
        """Everything that is due at any time is done."""
        self.desk.deadlines.run(now=clock() + 1000)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path, timers=Timers(idle_timeout=60_000))


@pytest.fixture(params=TRANSPORTS)
def over(request: pytest.FixtureRequest, tmp_path: Path) -> Transport:
    """TCP, or TLS."""
    return make_transport(request.param, tmp_path / "papers")


@pytest.fixture
def end(desk: Desk, over: Transport) -> Iterator[End]:
    """After HELLO."""
    made = End(desk, transport=over)
    made.client.send(HELLO)
    assert isinstance(made.next(), Welcome)
    assert made.greeted == [made.link]
    yield made
    made.client.close()
    made.link.replaced()


def test_requests_are_answered_in_order(end: End) -> None:
    end.client.send(encode(2, List(0, 1)) + encode(3, Ping(7)) + encode(4, List(1, 1)))
    kinds = [type(end.next()) for _ in range(3)]
    assert sorted(kind.__name__ for kind in kinds) == ["Pong", "Tracks", "Tracks"]


def test_bye_is_answered_and_the_link_gone(end: End) -> None:
    end.client.send(encode(2, Bye(0)))
    assert end.rest() == [Goodbye()]
    assert end.gone == [end.link]
    assert len(end.desk.service.sessions) == 0
    assert len(end.desk.deadlines) == 0


def test_a_flood_is_answered_in_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    count = READ_SIZE // 16
    order: list[str] = []
    reads_on: list[bool] = []

    pump = Pump()
    one = End(desk, pump=pump)

    def list_tracks(message: List, within: frozenset[int] | None) -> Tracks:
        order.append("answer")
        return Tracks(0, more=False, scanning=False, tracks=())

    class Other:
        """Somebody who always has something to send."""

        def turn(self, budget: int) -> bool:
            order.append("turn")
            waits = one.link._conversation.pending  # pyright: ignore[reportPrivateUsage]
            reads = one.link._channel._reading  # pyright: ignore[reportPrivateUsage]
            reads_on.append(waits and reads)
            return order.count("answer") < count

        def drop(self) -> None:
            raise AssertionError

    one.client.send(HELLO)
    assert isinstance(one.next(), Welcome)
    monkeypatch.setattr(desk.service.streams, "list_tracks", list_tracks)
    one.client.send(b"".join(encode(number, List()) for number in range(2, 2 + count)))
    pump.wake(Other())
    for _ in range(count):
        assert isinstance(one.next(), Tracks)
    stretches = [len(list(group)) for who, group in groupby(order) if who == "answer"]
    assert sum(stretches) == count
    assert max(stretches) == 1
    assert not any(reads_on)  # no more is read before these are answered
    one.client.close()
    one.link.replaced()


def test_what_costs_little_does_not_wait_for_the_pages_of_others(desk: Desk) -> None:
    class FullPump(Pump):
        """So many are due that nobody ever gets a turn."""

        def wake(self, link: object, *, costly: bool = False) -> None:
            due.append(link)

    due: list[object] = []
    flooder, other = End(desk, pump=FullPump()), End(desk, pump=FullPump())
    for end in (flooder, other):
        end.client.send(HELLO)
        assert isinstance(end.next(), Welcome)
    flooder.client.send(b"".join(encode(number, List()) for number in range(2, 100)))
    until(lambda: due)
    other.client.send(b"".join(encode(n, Ping(n)) for n in range(2, 2 + REQUESTS)))
    assert [other.next() for _ in range(REQUESTS)] == [Pong(n) for n in range(2, 2 + REQUESTS)]
    newcomer = End(desk, pump=FullPump())
    newcomer.client.send(HELLO)
    assert isinstance(newcomer.next(), Welcome)
    assert set(due) == {flooder.link}
    for end in (flooder, other, newcomer):
        end.client.close()
        end.link.replaced()


def test_who_waits_for_an_answer_is_not_taken_for_dead(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullPump(Pump):
        """So many are due that nobody ever gets a turn."""

        def wake(self, link: object, *, costly: bool = False) -> None:
            due.append(costly)

    due: list[bool] = []
    end = End(desk, pump=FullPump())
    end.client.send(HELLO)
    assert isinstance(end.next(), Welcome)
    end.client.send(encode(2, List()))
    until(lambda: due)
    assert due == [True]
    later = clock() + 1000  # in which the server has not listened
    monkeypatch.setattr("server.control_link.clock", lambda: later)
    deadline = end.link.deadline()
    assert deadline is not None
    assert deadline > later
    end.link.turn(0)
    assert isinstance(end.next(), Tracks)
    end.client.close()
    end.link.replaced()


def blocked(end: End) -> bool:
    return end.link._blocked is not None  # pyright: ignore[reportPrivateUsage]


def flood(end: End, number: int) -> int:
    """LISTs with long answers until the link is blocked; the next number."""
    with gevent.Timeout(30):
        while not blocked(end):
            end.client.send(encode(number, List(0, 65535)))
            number += 1
            gevent.sleep(0.001)  # so that the loop looks at the sockets, and the pump has its turn
    return number


def test_who_does_not_read_is_not_read_from_and_given_up(desk: Desk) -> None:
    content = (desk.tracks.folder / "2.mp3").read_bytes()
    for _ in range(100):
        desk.tracks.add(content, title="x" * 255)
    end = End(desk, narrow=True)
    end.client.send(HELLO)
    assert isinstance(end.next(), Welcome)
    number = flood(end, 2)
    waiting = len(end.link._out)  # pyright: ignore[reportPrivateUsage]
    end.client.send(encode(number, Ping(1)))
    gevent.sleep(0.001)
    assert len(end.link._out) == waiting  # pyright: ignore[reportPrivateUsage]
    # Whoever reads again is answered in full ...
    answers = [end.next() for _ in range(2, number + 1)]
    assert answers.count(Pong(1)) == 1
    # ... and whoever does not is lost, with the session kept for a resume.
    flood(end, number + 1)
    (session,) = desk.service.sessions
    session.attached_once, session.offered = True, False
    end.desk.deadlines.run(now=clock() + desk.service.timers.stall_timeout - 1)
    assert len(end.gone) == 0
    end.desk.deadlines.run(now=clock() + desk.service.timers.stall_timeout + 1)
    assert end.gone == [end.link]
    assert session.lost is not None
    end.client.close()


def test_whoever_reads_a_little_now_and_then_is_not_given_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = End(desk, narrow=True)
    end.client.send(HELLO)
    assert isinstance(end.next(), Welcome)
    out = end.link._out  # pyright: ignore[reportPrivateUsage]
    out += bytes(50_000_000)  # more than the kernel takes, however little or much it reads ahead
    end.client.send(encode(2, Ping(1)))
    until(lambda: blocked(end))
    deadline = end.link.deadline()
    assert deadline is not None
    monkeypatch.setattr("server.control_link.clock", lambda: deadline - 1)
    waiting = len(out)
    with gevent.Timeout(30):
        while len(out) == waiting:
            with contextlib.suppress(BlockingIOError):
                end.client.recv(65536)
            gevent.sleep(0.001)
    desk.deadlines.run(now=deadline)
    assert end.gone == []
    end.client.close()
    end.link.replaced()


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


@pytest.mark.parametrize("how", ["close", "reset", "half"])
def test_a_broken_connection_keeps_the_session(end: End, how: str) -> None:
    if how == "half":
        end.client.shutdown(socket.SHUT_WR)
    elif how == "reset":
        reset(end.client)
    else:
        end.client.close()
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


def test_who_is_turned_away_is_told_why_and_gone_at_once(desk: Desk) -> None:
    end = End(desk)
    end.link.turn_away("no room")
    assert end.link._channel.closed  # pyright: ignore[reportPrivateUsage]
    assert end.rest() == [Error(ErrorCode.BUSY, "no room")]
    assert end.gone == [end.link]
    end.client.close()


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
