# SPDX-License-Identifier: GPL-3.0-or-later
"""Too many, too silent, too slow: each gets an answer and an end, and an innocent listener all."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from common.errors import ErrorCode
from control.events import Cause, Closed
from control.framing import HEADER, encode
from control.framing import Deframer as ControlDeframer
from control.message import Message
from control.music_messages import List
from control.session_messages import Bye, Error, Hello, Welcome
from data.frames import Attached, Fail
from data.frames import Deframer as DataDeframer
from tests.e2e.innocent import Music, innocent_listener
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Control, connected, read_to_end
from tests.e2e.server_process import ServerProcess, running_server, until
from tests.server.wires import free_ports

SOON = ("--hello-timeout", "1", "--ticket-lifetime", "1", "--stall-timeout", "1")


@pytest.fixture
def server(music: Music, request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    """A server with the options of the test's `options` mark."""
    mark = request.node.get_closest_marker("parametrize")
    options: tuple[str, ...] = () if mark is None else mark.args[1][0]
    with running_server(music.folder, *options) as process:
        yield process


@pytest.fixture(autouse=True)
def innocent(server: ServerProcess, music: Music) -> Iterator[Listener]:
    """Somebody listens all the time; their bytes are compared at the end of the test."""
    with innocent_listener(server.address, 1, music.songs[0]) as listener:
        yield listener


with_options = pytest.mark.parametrize


def messages(sock: socket.socket) -> list[Message]:
    """All that still comes on a control connection."""
    return [message for _, message in ControlDeframer().feed(read_to_end(sock))]


@with_options("options", [SOON])
def test_who_says_nothing_is_told_that_time_is_over(
    server: ServerProcess, options: tuple[str, ...]
) -> None:
    with connected(server.address) as sock:
        (said,) = messages(sock)
    assert isinstance(said, Error)
    assert said.code == ErrorCode.TIMEOUT


@with_options("options", [SOON])
def test_who_never_attaches_is_told_that_time_is_over(
    server: ServerProcess, options: tuple[str, ...]
) -> None:
    with Listener(server.address, attach=False) as listener:
        before, connections = server.sockets(), server.connections()
        with connected(listener.data_address) as silent:  # says nothing on the data port either
            (fail,) = DataDeframer().feed(read_to_end(silent))
            assert isinstance(fail, Fail)
            assert fail.code == ErrorCode.TIMEOUT
        closed = listener.control.wait_closed()
        assert (closed.cause, closed.code) == (Cause.ERROR, ErrorCode.TIMEOUT)
        until(lambda: server.connections() == connections - 1)
        until(lambda: server.sockets() == before - 2)  # its control connection and its port


@with_options("options", [SOON])
def test_who_does_not_read_the_sound_loses_only_that_connection(
    server: ServerProcess, music: Music, options: tuple[str, ...]
) -> None:
    with Listener(server.address, narrow=True) as listener:
        before = server.connections()
        listener.play(2, window=10**9)
        listener.receive(1)
        # By the server's clock, or by the kernel's.
        until(lambda: server.connections() == before - 1)
        assert isinstance(listener.reopen(), Attached)
        listener.play(3)
        assert listener.receive_all() == music.songs[2]


@with_options("options", [SOON])
def test_who_floods_and_does_not_read_is_not_listened_to_any_more(
    server: ServerProcess, options: tuple[str, ...]
) -> None:
    with Listener(server.address, narrow=True) as listener:
        before = server.connections()
        # More than fits into all buffers between the two: the server stops reading, so the last
        # bytes are never taken, and then it closes.
        body = encode(0, List())[HEADER.size :]
        headers = (HEADER.pack(len(body), List.TYPE, number) for number in range(2, 1_000_000))
        flood = b"".join(header + body for header in headers)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            listener.control.sock.sendall(flood)
        until(lambda: server.connections() == before - 1)


@with_options("options", [("--max-sessions", "3", "--grace", "1")])
def test_more_sessions_than_the_server_allows(
    server: ServerProcess, music: Music, options: tuple[str, ...]
) -> None:
    with Listener(server.address) as second, Listener(server.address):
        with Control(server.address) as fourth:
            answer = fourth.hello()
            assert isinstance(answer, Closed)
            assert answer.code == ErrorCode.BUSY
            assert read_to_end(fourth.sock) == b""
        second.bye()
        with Listener(server.address) as another:
            another.play(2)
            assert another.receive_all() == music.songs[1]


