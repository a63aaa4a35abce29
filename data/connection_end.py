# SPDX-License-Identifier: GPL-3.0-or-later
"""What every end of a connection that carries sound does with the bytes that come to it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from common.errors import ProtocolError
from common.table import Input, State, Table
from data.frames import Deframer, Frame
from data.states import Action

Event = TypeVar("Event")


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended without a word."""


class ConnectionEnd(ABC, Generic[State, Input, Event]):
    """One end, without its socket: a table of states, fed with frames."""

    def __init__(
        self, table: Table[State, Input, Action], *, begin: State, over: State, end_of_stream: Input
    ) -> None:
        """Nothing was received yet; the connection goes from `begin` to `over` at the latest."""
        self._table = table
        self._state = begin
        self._over = over
        self._end_of_stream = end_of_stream
        self._deframer = Deframer()

    @property
    def closed(self) -> bool:
        """Whether the connection is over."""
        return self._state is self._over

    def receive_data(self, data: bytes) -> list[Event | Lost]:
        """Take bytes from the socket, b"" for its end.

        What closes the connection is the last event, whatever follows it. Raises ProtocolError
        where the peer broke a rule.
        """
        if not data:
            action = self._step(self._end_of_stream)
            return [Lost()] if action is Action.CLOSE else []
        events: list[Event | Lost] = []
        frames = () if self.closed else self._deframer.feed(data)
        try:
            for frame in frames:
                events += self._receive(frame)
                if self.closed:
                    break
        except ProtocolError:
            self._state = self._over
            raise
        return events

    def _step(self, what: Input) -> Action:
        self._state, action = self._table.step(self._state, what)
        return action

    @abstractmethod
    def _receive(self, frame: Frame) -> list[Event]:
        """Take a frame; raises ProtocolError where it has no place."""


class OpeningEnd(ConnectionEnd[State, Input, Event]):
    """The end that connects, and says the first word."""

    def __init__(
        self,
        table: Table[State, Input, Action],
        first_word: bytes,
        *,
        begin: State,
        over: State,
        end_of_stream: Input,
    ) -> None:
        """A new connection, on which `first_word` will be said."""
        super().__init__(table, begin=begin, over=over, end_of_stream=end_of_stream)
        self._out = first_word

    def data_to_send(self) -> bytes:
        """The first word, once."""
        out, self._out = self._out, b""
        return out
