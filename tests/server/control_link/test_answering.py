# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests: their order, their turns, floods of them, and who does not read the answers."""

import contextlib
from itertools import groupby

import gevent
import pytest

from control.framing import encode
from control.music_messages import List, Tracks
from control.session_messages import Ping, Pong, Welcome
from server.channel import clock
from server.control_link import READ_SIZE, REQUESTS
from server.pump import Pump
from tests.server.control_link.end import HELLO, End
from tests.server.fakes import Desk
from tests.server.library.files import until


def test_requests_are_answered_in_order(end: End) -> None:
    end.client.send(encode(2, List(0, 1)) + encode(3, Ping(7)) + encode(4, List(1, 1)))
    kinds = [type(end.next()) for _ in range(3)]
    assert sorted(kind.__name__ for kind in kinds) == ["Pong", "Tracks", "Tracks"]


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
