# SPDX-License-Identifier: GPL-3.0-or-later
"""One client's control connection without its socket: requests in, answers out."""

from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Final

from common.errors import ErrorCode, ProtocolError
from control.events import Cause, Closed, Event, Notice, Request
from control.heard import Heard
from control.message import Message
from control.music_messages import List
from control.roles import ServerConnection, ServerNotice, StationAnswer
from control.session_messages import Hello
from control.states import ServerState
from server.answering import answer_to, obey
from server.service import Service
from server.sessions import ControlOutlet, Session
from server.users.logins import FAILED, UNCHECKED, Check, Outcome
from server.users.users_file import User

# Behind these the session is kept for a resume; any other end of a connection ends it.
_KEEPS_SESSION: Final = frozenset({Cause.LOST, Cause.TIMEOUT})


@dataclass(frozen=True, slots=True)
class _Decided:
    """Whether HELLO is welcome, found out elsewhere."""

    number: int
    hello: Hello
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Answered:
    """The answer to a request that others had to be asked for."""

    number: int
    answer: StationAnswer | ProtocolError


class Conversation:
    """Answers requests one `step` at a time, so that a peer that does not read can be paused."""

    def __init__(
        self, service: Service, outlet: ControlOutlet, address: str, *, now: float
    ) -> None:
        """`outlet` is the link around this conversation, `address` the client's."""
        self.session: Session | None = None
        self._service = service
        self._outlet = outlet
        self._address = address
        timers = service.timers
        self._connection = ServerConnection(
            now=now, hello_timeout=timers.hello_timeout, dead_after=timers.dead_after
        )
        self._events: deque[Event | _Decided | _Answered] = deque()
        self._check: Check | None = None  # of the password in HELLO

    @property
    def closed(self) -> bool:
        """Whether nothing more will be said or heard."""
        return self._connection.closed and not self._events

    @property
    def pending(self) -> bool:
        """Whether there is something to `step` to."""
        return bool(self._events)

    @property
    def costly(self) -> bool:
        """Whether the next `step` goes through the library: as much work as hundreds of others."""
        first = self._events[0] if self._events else None
        return isinstance(first, Request) and isinstance(first.message, List)

    @property
    def greeted(self) -> bool:
        """Whether HELLO was answered with a session."""
        return self.session is not None

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Take bytes from the socket, b"" for its end."""
        self._events += self._connection.receive_data(data, now=now)

    def data_to_send(self) -> bytes:
        """The bytes to send now, given out once."""
        return self._connection.data_to_send()

    def deadline(self) -> float | None:
        """When to call `tick` at the latest."""
        return self._connection.deadline()

    def tick(self, *, now: float) -> None:
        """Let time pass."""
        self._events += self._connection.tick(now=now)

    def leave(self, code: ErrorCode, text: str, *, now: float) -> None:
        """Say BYE for the server."""
        self._drop_check()
        self._connection.bye(code=code, text=text, now=now)

    def notify(self, notice: ServerNotice) -> None:
        """Tell what needs no answer."""
        self._connection.notify(notice)

    def fail(self, code: ErrorCode, text: str) -> None:
        """End with a fatal ERROR."""
        self._drop_check()
        if not self._connection.closed:
            self._service.tally.errors[code] += 1
        self._connection.fail(code, text)

    def step(self, *, now: float) -> bool:
        """Act on the next thing received; False where there is none."""
        if not self._events:
            return False
        match self._events.popleft():
            case Request(number, message) if not self._connection.closed:
                self._request(number, message, now=now)
            case _Decided() as decided if self._connection.state is ServerState.GREETED:
                self._decided(decided, now=now)
            case _Answered(number, answer) if not self._connection.closed:
                self._answer(number, answer)
            case Notice(message) if self.session is not None and not self._connection.closed:
                obey(self._service, self.session, message, now=now)
            case Closed(cause, code, _, heard):
                if cause is Cause.REFUSED:
                    self._service.tally.errors[code] += 1
                self._over(cause, heard, now=now)
            case _:
                pass  # asked just before the connection closed: nobody waits for it
        return True

    def _request(self, number: int, message: Message, *, now: float) -> None:
        try:
            if isinstance(message, Hello):
                self._hello(number, message, now=now)
            elif self.session is not None:  # the state table lets nothing else through before
                self._service.sessions.asked(self.session, now=now)
                later = partial(self._answer_later, number)
                answer = answer_to(self._service, self.session, message, later, now=now)
                if answer is not None:
                    self._connection.answer(number, answer)
        except ProtocolError as error:
            self._refuse(number, error.code, error.text)
            if self._connection.closed and self.session is not None:
                self._service.end(self.session)

    def _refuse(self, number: int, code: ErrorCode, text: str) -> None:
        if not self._connection.closed:  # nobody is told any more
            self._service.tally.errors[code] += 1
        self._connection.refuse(number, code, text)

    def _answer_later(self, number: int, answer: StationAnswer | ProtocolError) -> None:
        self._events.append(_Answered(number, answer))
        self._outlet.wake()

    def _answer(self, number: int, answer: StationAnswer | ProtocolError) -> None:
        if isinstance(answer, ProtocolError):
            self._refuse(number, answer.code, answer.text)
        else:
            self._connection.answer(number, answer)

    def _hello(self, number: int, hello: Hello, *, now: float) -> None:
        def tell(outcome: Outcome) -> None:
            self._check = None
            self._events.append(_Decided(number, hello, outcome))
            self._outlet.wake()

        self._check = self._service.examine(hello, self._address, tell, now=now)
        if self._check is None:
            self._greet(number, hello, None, now=now)

    def _decided(self, decided: "_Decided", *, now: float) -> None:
        match decided.outcome:
            case User() as user:
                try:
                    self._greet(decided.number, decided.hello, user, now=now)
                except ProtocolError as error:
                    self._refuse(decided.number, error.code, error.text)
            case ErrorCode() as code:
                text = FAILED if code is ErrorCode.LOGIN_FAILED else UNCHECKED
                self._refuse(decided.number, code, text)

    def _greet(self, number: int, hello: Hello, user: User | None, *, now: float) -> None:
        self.session, welcome = self._service.greet(
            hello, self._outlet, self._address, user=user, now=now
        )
        self._connection.welcome(number, welcome, now=now)
        if self._service.draining is not None:
            self._connection.notify(self._service.draining.notice(now=now))

    def _drop_check(self) -> None:
        if self._service.logins is not None and self._check is not None:
            self._service.logins.drop(self._check)
            self._check = None

    def _over(self, cause: Cause, heard: Heard | None, *, now: float) -> None:
        self._drop_check()
        if self.session is None:
            return
        if cause in _KEEPS_SESSION:
            self._service.control_lost(self.session, self._outlet, now=now)
        elif self.session.control is self._outlet:
            if heard is not None:
                self._service.heard(self.session, heard, now=now)
            self._service.end(self.session)
