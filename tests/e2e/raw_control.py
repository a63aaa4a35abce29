# SPDX-License-Identifier: GPL-3.0-or-later
"""A control connection by hand: messages out and in, by a real socket."""

import socket
import struct
from abc import ABC, abstractmethod
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

from control.events import Answer, Closed, Event, Notice
from control.message import Message
from control.roles import ClientConnection, MusicRequest, StationRequest
from control.session_messages import NO_SECRET, Error, Hello, Login, Welcome
from tests.e2e.server_process import PATIENCE

Address = tuple[str, int]


def connected(address: Address, *, narrow: bool = False) -> socket.socket:
    """A socket without any client around it; `narrow` takes only a few KiB without being read."""
    sock = socket.socket()
    sock.settimeout(PATIENCE)
    if narrow:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        # The kernel keeps so many segments for a peer: megabytes, where they are as long as the
        # loopback's.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
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


class Closing(ABC):
    """Whoever is closed at the end of a block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Close without a word."""


class Control(Closing):
    """A control connection."""

    def __init__(self, address: Address, *, narrow: bool = False) -> None:
        """Connect, and say nothing."""
        self.sock = connected(address, narrow=narrow)
        self.host = address[0]
        self.connection = ClientConnection()
        self.closed: Closed | None = None  # once it is
        self.notices: list[Message] = []
        self._answers: deque[Answer] = deque()

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
