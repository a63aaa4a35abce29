# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers that say the wrong thing get a clear last word, and cost an innocent listener no byte."""

from collections.abc import Iterator

import pytest

from common.errors import ErrorCode
from control.framing import Deframer as ControlDeframer
from control.framing import encode
from control.message import Message
from control.music_messages import List, Play, StartKind, Stop
from control.session_messages import (
    NO_SECRET,
    Bye,
    Error,
    Goodbye,
    Hello,
    Ping,
    Port,
    Reopen,
    Welcome,
)
from data.frames import Attach, Attached, Fail
from data.frames import Deframer as DataDeframer
from tests.e2e.innocent import Music, innocent_listener
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Control, connected, read_to_end, reset
from tests.e2e.server_process import ServerProcess

HELLO = encode(1, Hello(1, 1, 0, NO_SECRET, "test"))


@pytest.fixture(autouse=True)
def innocent(server: ServerProcess, music: Music) -> Iterator[Listener]:
    """Somebody listens during every test of this module; their bytes are compared at its end."""
    with innocent_listener(server.address, 1, music.songs[0]) as listener:
        yield listener


def control_answers(server: ServerProcess, *pieces: bytes) -> list[Message]:
    """All that the server says to these bytes before it closes."""
    with connected(server.address) as sock:
        for piece in pieces:
            sock.sendall(piece)
        received = read_to_end(sock)
    return [message for _, message in ControlDeframer().feed(received)]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (bytes.fromhex("ffff 0001 00000001"), ErrorCode.TOO_LARGE),
        (bytes.fromhex("4001 8001 00000001"), ErrorCode.TOO_LARGE),
        (bytes.fromhex("0000 0042 00000001"), ErrorCode.UNKNOWN_TYPE),
        (bytes.fromhex("0004 0001 00000001 48545450"), ErrorCode.MALFORMED),
        (encode(1, List()), ErrorCode.UNEXPECTED),
        (encode(1, Ping(7)), ErrorCode.UNEXPECTED),
        (encode(0, Hello(1, 1)), ErrorCode.MALFORMED),
        (encode(1, Hello(2, 9)), ErrorCode.VERSION),
        (b"GET / HTTP/1.1\r\nHost: antiphon\r\n\r\n", ErrorCode.TOO_LARGE),
        (bytes.fromhex("16030100f5010000f10303") + bytes(240), ErrorCode.UNKNOWN_TYPE),  # TLS
        (b"\0" * 100, ErrorCode.UNKNOWN_TYPE),
        (b"\r\n\r\n\r\n\r\n", ErrorCode.UNKNOWN_TYPE),
        (b"\xff" * 100, ErrorCode.TOO_LARGE),
    ],
    ids=lambda value: value.name if isinstance(value, ErrorCode) else value[:12].hex(),
)
def test_a_wrong_first_message_gets_its_error(
    server: ServerProcess, sent: bytes, code: ErrorCode
) -> None:
    answers = control_answers(server, sent)
    assert [type(answer) for answer in answers] == [Error]
    assert isinstance(answers[0], Error)
    assert answers[0].code == code
    assert answers[0].text


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (HELLO, ErrorCode.MALFORMED),  # the same Number
        (encode(2, Hello(1, 1)), ErrorCode.UNEXPECTED),
        (encode(1, List()), ErrorCode.MALFORMED),
        (encode(2, Goodbye()), ErrorCode.UNEXPECTED),
        (bytes.fromhex("0008 0003 00000002 00000000 0000 0000"), ErrorCode.MALFORMED),
        (bytes.fromhex("0004 0003 00000002 00000000"), ErrorCode.MALFORMED),
        (bytes.fromhex("0000 0004 00000002"), ErrorCode.MALFORMED),  # TRACKS from a client, cut
        (encode(5, Ping(1)) + encode(5, Ping(1)), ErrorCode.MALFORMED),
        (bytes.fromhex("0004 0007 00000002 00000000 ffff 0001 00000003"), ErrorCode.TOO_LARGE),
    ],
    ids=lambda value: value.name if isinstance(value, ErrorCode) else value[:12].hex(),
)
def test_a_wrong_later_message_ends_the_session(
    server: ServerProcess, sent: bytes, code: ErrorCode
) -> None:
    with Listener(server.address) as listener:
        listener.control.sock.sendall(sent)
        said = [
            message for _, message in ControlDeframer().feed(read_to_end(listener.control.sock))
        ]
        assert isinstance(said[-1], Error)
        assert said[-1].code == code
        assert listener.data is not None
        assert read_to_end(listener.data) == b""
    with Control(server.address) as control:
        answer = control.hello(listener.session, listener.secret)
    assert isinstance(answer, Error)
    assert answer.code == ErrorCode.NO_SUCH_SESSION


