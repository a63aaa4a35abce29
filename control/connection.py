# SPDX-License-Identifier: GPL-3.0-or-later
"""One control connection without its socket: bytes and time in, events and bytes out.

Here is everything that the RFC says of "each side": framing, request numbers, the state table,
heartbeats, BYE, and how a connection fails. `control.roles` adds what only a server or only a
client does. The shell around it reads and writes the socket:

    for event in connection.receive_data(data, now=now): ...
    sock.send(connection.data_to_send())

Once `closed` is true, the shell sends what is left and closes the socket in the order that the
RFC gives (write end first, then read for up to LINGER).
"""

from enum import Enum
from typing import Final, Generic, TypeVar

from common.constants import BYE_TIMEOUT, DEAD_AFTER, MAX_TEXT
from common.errors import ErrorCode, ProtocolError, is_fatal
from common.table import Table
from common.text import clean
from control.events import Answer, Cause, Closed, Event, Notice, Request
from control.framing import Deframer, encode
from control.heard import Heard
from control.liveness import Liveness
from control.message import Message, Type
from control.music_messages import Credit, Stop
from control.session_messages import Bye, Error, Goodbye, Ping, Pong
from control.states import CLASS_OF, Action, Received

State = TypeVar("State", bound=Enum)


_DELIVER: Final = Action.DELIVER  # most are
_NOTICES = frozenset({Received.SERVER_NOTICE, Received.CLIENT_NOTICE})
_REQUESTS = frozenset({Received.HELLO, Received.REQUEST, Received.PING, Received.BYE})

_ANSWER_TO = {
    Type.WELCOME: Type.HELLO,
    Type.TRACKS: Type.LIST,
    Type.STREAM: Type.PLAY,
    Type.PORT: Type.REOPEN,
    Type.PONG: Type.PING,
    Type.STATIONS: Type.BROWSE,
    Type.TUNED: Type.TUNE,
    Type.ENQUEUED: Type.ENQUEUE,
    Type.ENTRIES: Type.QUEUE,
    Type.ON_AIR: Type.NOW,
    Type.VOTES: Type.SKIP,
    Type.RELAYING: Type.RELAY,
}

# STOP and CREDIT are answered by nothing when all is well, so their numbers cannot be crossed off.
# Only this many of the latest are kept for an ERROR to refer to.
UNANSWERED_KEPT = 64


