# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a relay's connection to a child, without their sockets (RFC.md, "Joining")."""

from common.errors import ErrorCode, ProtocolError
from data.connection_end import ConnectionEnd, Lost, OpeningEnd
from data.frames import Data, Fail, Frame
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

Delivered = Branch | SongFrame | Data | Seal | Leave | Fail
ChildEvent = Delivered | Lost
ParentEvent = Join | Lost


class ParentConnection(ConnectionEnd[ParentState, ParentInput, Join]):
    """The parent's end: waits for JOIN, and receives nothing after it.

    Whether the ticket is good, and whether there is room, is for the layer above. A ProtocolError
    is to be sent as FAIL.
    """

    def __init__(self) -> None:
        """A connection on which nothing was received yet."""
        super().__init__(
            PARENT_TABLE,
            begin=ParentState.AWAIT_JOIN,
            over=ParentState.CLOSED,
            end_of_stream=ParentInput.END_OF_STREAM,
        )

    @property
    def joined(self) -> bool:
        """Whether JOIN has come."""
        return self._state is ParentState.JOINED

    def _receive(self, frame: Frame) -> list[Join]:
        before = self._state
        action = self._step(ParentInput.JOIN if isinstance(frame, Join) else ParentInput.OTHER)
        if action is Action.DELIVER and isinstance(frame, Join):
            return [frame]
        raise _unexpected(frame, before.name)


class ChildConnection(OpeningEnd[ChildState, ChildInput, Delivered]):
    """The child's end: says JOIN, then receives the station's stream from its parent.

    `Fail`, `Leave` and `Lost` are the last events. Whether the stream is the station's is not
    looked at here.
    """

    def __init__(self, join: Join) -> None:
        """A new connection, on which `join` will be said."""
        super().__init__(
            CHILD_TABLE,
            join.encode(),
            begin=ChildState.AWAIT_BRANCH,
            over=ChildState.CLOSED,
            end_of_stream=ChildInput.END_OF_STREAM,
        )
        self._join = join

    @property
    def fed(self) -> bool:
        """Whether the parent has taken this child."""
        return self._state is ChildState.FED

    def _receive(self, frame: Frame) -> list[Delivered]:
        before = self._state
        action = self._step(_child_input(frame))
        if action is Action.REFUSE or not isinstance(frame, Delivered):
            raise _unexpected(frame, before.name)
        self._check(frame, before)
        return [frame]

    def _check(self, frame: Delivered, at: ChildState) -> None:
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