def test_a_message_before_welcome_is_early(server: ServerProcess) -> None:
    answers = control_answers(server, HELLO + encode(2, List()))
    assert isinstance(answers[-1], Error)
    assert answers[-1].code == ErrorCode.UNEXPECTED


def test_a_message_behind_bye_is_late_and_ignored(server: ServerProcess) -> None:
    with Control(server.address) as control:
        control.hello()
        control.sock.sendall(encode(2, Bye(0)) + encode(3, List()) + b"\xff" * 64)
        assert read_to_end(control.sock) == encode(2, Goodbye())


@pytest.mark.parametrize("cut", [1, 7, 8, 20, len(HELLO) - 1])
def test_a_truncated_hello_is_only_a_lost_connection(server: ServerProcess, cut: int) -> None:
    assert control_answers_to_half(server, HELLO[:cut]) == b""


def control_answers_to_half(server: ServerProcess, sent: bytes) -> bytes:
    """What the server says to bytes behind which the client closes its sending direction."""
    with connected(server.address) as sock:
        sock.sendall(sent)
        sock.shutdown(1)
        return read_to_end(sock)


def test_hello_may_come_byte_by_byte(server: ServerProcess) -> None:
    with connected(server.address) as sock:
        for at in range(len(HELLO)):
            sock.sendall(HELLO[at : at + 1])
        welcome = sock.recv(4096)
        sock.sendall(encode(2, Bye(0)))
        received = welcome + read_to_end(sock)
    kinds = [type(message) for _, message in ControlDeframer().feed(received)]
    assert kinds == [Welcome, Goodbye]


def test_a_wrong_secret_resumes_nothing(server: ServerProcess, innocent: Listener) -> None:
    for secret in (
        bytes(16),
        b"\xff" * 16,
        innocent.secret[:-1] + bytes([innocent.secret[-1] ^ 1]),
    ):
        with Control(server.address) as control:
            answer = control.hello(innocent.session, secret)
            assert isinstance(answer, Error)
            assert answer.code == ErrorCode.NO_SUCH_SESSION
            assert isinstance(control.hello(), Welcome)  # the connection is still good


def test_a_refused_request_leaves_the_session_as_it_was(
    server: ServerProcess, music: Music
) -> None:
    with Listener(server.address) as listener:
        stream = listener.play(2)
        refused = [
            (Play(99, 2, StartKind.TIME, 0, 1000), ErrorCode.NO_SUCH_TRACK),
            (Play(0, 2, StartKind.TIME, 0, 1000), ErrorCode.NO_SUCH_TRACK),
            (Play(1, 1, StartKind.TIME, 0, 1000), ErrorCode.STREAM_ORDER),
            (Play(1, 2, StartKind.TIME, 10**9, 1000), ErrorCode.BAD_START),
            (Play(1, 2, StartKind.OFFSET, 2**63, 1000), ErrorCode.BAD_START),
            (Play(1, 2, StartKind.OFFSET, 0, 1000, stream.digest), ErrorCode.CHANGED),
        ]
        for request, code in refused:
            answer = listener.control.ask(request)
            assert isinstance(answer, Error), request
            assert answer.code == code
        listener.control.tell(Stop(2))
        answer = listener.control.next_answer().message
        assert isinstance(answer, Error)
        assert answer.code == ErrorCode.NO_SUCH_STREAM
        assert listener.receive_all() == music.songs[1]