class Connection(Generic[State]):
    """What both roles do alike."""

    def __init__(
        self,
        table: Table[State, Received, Action],
        *,
        start: State,
        leaving: State,
        closed: State,
    ) -> None:
        self._table = table
        self._leaving_state = leaving
        self._closed_state = closed
        self._state: State = start
        self._deframer = Deframer()
        self._out = bytearray()
        self._number = 0  # of our latest request
        self._peer_number = 0  # of the peer's latest request
        self._pending: dict[int, Message] = {}
        self._silent: dict[int, Message] = {}  # STOP and CREDIT
        self._forgotten = 0  # the highest number that is no longer in `_silent`
        self._liveness = Liveness(float(DEAD_AFTER))
        self._leave_by: float | None = None

    @property
    def state(self) -> State:
        """Where the connection stands in the RFC's table."""
        return self._state

    @property
    def closed(self) -> bool:
        """Whether nothing more will be received or queued to be sent."""
        return self._state is self._closed_state

    def data_to_send(self) -> bytes:
        """The bytes to send now, given out once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def receive_data(self, data: bytes, *, now: float) -> list[Event]:
        """Take bytes from the socket; an empty `data` is the end of the peer's stream."""
        if self.closed:
            return []
        if not data:
            return self._end_of_stream()
        self._liveness.heard(now)
        events: list[Event] = []
        try:
            for number, message in self._deframer.feed(data):
                events += self._receive(number, message)
                if events and isinstance(events[-1], Closed):
                    break
        except ProtocolError as broken:
            events.append(self._give_up(broken.code, broken.text, Cause.REFUSED))
        return events

    def heard_elsewhere(self, *, now: float) -> None:
        """Something of the peer came on the data connection (RFC.md, "Heartbeats")."""
        self._liveness.heard_elsewhere(now)

    def sent(self, *, now: float) -> None:
        """What was queued to be sent was sent: until Heartbeat from `now` no PING need say more."""
        self._liveness.said(now)

    def bye(self, *, code: int = 0, text: str = "", heard: Heard | None = None, now: float) -> None:
        """Take leave: sends BYE and waits for GOODBYE, at most BYE_TIMEOUT."""
        if self.closed or self._state is self._leaving_state:
            return
        self._request(Bye(code, clean(text, MAX_TEXT), heard))
        self._state = self._leaving_state
        self._leave_by = now + BYE_TIMEOUT

    def fail(self, code: ErrorCode, text: str) -> None:
        """Send a fatal ERROR and close; the caller needs no event for what it does itself."""
        if not self.closed:
            self._give_up(code, text, Cause.REFUSED)

    def deadline(self) -> float | None:
        """When to call `tick` at the latest, unless something happens before."""
        if self.closed:
            return None
        if self._leave_by is not None:
            return self._leave_by
        return self._liveness.deadline()

    def tick(self, *, now: float) -> list[Event]:
        """Let time pass: heartbeats, and giving up on a peer that is silent for too long."""
        deadline = self.deadline()
        if deadline is None or now < deadline:
            return []
        if self._leave_by is not None:
            self._state = self._closed_state
            return [Closed(Cause.TIMEOUT, ErrorCode.TIMEOUT, "no GOODBYE came")]
        if self._liveness.is_lost(now):
            # Lost, not failed: a fatal ERROR would end the session, which may yet be resumed.
            self._state = self._closed_state
            text = f"nothing was heard for {self._liveness.dead_after:g} s"
            return [Closed(Cause.LOST, ErrorCode.TIMEOUT, text)]
        self._request(Ping(self._number + 1))
        self._liveness.pinged(now)
        return []

    def _request(self, message: Message) -> int:
        self._number += 1
        self._out += encode(self._number, message)
        if isinstance(message, Stop | Credit):
            self._silent[self._number] = message
            if len(self._silent) > UNANSWERED_KEPT:
                self._forgotten = next(iter(self._silent))
                del self._silent[self._forgotten]
        else:
            self._pending[self._number] = message
        return self._number

    def _give_up(self, code: ErrorCode, text: str, cause: Cause) -> Closed:
        # Who has said BYE says nothing more, not even that the peer is wrong.
        if self._state is not self._leaving_state:
            self._out += encode(0, Error(code, clean(text, MAX_TEXT)))
        self._state = self._closed_state
        return Closed(cause, code, text)

    def _end_of_stream(self) -> list[Event]:
        self._state, action = self._table.step(self._state, Received.END_OF_STREAM)
        return [Closed(Cause.LOST)] if action is Action.CLOSE else []

    def _receive(self, number: int, message: Message) -> list[Event]:  # noqa: PLR0911 one per action
        kind = CLASS_OF[message.TYPE]
        if isinstance(message, Error) and is_fatal(message.code):
            kind = Received.FATAL_ERROR
        before = self._state
        self._state, action = self._table.step(before, kind)
        if kind in _REQUESTS:
            if number <= self._peer_number:
                text = f"request number {number} after {self._peer_number}"
                raise ProtocolError(ErrorCode.MALFORMED, text)
            self._peer_number = number
        if action is _DELIVER:
            return [Notice(message) if kind in _NOTICES else Request(number, message)]
        match action:
            case Action.NOTHING:
                return []
            case Action.MATCH:
                return self._match(number, message)
            case Action.PONG if isinstance(message, Ping):
                self._out += encode(number, Pong(message.token))
                return []
            case Action.GOODBYE if isinstance(message, Bye):
                self._out += encode(number, Goodbye())
                farewell = Closed(Cause.BYE, message.code, message.text, message.heard)
                return [farewell] if self.closed else []
            case Action.CLOSE if isinstance(message, Error):
                return [Closed(Cause.ERROR, message.code, message.text)]
            case Action.CLOSE:
                return [Closed(Cause.GOODBYE)]
            case _:
                text = f"{message.TYPE.name} has no place in {before.name}"
                raise ProtocolError(ErrorCode.UNEXPECTED, text)

    def _match(self, number: int, message: Message) -> list[Event]:
        request = self._pending.pop(number, None)
        if request is None and isinstance(message, Error):
            request = self._silent.pop(number, None)
            if request is None and 0 < number <= self._forgotten:
                return []
        if request is None or not _answers(request, message):
            text = f"{message.TYPE.name} {number} answers no request"
            raise ProtocolError(ErrorCode.UNEXPECTED, text)
        if isinstance(request, Ping):
            self._liveness.answered()
        self._check_answer(request, message)
        return [] if isinstance(message, Pong) else [Answer(request, message)]

    def _check_answer(self, request: Message, message: Message) -> None:
        """What a role demands of an answer beyond its type; raises ProtocolError."""


def _answers(request: Message, message: Message) -> bool:
    if isinstance(message, Error):
        return True
    if isinstance(message, Pong):
        return isinstance(request, Ping) and request.token == message.token
    return _ANSWER_TO[message.TYPE] is request.TYPE
