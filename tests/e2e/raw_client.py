# SPDX-License-Identifier: GPL-3.0-or-later
"""A client with plain blocking sockets around the two cores: it can also do what must not be done.

Whatever takes longer than PATIENCE raises TimeoutError, so that a test that hangs fails.
"""

import socket
import struct
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self, TypedDict, Unpack

from control.events import Answer, Closed, Event, Notice
from control.message import Message
from control.music_messages import Credit, List, Play, StartKind, Stop, Stream, Tracks
from control.roles import ClientConnection, MusicRequest, StationRequest
from control.session_messages import NO_SECRET, Error, Hello, Login, Port, Reopen, Welcome
from data.connection import ClientDataConnection, ClientEvent
from data.connection_end import Lost
from data.frames import Attached, Data, End, Fail
from data.station_frames import Seal, SongFrame
from tests.e2e.server_process import PATIENCE

Address = tuple[str, int]


def connected(address: Address, *, narrow: bool = False) -> socket.socket:
    """A socket without any client around it; `narrow` takes only a few KiB without being read."""
    sock = socket.socket()
    sock.settimeout(PATIENCE)
    if narrow:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def reset(sock: socket.socket) -> None:
    """Close with RST, as the kernel does for a process that dies with unread bytes."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def read_to_end(sock: socket.socket) -> bytes:
    """All that still comes until the server closes, in order or with RST."""
    received = bytearray()
    with suppress(ConnectionResetError):
        while data := sock.recv(65536):
            received += data
    return bytes(received)


class Control:
    """A control connection."""

    def __init__(self, address: Address, *, narrow: bool = False) -> None:
        """Connect, and say nothing."""
        self.sock = connected(address, narrow=narrow)
        self.host = address[0]
        self.connection = ClientConnection()
        self.closed: Closed | None = None  # once it is
        self.notices: list[Message] = []
        self._answers: deque[Answer] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def hello(
        self, session: int = 0, secret: bytes = NO_SECRET, *, login: Login | None = None
    ) -> Welcome | Error | Closed:
        """Say HELLO; what comes of it."""
        self.connection.hello(Hello(1, 1, session, secret, "test", login), now=0.0)
        self._flush()
        while not self._answers:
            if self.closed is not None:
                return self.closed
            self._receive()
        answer = self._answers.popleft().message
        assert isinstance(answer, Welcome | Error)
        return answer

    def ask(self, message: MusicRequest | StationRequest) -> Message:
        """Send a request and wait for its answer."""
        self.tell(message)
        return self.next_answer().message

    def tell(self, message: MusicRequest | StationRequest) -> None:
        """Send a request."""
        self.connection.request(message)
        self._flush()

    def bye(self) -> Closed:
        """Take leave, and wait for GOODBYE."""
        self.connection.bye(now=0.0)
        self._flush()
        return self.wait_closed()

    def next_answer(self) -> Answer:
        """The next answer; AssertionError where the connection is closed instead."""
        while not self._answers:
            assert self.closed is None, f"closed: {self.closed}"
            self._receive()
        return self._answers.popleft()

    def wait_closed(self) -> Closed:
        """Read until the connection is closed; why."""
        while self.closed is None:
            self._receive()
        return self.closed

    def close(self) -> None:
        """Close without a word."""
        self.sock.close()

    def _receive(self) -> None:
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b""
        events: list[Event] = self.connection.receive_data(data, now=0.0)
        for event in events:
            if isinstance(event, Closed):
                self.closed = event
            elif isinstance(event, Answer):
                self._answers.append(event)
            elif isinstance(event, Notice):
                self.notices.append(event.message)
        if not data and self.closed is None:
            raise AssertionError("the connection ended without an event")
        self._flush()

    def _flush(self) -> None:
        out = self.connection.data_to_send()
        if out:
            with suppress(BrokenPipeError, ConnectionResetError):
                self.sock.sendall(out)


class Start(TypedDict, total=False):
    """How PLAY begins, where it does not at the first byte."""

    window: int
    start: int
    kind: StartKind
    digest: bytes


class Listener:
    """A whole client: both connections, and the bytes of its newest stream."""

    def __init__(
        self,
        address: Address,
        *,
        attach: bool = True,
        narrow: bool = False,
        login: Login | None = None,
    ) -> None:
        """Say HELLO; and attach."""
        self.control = Control(address, narrow=narrow)
        self._narrow = narrow
        welcome = self.control.hello(login=login)
        if not isinstance(welcome, Welcome):
            self.control.close()
        assert isinstance(welcome, Welcome), welcome
        self.session = welcome.session
        self.secret = welcome.secret
        self.ticket = welcome.ticket
        self.data_address = (address[0], welcome.data_port)
        self.stream = 0
        self.received = bytearray()  # of the newest stream
        self.offset = 0  # audio offset where `received` begins
        self.total = 0  # audio bytes of its track
        self.outcome: End | Fail | None = None  # of the newest stream
        self.data: socket.socket | None = None
        self._frames: ClientDataConnection | None = None
        self._events: deque[ClientEvent] = deque()
        if attach:
            assert isinstance(self.attach(), Attached)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def attach(self, *, session: int | None = None, ticket: bytes | None = None) -> Attached | Fail:
        """Open the data connection and show the ticket; what the server answers."""
        if self.data is not None:
            self.data.close()
        self.data = connected(self.data_address, narrow=self._narrow)
        self._frames = ClientDataConnection(
            self.session if session is None else session, self.ticket if ticket is None else ticket
        )
        self.data.sendall(self._frames.data_to_send())
        self._events.clear()
        first = self._next_event()
        assert isinstance(first, Attached | Fail), first
        return first

    def reopen(self) -> Attached | Fail:
        """Ask for a new data connection and attach it."""
        port = self.control.ask(Reopen())
        assert isinstance(port, Port), port
        self.ticket = port.ticket
        self.data_address = (self.data_address[0], port.data_port)
        return self.attach()

    def tracks(self, query: str = "") -> Tracks:
        """The first page of the list."""
        answer = self.control.ask(List(limit=100, query=query))
        assert isinstance(answer, Tracks), answer
        return answer

    def play(self, track: int, **start: Unpack[Start]) -> Stream:
        """Play a track as the next stream; AssertionError where the server refuses."""
        answer = self.try_play(track, **start)
        assert isinstance(answer, Stream), answer
        return answer

    def try_play(
        self,
        track: int,
        *,
        window: int = 65536,
        start: int = 0,
        kind: StartKind = StartKind.OFFSET,
        digest: bytes = b"",
    ) -> Message:
        """The same; STREAM or ERROR."""
        self.stream += 1
        answer = self.control.ask(Play(track, self.stream, kind, start, window, digest))
        if isinstance(answer, Stream):
            self.received.clear()
            self.offset, self.total, self.outcome = answer.offset, answer.total, None
        return answer

    def credit(self, limit: int) -> None:
        """Grant audio bytes up to an offset."""
        self.control.tell(Credit(self.stream, limit))

    def stop(self) -> None:
        """Stop the newest stream."""
        self.control.tell(Stop(self.stream))

    def receive(self, length: int) -> bytes:
        """Read until at least so many bytes of the stream have come; all of them."""
        while len(self.received) < length:
            self._receive()
        return bytes(self.received)

    def receive_all(self) -> bytes:
        """Grant all credit and read until END or FAIL; the bytes of the stream."""
        self.credit(self.total)
        while self.outcome is None:
            self._receive()
        return bytes(self.received)

    def bye(self) -> None:
        """Take leave in order."""
        self.control.bye()
        self.close()

    def close(self) -> None:
        """Close both connections without a word."""
        self.control.close()
        if self.data is not None:
            self.data.close()

    def vanish(self) -> None:
        """Both connections end with RST."""
        reset(self.control.sock)
        if self.data is not None:
            reset(self.data)

    def _receive(self) -> None:
        match event := self._next_event():
            case Data(stream=self.stream, offset=offset, audio=audio):
                assert offset == self.offset + len(self.received), "a gap"
                self.received += audio
            case End(stream=self.stream) | Fail(stream=self.stream):
                self.outcome = event
            case Data() | End() | Fail() | SongFrame() | Seal() if 0 < event.stream < self.stream:
                pass  # of the song before
            case Lost():
                raise ConnectionError("the data connection was lost")
            case _:
                raise AssertionError(event)

    def _next_event(self) -> ClientEvent:
        assert self.data is not None
        assert self._frames is not None
        while not self._events:
            try:
                data = self.data.recv(65536)
            except ConnectionResetError:
                data = b""
            self._events += self._frames.receive_data(data)
        return self._events.popleft()
