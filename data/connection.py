# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a data connection without their sockets (RFC.md, "Data States")."""

from dataclasses import dataclass

from common.errors import ErrorCode, ProtocolError
from data.frames import Attach, Attached, Data, Deframer, End, Fail, Frame
from data.states import (
    CLIENT_TABLE,
    SERVER_TABLE,
    Action,
    ClientInput,
    ClientState,
    ServerInput,
    ServerState,
)
from data.station_frames import Seal, SongFrame


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended without a word."""


ClientEvent = Attached | Data | End | Fail | SongFrame | Seal | Lost


class ServerDataConnection:
    """The server's end: waits for ATTACH, and receives nothing after it."""

    def __init__(self) -> None:
        """A connection on which nothing was received yet."""
        self._state = ServerState.AWAIT_ATTACH
        self._deframer = Deframer()

    @property
    def closed(self) -> bool:
        """Whether the connection is over."""
        return self._state is ServerState.CLOSED

    def receive_data(self, data: bytes) -> list[Attach | Lost]:
        """Take bytes from the socket, b"" for its end; raises ProtocolError to be sent as FAIL."""
        if not data:
            self._state, action = SERVER_TABLE.step(self._state, ServerInput.END_OF_STREAM)
            return [Lost()] if action is Action.CLOSE else []
        if self.closed:
            return []
        events: list[Attach | Lost] = []
        try:
            for frame in self._deframer.feed(data):
                events += self._receive(frame)
        except ProtocolError:
            self._state = ServerState.CLOSED
            raise
        return events

    def _receive(self, frame: Frame) -> list[Attach | Lost]:
        kind = ServerInput.ATTACH if isinstance(frame, Attach) else ServerInput.OTHER
        self._state, action = SERVER_TABLE.step(self._state, kind)
        if action is Action.DELIVER and isinstance(frame, Attach):
            # Whatever comes behind an ATTACH has no place, also before it is answered.
            self._state = ServerState.ATTACHED
            return [frame]
        if action is Action.NOTHING:
            return []
        name = frame.TYPE.name
        raise ProtocolError(ErrorCode.UNEXPECTED, f"{name} has no place here")


class ClientDataConnection:
    """The client's end: says ATTACH, then receives the sound."""

    def __init__(self, session: int, ticket: bytes) -> None:
        """A new connection for `session`, with the ticket that WELCOME or PORT gave."""
        self._session = session
        self._state = ClientState.AWAIT_ATTACHED
        self._deframer = Deframer()
        self._out = Attach(session, ticket).encode()

    @property
    def attached(self) -> bool:
        """Whether sound can come."""
        return self._state is ClientState.ATTACHED

    @property
    def closed(self) -> bool:
        """Whether the connection is over."""
        return self._state is ClientState.CLOSED

    def data_to_send(self) -> bytes:
        """ATTACH, once."""
        out, self._out = self._out, b""
        return out

    def receive_data(self, data: bytes) -> list[ClientEvent]:
        """Take bytes from the socket, b"" for its end.

        A FAIL with stream 0 and `Lost` are the last events. Raises ProtocolError where the server
        broke a rule.
        """
        if not data:
            self._state, action = CLIENT_TABLE.step(self._state, ClientInput.END_OF_STREAM)
            return [Lost()] if action is Action.CLOSE else []
        events: list[ClientEvent] = []
        frames = () if self.closed else self._deframer.feed(data)
        try:
            for frame in frames:
                events += self._receive(frame)
                if self.closed:
                    break
        except ProtocolError:
            self._state = ClientState.CLOSED
            raise
        return events

    def _receive(self, frame: Frame) -> list[ClientEvent]:
        before = self._state
        self._state, action = CLIENT_TABLE.step(before, _client_input(frame))
        if action is Action.NOTHING:
            return []
        if action is Action.REFUSE or not isinstance(frame, ClientEvent):
            name = frame.TYPE.name
            raise ProtocolError(ErrorCode.UNEXPECTED, f"{name} has no place in {before.name}")
        foreign = frame.session != self._session
        # A FAIL may answer an ATTACH whose session could not even be read.
        unread = before is ClientState.AWAIT_ATTACHED and frame.session == 0
        if foreign and not (isinstance(frame, Fail) and unread):
            raise ProtocolError(ErrorCode.MALFORMED, f"a frame of session {frame.session}")
        return [frame]


def _client_input(frame: Frame) -> ClientInput:
    match frame:
        case Attached():
            return ClientInput.ATTACHED
        case Data() | End() | SongFrame() | Seal():
            return ClientInput.STREAM
        case Fail(stream=0):
            return ClientInput.FAIL_CONNECTION
        case Fail():
            return ClientInput.FAIL_STREAM
        case _:
            return ClientInput.OTHER