def data_answers(listener: Listener, *pieces: bytes) -> list[object]:
    """All that the server says to these bytes on the listener's data port before it closes."""
    with connected(listener.data_address) as sock:
        for piece in pieces:
            sock.sendall(piece)
        return list(DataDeframer().feed(read_to_end(sock)))


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (bytes.fromhex("4001 0001 00000001") + bytes(12), ErrorCode.TOO_LARGE),
        (bytes.fromhex("000f 0001 00000001") + bytes(12), ErrorCode.MALFORMED),
        (bytes.fromhex("0010 0001 00000001 00000001") + bytes(8), ErrorCode.MALFORMED),
        (bytes.fromhex("0001 0006 00000001") + bytes(12), ErrorCode.UNKNOWN_TYPE),
        (Attached(1).encode(), ErrorCode.UNEXPECTED),
        (b"GET / HTTP/1.1\r\nHost: antiphon\r\n\r\n", ErrorCode.TOO_LARGE),
        (bytes.fromhex("16030100f5010000f10303") + bytes(240), ErrorCode.UNKNOWN_TYPE),  # TLS
        (HELLO, ErrorCode.MALFORMED),
    ],
    ids=lambda value: value.name if isinstance(value, ErrorCode) else value[:12].hex(),
)
def test_garbage_on_the_data_port_costs_the_session_nothing(
    server: ServerProcess, music: Music, sent: bytes, code: ErrorCode
) -> None:
    with Listener(server.address, attach=False) as listener:
        (fail,) = data_answers(listener, sent)
        assert isinstance(fail, Fail)
        assert (fail.stream, fail.code) == (0, code)
        listener.attach()
        listener.play(3, window=1000)
        assert listener.receive_all() == music.songs[2]


def test_a_ticket_admits_its_own_session_and_only_once(
    server: ServerProcess, music: Music, innocent: Listener
) -> None:
    with Listener(server.address, attach=False) as listener, Listener(server.address) as other:
        for session, ticket in (
            (listener.session, b"\xff" * 16),  # guessed
            (listener.session, other.ticket),  # of another session, and used
            (other.session, listener.ticket),
            (innocent.session, listener.ticket),
            (0xFFFFFFFF, listener.ticket),
            (0, listener.ticket),
        ):
            answer = listener.attach(session=session, ticket=ticket)
            assert isinstance(answer, Fail)
            assert answer.code == ErrorCode.BAD_TICKET
        assert isinstance(listener.attach(), Attached)
        listener.play(3)
        # Once more, from a second connection, on a port that is open for somebody else.
        with Listener(server.address, attach=False) as third:
            (fail,) = data_answers(third, Attach(listener.session, listener.ticket).encode())
        assert isinstance(fail, Fail)
        assert fail.code == ErrorCode.BAD_TICKET
        assert listener.receive_all() == music.songs[2]


def test_reopen_voids_the_ticket_before(server: ServerProcess) -> None:
    with Listener(server.address, attach=False) as listener:
        first = listener.ticket
        assert isinstance(listener.reopen(), Attached)
        port = listener.control.ask(Reopen())
        assert isinstance(port, Port)
        listener.data_address = (server.host, port.data_port)
        answer = listener.attach(ticket=first)
        assert isinstance(answer, Fail)
        assert answer.code == ErrorCode.BAD_TICKET


def test_a_second_data_connection_takes_the_place_of_the_first(
    server: ServerProcess, music: Music
) -> None:
    with Listener(server.address) as listener:
        listener.play(2)
        first, listener.data = listener.data, None
        assert first is not None
        assert isinstance(listener.reopen(), Attached)
        read_to_end(first)
        first.close()
        listener.play(2)
        assert listener.receive_all() == music.songs[1]


@pytest.mark.parametrize("sent", [b"\0", Attach(1, bytes(16)).encode(), b"\xff" * 4000])
def test_a_word_behind_attach_ends_the_data_connection_alone(
    server: ServerProcess, music: Music, sent: bytes
) -> None:
    with Listener(server.address) as listener:
        assert listener.data is not None
        listener.data.sendall(sent + bytes(20))
        (fail,) = DataDeframer().feed(read_to_end(listener.data))
        assert isinstance(fail, Fail)
        assert fail.stream == 0
        assert isinstance(listener.reopen(), Attached)
        listener.play(1)
        assert listener.receive_all() == music.songs[0]


def test_clients_that_vanish_in_the_middle_of_a_frame(server: ServerProcess, music: Music) -> None:
    for _ in range(10):
        listener = Listener(server.address)
        listener.play(3, window=len(music.songs[2]))
        listener.receive(3000)
        listener.vanish()
    with connected(server.address) as sock:
        sock.sendall(HELLO[:10])
        reset(sock)
