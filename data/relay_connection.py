# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a relay's connection to a child, without their sockets (RFC.md, "Joining")."""

from common.errors import ErrorCode, ProtocolError
from data.connection import Lost
from data.frames import Data, Deframer, Fail, Frame
from data.relay_states import (
    CHILD_TABLE,
    PARENT_TABLE,
    ChildInput,
    ChildState,
    ParentInput,
    ParentState,
)
from data.states import Action
from data.station_frames import Branch, Join, Leave, Seal, SongFrame

ParentEvent = Join | Lost
ChildEvent = Branch | SongFrame | Data | Seal | Leave | Fail | Lost


class ParentConnection:
    """The parent's end: waits for JOIN, and receives nothing after it.

    Whether the ticket is good, and whether there is room, is for the layer above.
    """

    def __init__(self) -> None:
        """A connection on which nothing was received yet."""
        self._state = ParentState.AWAIT_JOIN
        self._deframer = Deframer()

    @property
    def joined(self) -> bool:
        """Whether JOIN has come."""
        return self._state is ParentState.JOINED

    @property
    def closed(self) -> bool:
        """Whether the connection is over."""
        return self._state is ParentState.CLOSED

    def receive_data(self, data: bytes) -> list[ParentEvent]:
        """Take bytes from the socket, b"" for its end; raises ProtocolError to be sent as FAIL."""
        if not data:
            self._state, action = PARENT_TABLE.step(self._state, ParentInput.END_OF_STREAM)
            return [Lost()] if action is Action.CLOSE else []
        if self.closed:
            return []
        events: list[ParentEvent] = []
        try:
            for frame in self._deframer.feed(data):
                events += self._receive(frame)
        except ProtocolError:
            self._state = ParentState.CLOSED
            raise
        return events

    def _receive(self, frame: Frame) -> list[ParentEvent]:
        kind = ParentInput.JOIN if isinstance(frame, Join) else ParentInput.OTHER
        before = self._state
        self._state, action = PARENT_TABLE.step(before, kind)
        if action is Action.DELIVER and isinstance(frame, Join):
            return [frame]
        raise _unexpected(frame, before.name)


class ChildConnection:
    """The child's end: says JOIN, then receives the station's stream from its parent."""

    def __init__(self, join: Join) -> None:
        """A new connection, on which `join` will be said."""
        self._join = join
        self._state = ChildState.AWAIT_BRANCH
        self._deframer = Deframer()
        self._out = join.encode()

    @property
    def fed(self) -> bool:
        """Whether the parent has taken this child."""
        return self._state is ChildState.FED

    @property
    def closed(self) -> bool:
        """Whether the connection is over."""
        return self._state is ChildState.CLOSED

    def data_to_send(self) -> bytes:
        """JOIN, once."""
        out, self._out = self._out, b""
        return out

    def receive_data(self, data: bytes) -> list[ChildEvent]:
        """Take bytes from the socket, b"" for its end.

        `Fail`, `Leave` and `Lost` are the last events. Raises ProtocolError where the parent broke
        a rule of the connection; whether the stream is the station's is not looked at here.
        """
        if not data:
            self._state, action = CHILD_TABLE.step(self._state, ChildInput.END_OF_STREAM)
            return [Lost()] if action is Action.CLOSE else []
        events: list[ChildEvent] = []
        frames = () if self.closed else self._deframer.feed(data)
        try:
            for frame in frames:
                events += self._receive(frame)
                if self.closed:
                    break
        except ProtocolError:
            self._state = ChildState.CLOSED
            raise
        return events

    def _receive(self, frame: Frame) -> list[ChildEvent]:
        before = self._state
        self._state, action = CHILD_TABLE.step(before, _child_input(frame))
        if action is Action.REFUSE or not isinstance(frame, ChildEvent):
            raise _unexpected(frame, before.name)
        self._check(frame, before)
        return [frame]

    def _check(
        self, frame: Branch | SongFrame | Data | Seal | Leave | Fail, at: ChildState
    ) -> None:
        if isinstance(frame, Fail):
            # It may answer a JOIN that could not even be read.
            unread = at is ChildState.AWAIT_BRANCH and frame.session == 0
            fits = unread or frame.session == self._join.session
        else:
            ours = self._join.session, self._join.stream
            fits = (frame.session, frame.stream) == ours
        if not fits:
            text = f"a frame of session {frame.session}, stream {frame.stream}"
            raise ProtocolError(ErrorCode.MALFORMED, text)
        if isinstance(frame, Branch) and at is ChildState.FED and frame.offset:
            raise ProtocolError(ErrorCode.MALFORMED, f"a later BRANCH at {frame.offset}, not 0")


def _child_input(frame: Frame) -> ChildInput:
    match frame:
        case Branch():
            return ChildInput.BRANCH
        case SongFrame() | Data() | Seal():
            return ChildInput.STREAM
        case Leave():
            return ChildInput.LEAVE
        case Fail(stream=0):
            return ChildInput.FAIL
        case _:
            return ChildInput.OTHER


def _unexpected(frame: Frame, state: str) -> ProtocolError:
    return ProtocolError(ErrorCode.UNEXPECTED, f"{frame.TYPE.name} has no place in {state}")
