# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test vector of RFC.md, run against the code."""

from collections import Counter
from itertools import pairwise

import pytest

from common.constants import VERSION
from common.errors import ErrorCode, ProtocolError
from control.events import Cause, Closed, Request
from control.framing import Deframer, encode
from control.message import Message, Type
from control.music_messages import List, Play
from control.queue_messages import Now, Queue, Skip
from control.relay_messages import Relay
from control.roles import ClientConnection, ServerConnection
from control.session_messages import Hello, Welcome
from control.station_messages import Browse, Enqueue, Tune
from data.frame_header import FrameType
from data.frames import Deframer as FrameDeframer
from data.frames import Frame
from tests.rfc.data_peers import SESSION, TICKET, peer_in
from tests.rfc.document import Vector, tables, vectors
from tests.rfc.wording import frame_lines, message_lines

VECTORS = vectors()


def of(*beginning: str) -> list[Vector]:
    return [vector for vector in VECTORS if vector.words[: len(beginning)] == beginning]


def server_in(state: str) -> ServerConnection:
    connection = ServerConnection(now=0)
    if state == "AWAIT_HELLO":
        return connection
    connection.receive_data(encode(1, Hello(1, 1)), now=0)
    if state == "OPEN":
        connection.welcome(1, WELCOME, now=0)
    assert connection.state.name == state
    connection.data_to_send()
    return connection


def client_in(state: str) -> ClientConnection:
    connection = ClientConnection()
    connection.hello(Hello(1, 1), now=0)
    if state == "OPEN":
        connection.receive_data(encode(1, WELCOME), now=0)
        connection.request(List(0, 2))
        connection.request(Play(3, 1, window=65536))
        connection.tick(now=WELCOME.heartbeat)  # time for a PING
        connection.request(Tune(2, "main"))
        connection.request(Queue(3, 2, "main"))
        connection.request(Relay(55500, 8))
        connection.request(Browse())
        connection.request(Enqueue(3, "main"))
        connection.request(Now("main"))
        connection.request(Skip(7, "main"))
    assert connection.state.name == state
    connection.data_to_send()
    return connection


WELCOME = Welcome(1, False, SESSION, bytes(16), 1, TICKET, 15, 20, 60, 60)


def control_in(role: str, state: str) -> ServerConnection | ClientConnection:
    return server_in(state) if role == "server" else client_in(state)


def decoded(vector: Vector) -> Message:
    ((number, message),) = Deframer().feed(vector.octets)
    assert (message.TYPE.name, str(number)) == vector.words[4:6]
    return message


def decoded_frame(vector: Vector) -> Frame:
    (frame,) = FrameDeframer().feed(vector.octets)
    assert (frame.TYPE.name,) == vector.words[4:5]
    return frame


class TestGood:
    """Bytes to fields and fields to bytes."""

    @pytest.mark.parametrize("vector", of("good", "control"), ids=str)
    def test_control(self, vector: Vector) -> None:
        message = decoded(vector)
        assert message_lines(message) == list(vector.fields)
        assert encode(int(vector.words[5]), message) == vector.octets

    @pytest.mark.parametrize("vector", of("read", "control"), ids=str)
    def test_control_with_something_to_skip(self, vector: Vector) -> None:
        message = decoded(vector)
        assert message_lines(message) == list(vector.fields)
        assert len(encode(int(vector.words[5]), message)) < len(vector.octets)

    @pytest.mark.parametrize("vector", of("good", "data"), ids=str)
    def test_data(self, vector: Vector) -> None:
        frame = decoded_frame(vector)
        assert frame_lines(frame) == list(vector.fields)
        assert frame.encode() == vector.octets

    def test_every_message_has_one_from_each_sender(self) -> None:
        found = {(vector.words[3], vector.words[4]) for vector in of("good", "control")}
        senders = {
            row["Name"]: ("client", "server") if row["From"] == "both" else (row["From"],)
            for caption, rows in tables().items()
            if caption.startswith("Control message types")
            for row in rows
        }
        assert set(senders) == set(Type.__members__)
        assert found == {(sender, name) for name in senders for sender in senders[name]}

    def test_every_frame_has_one(self) -> None:
        assert {vector.words[4] for vector in of("good", "data")} == {t.name for t in FrameType}

    def test_one_text_is_not_ascii(self) -> None:
        texts = [line for vector in of("good") for line in vector.fields if '"' in line]
        assert any("\\u" in text for text in texts)
        assert any("\\ud" in text for text in texts), "none beyond 16 bits"


