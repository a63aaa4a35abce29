# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a data connection without their sockets (RFC.md, "Data States")."""

from common.errors import ErrorCode, ProtocolError
from data.connection_end import ConnectionEnd, Lost, OpeningEnd
from data.frames import Attach, Attached, Data, End, Fail, Frame
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

Delivered = Attached | Data | End | Fail | SongFrame | Seal
ClientEvent = Delivered | Lost


class ServerDataConnection(ConnectionEnd[ServerState, ServerInput, Attach]):
    """The server's end: waits for ATTACH, and receives nothing after it.

    A ProtocolError is to be sent as FAIL.
    """

    def __init__(self) -> None:
        """A connection on which nothing was received yet."""
        super().__init__(
            SERVER_TABLE,
            begin=ServerState.AWAIT_ATTACH,
            over=ServerState.CLOSED,
            end_of_stream=ServerInput.END_OF_STREAM,
        )

    def _receive(self, frame: Frame) -> list[Attach]:
        action = self._step(ServerInput.ATTACH if isinstance(frame, Attach) else ServerInput.OTHER)
        if action is Action.DELIVER and isinstance(frame, Attach):
            # Whatever comes behind an ATTACH has no place, also before it is answered.
            self._state = ServerState.ATTACHED
            return [frame]
        if action is Action.NOTHING:
            return []
        name = frame.TYPE.name
        raise ProtocolError(ErrorCode.UNEXPECTED, f"{name} has no place here")


class ClientDataConnection(OpeningEnd[ClientState, ClientInput, Delivered]):
    """The client's end: says ATTACH, then receives the sound.

    A FAIL with stream 0 and `Lost` are the last events.
    """

    def __init__(self, session: int, ticket: bytes) -> None:
        """A new connection for `session`, with the ticket that WELCOME or PORT gave."""
        super().__init__(
            CLIENT_TABLE,
            Attach(session, ticket).encode(),
            begin=ClientState.AWAIT_ATTACHED,
            over=ClientState.CLOSED,
            end_of_stream=ClientInput.END_OF_STREAM,
        )
        self._session = session

    @property
    def attached(self) -> bool:
        """Whether sound can come."""
        return self._state is ClientState.ATTACHED

    def _receive(self, frame: Frame) -> list[Delivered]:
        before = self._state
        action = self._step(_client_input(frame))
        if action is Action.NOTHING:
            return []
        if action is Action.REFUSE or not isinstance(frame, Delivered):
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
