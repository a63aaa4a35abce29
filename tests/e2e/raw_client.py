# SPDX-License-Identifier: GPL-3.0-or-later
"""A client with plain blocking sockets around the two cores: it can also do what must not be done.

Whatever takes longer than PATIENCE raises TimeoutError, so that a test that hangs fails.
"""

import socket
from collections import deque
from typing import TypedDict, Unpack

from control.message import Message
from control.music_messages import Credit, List, Play, StartKind, Stop, Stream, Tracks
from control.session_messages import Login, Port, Reopen, Welcome
from data.connection import ClientDataConnection, ClientEvent
from data.connection_end import Lost
from data.frames import Attached, Data, End, Fail
from data.station_frames import Seal, SongFrame
from tests.e2e.raw_control import Address, Closing, Control, connected, reset


class Start(TypedDict, total=False):
    """How PLAY begins, where it does not at the first byte."""

    window: int
    start: int
    kind: StartKind
    digest: bytes


class Listener(Closing):
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