def verdict_of_control(vector: Vector, pieces: list[bytes]) -> tuple[list[object], bytes]:
    connection = control_in(vector.words[3], vector.words[5])
    events = [event for piece in pieces for event in connection.receive_data(piece, now=1)]
    return list(events), connection.data_to_send()


def one_by_one(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


class TestSkip:
    """Nothing happens, and what follows is read as if nothing had been."""

    @pytest.mark.parametrize("vector", of("skip", "control"), ids=str)
    def test_control(self, vector: Vector) -> None:
        for pieces in ([vector.octets], one_by_one(vector.octets)):
            assert verdict_of_control(vector, pieces) == ([], b"")

    @pytest.mark.parametrize("vector", of("skip", "data"), ids=str)
    def test_data(self, vector: Vector) -> None:
        for pieces in ([vector.octets], one_by_one(vector.octets)):
            peer = peer_in(vector.words[3], vector.words[5])
            assert [event for piece in pieces for event in peer.feed(piece)] == []
            assert not peer.closed


class TestBad:
    """The connection fails, with the code and not before the last byte of the last message."""

    @pytest.mark.parametrize("vector", of("bad", "control"), ids=str)
    def test_control(self, vector: Vector) -> None:
        for pieces in ([vector.octets], [vector.octets + b"more"], one_by_one(vector.octets)):
            events, out = verdict_of_control(vector, pieces)
            if vector.words[6] == "VERSION":
                (request,) = [event for event in events if isinstance(event, Request)]
                assert isinstance(request.message, Hello)
                assert request.message.min_version > VERSION
                return
            closed = events[-1]
            assert isinstance(closed, Closed)
            assert closed.cause is Cause.REFUSED
            assert ErrorCode(closed.code).name == vector.words[6], closed.text
            *_, (number, error) = Deframer().feed(out)
            assert (number, message_lines(error)[0]) == (
                0,
                f"Code = 0x{closed.code:04X} {vector.words[6]}",
            )

    @pytest.mark.parametrize("vector", of("bad", "data"), ids=str)
    def test_data(self, vector: Vector) -> None:
        for pieces in ([vector.octets], [vector.octets + b"more"], one_by_one(vector.octets)):
            peer = peer_in(vector.words[3], vector.words[5])
            with pytest.raises(ProtocolError) as refused:  # noqa: PT012 which piece is no matter
                for piece in pieces:
                    peer.feed(piece)
            assert refused.value.code.name == vector.words[6]

    def test_every_code_that_bytes_can_cause_is_caused(self) -> None:
        names = ("MALFORMED", "TOO_LARGE", "UNEXPECTED", "UNKNOWN_TYPE", "UNKNOWN_EXTENSION")
        control = {vector.words[6] for vector in of("bad", "control")}
        assert control == {*names, "VERSION"}
        data = {vector.words[6] for vector in of("bad", "data")}
        assert data == set(names) - {"UNKNOWN_EXTENSION"}  # frames have none

    def test_all_roles_in_all_their_states(self) -> None:
        assert {vector.words[1:6:2] for vector in of("bad")} == {
            ("control", "server", "AWAIT_HELLO"),
            ("control", "server", "GREETED"),
            ("control", "server", "OPEN"),
            ("control", "client", "AWAIT_WELCOME"),
            ("control", "client", "OPEN"),
            ("data", "server", "AWAIT_ATTACH"),
            ("data", "server", "ATTACHED"),
            ("data", "client", "AWAIT_ATTACHED"),
            ("data", "client", "ATTACHED"),
            ("data", "client", "TUNED"),
            ("data", "parent", "AWAIT_JOIN"),
            ("data", "parent", "JOINED"),
            ("data", "child", "AWAIT_BRANCH"),
            ("data", "child", "FED"),
        }


def test_each_vector_is_of_a_kind_that_is_run() -> None:
    kinds = Counter(vector.words[:2] for vector in VECTORS)
    assert set(kinds) == {
        ("good", "control"),
        ("good", "data"),
        ("read", "control"),
        ("skip", "control"),
        ("skip", "data"),
        ("bad", "control"),
        ("bad", "data"),
        ("worked", "song"),  # by test_worked
        ("worked", "stretch"),
        ("worked", "ticket"),
    }
    assert sum(kinds.values()) == len(VECTORS)
    assert len(of("bad")) > 80


def test_no_vector_stands_twice() -> None:
    def key(vector: Vector) -> tuple[object, ...]:
        return (vector.octets, vector.words[1:6])

    for before, after in pairwise(sorted(VECTORS, key=key)):
        assert key(before) != key(after), f"{before} and {after}"