@with_options("options", [("--max-sessions-per-address", "2")])
def test_more_sessions_than_one_address_may_have(
    server: ServerProcess, options: tuple[str, ...]
) -> None:
    with Listener(server.address), Control(server.address) as third:
        answer = third.hello()
        assert isinstance(answer, Closed)
        assert answer.code == ErrorCode.ADDRESS_LIMIT


@with_options("options", [("--max-waiting", "5")])
def test_more_connections_than_may_wait(
    server: ServerProcess, music: Music, options: tuple[str, ...]
) -> None:
    with ExitStack() as stack:
        waiting = [stack.enter_context(connected(server.address)) for _ in range(5)]
        with connected(server.address) as sixth:
            (said,) = messages(sixth)
        assert isinstance(said, Error)
        assert said.code == ErrorCode.BUSY
        for sock in waiting:
            # Until the server has seen each of them go: a new one may be faster than that.
            sock.shutdown(socket.SHUT_WR)
            read_to_end(sock)
    with Listener(server.address) as listener:
        listener.play(2)
        assert listener.receive_all() == music.songs[1]


@with_options("options", [("--max-waiting-per-address", "5", "--max-waiting", "8")])
def test_more_connections_than_may_wait_from_one_address(
    server: ServerProcess, options: tuple[str, ...]
) -> None:
    for _ in range(6):  # who has said who they are wait no more
        with Listener(server.address):
            pass
    with Listener(server.address, attach=False) as listener, ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connected(server.address))
            stack.enter_context(connected(listener.data_address))
        with connected(server.address) as sixth:
            (said,) = messages(sixth)
        assert isinstance(said, Error)
        assert said.code == ErrorCode.BUSY
        with connected(listener.data_address) as sixth:
            (fail,) = DataDeframer().feed(read_to_end(sixth))
        assert isinstance(fail, Fail)
        assert fail.code == ErrorCode.BUSY
        for number in range(2, 8):  # each of another address: they lose nothing by that
            other = socket.create_connection(server.address, 30, (f"127.0.0.{number}", 0))
            stack.enter_context(other)
            other.sendall(encode(1, Hello(1, 1)))
            (answer,) = ControlDeframer().feed(other.recv(65536))
            assert isinstance(answer.message, Welcome)


def test_a_used_up_range_of_ports_is_shared(music: Music) -> None:
    two = free_ports(2)
    with ExitStack() as stack:
        server = stack.enter_context(running_server(music.folder, "--data-ports", str(two)))
        listeners = [stack.enter_context(Listener(server.address, attach=False)) for _ in range(5)]
        ports = {listener.data_address[1] for listener in listeners}
        assert ports == {two.low, two.high}
        for listener in reversed(listeners):
            assert isinstance(listener.attach(), Attached)
        for listener in listeners:
            listener.play(3)
            listener.receive(1000)
        for listener in listeners:
            assert listener.receive_all() == music.songs[2]


def test_a_full_file_table_turns_away_and_recovers(music: Music) -> None:
    limited = ("prlimit", "--nofile=48")
    with (
        running_server(music.folder, prefix=limited) as server,
        innocent_listener(server.address, 1, music.songs[0]),
    ):
        with ExitStack() as stack:
            answer: object = None
            while not isinstance(answer, Closed):
                answer = stack.enter_context(Control(server.address)).hello()
            assert answer.code == ErrorCode.BUSY
            server.says("no descriptor left")
            for _ in range(20):  # everybody is told, nobody is left hanging
                with connected(server.address) as sock:
                    (last,) = messages(sock)
                    assert isinstance(last, Error)
                    assert last.code == ErrorCode.BUSY
        until(lambda: welcomed(server))
        with Listener(server.address) as listener:
            listener.play(2)
            assert listener.receive_all() == music.songs[1]


def welcomed(server: ServerProcess) -> bool:
    """Whether there is room again."""
    with Control(server.address) as control:
        if not isinstance(control.hello(), Welcome):
            return False
        control.sock.sendall(encode(9, Bye(0)))
        return True
