# SPDX-License-Identifier: GPL-3.0-or-later
"""ATTACH: how it is answered and refused, and what may come before its answer and behind it."""

import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from common.errors import ErrorCode
from data.frames import Attach, Attached, Data, Deframer, Fail
from server.channel import Buffer, Channel, clock
from server.data_link import DataLink
from server.pump import Pump
from server.transport import Transport
from tests.server.data_link.line import Line
from tests.server.fakes import Desk
from tests.server.tls_wires import transport as make_transport
from tests.server.wires import read_all, read_some, wire


def test_attaching_ends_the_waiting(line: Line) -> None:
    assert line.gone == [line.link]
    assert line.session.data is line.link
    assert line.link.deadline() is None


def test_the_first_sound_goes_with_attached(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    send = Channel.send

    def counted(channel: Channel, buffers: Sequence[Buffer]) -> int:
        sent.append(send(channel, buffers))
        return sent[-1]

    monkeypatch.setattr(Channel, "send", counted)
    line = Line(desk)
    line.play(1, window=10_000)
    line.attach()
    assert isinstance(line.frame(), Data)
    assert len(sent) == 1
    line.client.close()
    line.link.drop()


def test_a_switch_leaves_attached_that_has_not_gone_yet(desk: Desk) -> None:
    line = Line(desk)
    line.play(1, window=10_000)
    line.client.send(Attach(line.session.id, line.session.ticket).encode())
    line.link.begin()
    assert line.session.data is line.link
    line.play(2, window=10_000)
    assert read_some(line.client, 20) == Attached(line.session.id).encode()
    frame = line.frame()
    assert isinstance(frame, Data)
    assert frame.stream == 2
    line.client.close()
    line.link.drop()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (Attach(1, bytes(16)).encode(), ErrorCode.BAD_TICKET),
        (Attach(99, bytes(16)).encode(), ErrorCode.BAD_TICKET),
        (b"GET / HTTP/1.1\r\n\r\n\r\n", ErrorCode.TOO_LARGE),
        (bytes(20), ErrorCode.UNKNOWN_TYPE),
    ],
)
def test_a_wrong_attach_is_refused(
    desk: Desk, over: Transport, sent: bytes, code: ErrorCode
) -> None:
    line = Line(desk, transport=over)
    line.client.send(sent)
    (fail,) = Deframer().feed(read_all(line.client))
    assert isinstance(fail, Fail)
    assert (fail.stream, fail.code) == (0, code)
    assert line.gone == [line.link]
    assert not line.session.ended
    line.client.close()


def test_no_attach_at_all(desk: Desk) -> None:
    line = Line(desk)
    line.desk.deadlines.run(now=clock() + 16)
    (fail,) = Deframer().feed(read_all(line.client))
    assert isinstance(fail, Fail)
    assert fail.code == ErrorCode.TIMEOUT
    assert line.gone == [line.link]
    line.client.close()


def test_the_time_to_attach_is_the_time_for_the_handshake_too(desk: Desk, tmp_path: Path) -> None:
    line = Line(desk, transport=make_transport("tls", tmp_path / "papers"))
    plain = socket.socket(fileno=line.client.detach())
    line.desk.deadlines.run(now=clock() + 16)
    assert line.gone == [line.link]
    assert line.link._channel.closed  # pyright: ignore[reportPrivateUsage]
    plain.close()


def test_who_is_turned_away_is_told_why_and_gone_at_once(desk: Desk) -> None:
    line = Line(desk)
    line.link.turn_away("no room")
    assert line.link._channel.closed  # pyright: ignore[reportPrivateUsage]
    (fail,) = Deframer().feed(read_all(line.client))
    assert isinstance(fail, Fail)
    assert (fail.code, fail.text) == (ErrorCode.BUSY, "no room")
    assert line.gone == [line.link]
    line.client.close()


def test_a_word_behind_attach(line: Line) -> None:
    line.client.send(bytes(20))
    (fail,) = Deframer().feed(read_all(line.client))
    assert isinstance(fail, Fail)
    assert fail.session == line.session.id
    assert line.session.data is None


def test_a_second_connection_takes_the_place_of_the_first(line: Line) -> None:
    line.play(3)
    line.desk.service.reopen(line.session, now=clock())
    sock, client = wire()
    other = DataLink(
        sock, "peer", line.desk.service, line.desk.deadlines, Pump(), gone=line.gone.append
    )
    other.begin()
    client.send(Attach(line.session.id, line.session.ticket).encode())
    assert read_some(client, 20) == Attached(line.session.id).encode()
    assert line.session.data is other
    read_all(line.client)
    assert not line.session.sender.sending
    other.drop()
    client.close()
