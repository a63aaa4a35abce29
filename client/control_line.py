# SPDX-License-Identifier: GPL-3.0-or-later
"""The session with the server over one control connection after another; no socket, no clock."""

from client.backoff import AWAITED_WAIT, LONGEST_WAIT, Backoff
from client.effects import Close, Connect, Line, Outbox, Send
from client.line_events import Down, LineEvent, Stage, Welcomed
from client.sentences import IN_THE_CLEAR
from client.verdict import Next, Verdict, judge
from common.constants import DEAD_AFTER, VERSION
from common.errors import ErrorCode, ProtocolError
from common.tls import is_alert
from control.events import Answer, Cause, Closed, Event, Notice, Request
from control.heard import Heard
from control.roles import ClientConnection, ClientNotice, MusicRequest, StationRequest
from control.session_messages import NO_SECRET, Error, Hello, Login, Welcome

WELCOME_TIMEOUT = DEAD_AFTER  # seconds from HELLO to WELCOME (RFC.md, "Heartbeats")


class ControlLine:
    """Dials, says HELLO with what proves the session, keeps the line alive, dials again.

    Attributes:
        is_awaited: whether somebody wants to hear what only the server can send.
        tries: whether something was asked that an older server need not know.
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        server: str,
        agent: str,
        backoff: Backoff,
        login: Login | None = None,
        insists: bool = False,
    ) -> None:
        """Nothing is opened before `dial`; `server` is what the user calls it.

        `login` goes with every HELLO that asks for a new session; where others could read it only
        if the user `insists` (RFC.md, "Users").
        """
        self._outbox = outbox
        self._server = server
        self._agent = agent
        self._backoff = backoff
        self._login = login
        self._insists = insists
        self._is_private = False
        self._stage = Stage.DOWN
        self._connection = ClientConnection()
        self._heard = False  # whether anything has come on this connection
        self._has_said = False  # anything since the last `settle`
        self._session = 0
        self._secret = NO_SECRET
        self._was_open = False
        self.is_awaited = False
        self.tries = False
        self._welcome_by = 0.0
        self._retry_at: float | None = None

    @property
    def stage(self) -> Stage:
        """Where the line stands."""
        return self._stage

    @property
    def is_open(self) -> bool:
        """Whether requests can be sent."""
        return self._stage is Stage.OPEN

    @property
    def sleeps(self) -> bool:
        """Whether it was ended as idle and stays so until somebody dials."""
        return self._was_open and self._stage is Stage.DOWN and self._retry_at is None

    @property
    def was_open(self) -> bool:
        """Whether it was ever open."""
        return self._was_open

    @property
    def session(self) -> int:
        """The session's id; 0 where there is none."""
        return self._session

    def dial(self) -> None:
        """Connect now, unless that is under way."""
        if self._stage is Stage.DOWN:
            self._stage, self._retry_at = Stage.CONNECTING, None
            self._outbox.put(Connect(Line.CONTROL))

    def connected(self, *, is_private: bool, now: float) -> list[LineEvent]:
        """The transport is there: say HELLO. `is_private`: nobody else can read it."""
        self._connection = ClientConnection()
        self._heard = False
        self._is_private = is_private
        self._stage = Stage.GREETING
        return self._hello(now)

    def failed(self, reason: str, *, now: float) -> list[LineEvent]:
        """The transport could not be opened, or broke."""
        if self._stage in {Stage.DOWN, Stage.ENDED}:
            return []
        return [self._down(Verdict(Next.RESUME, reason), now=now)]

    def received(self, data: bytes, *, now: float) -> list[LineEvent]:
        """Take bytes, b"" for the end of the server's stream."""
        is_first, self._heard = not self._heard, True
        if is_first and is_alert(data):
            reason = f"{self._server} speaks TLS: give --tls, --ca or --fingerprint."
            return [self._down(Verdict(Next.GIVE_UP, reason), now=now)]
        found = self._connection.receive_data(data, now=now)
        return self._work(found, now=now)

    def request(self, message: MusicRequest | StationRequest) -> None:
        """Send a request; raises ValueError where a field does not fit its type.

        Behind the end of the connection, which has come and is about to be acted on, it is lost
        like one that was sent a moment before.
        """
        if self._stage is Stage.OPEN:
            self._connection.request(message)
            self._flush()

    def notify(self, notice: ClientNotice) -> None:
        """Tell the server something, where it can be told."""
        if self._stage is Stage.OPEN:
            self._connection.notify(notice)
            self._flush()

    def leave(self, heard: Heard | None = None, *, now: float) -> list[LineEvent]:
        """Take leave of the server, or simply end where there is nobody to take leave of.

        `heard` is what to tell it (RFC.md, "What Was Heard").
        """
        if self._stage is not Stage.OPEN:
            return [self._down(Verdict(Next.LEFT, ""), now=now)]
        self._connection.bye(heard=heard, now=now)
        self._stage = Stage.LEAVING
        self._flush()
        return []

    def fail(self, broken: ProtocolError, *, now: float) -> list[Down]:
        """Give up on a server that broke a rule, on whatever connection."""
        self._connection.fail(broken.code, broken.text[:200])
        self._flush()
        closed = Closed(Cause.REFUSED, broken.code, broken.text)
        return [self._down(self._judge(closed), now=now, linger=True)]

    def heard_sound(self, *, now: float) -> None:
        """Something came on the data connection: the server lives."""
        self._connection.heard_elsewhere(now=now)

    def settle(self, *, now: float) -> None:
        """What was said in one step is on its way at `now`."""
        if self._has_said:
            self._has_said = False
            self._connection.sent(now=now)

    def deadline(self) -> float | None:
        """When to call `tick` at the latest."""
        match self._stage:
            case Stage.DOWN:
                return self._retry_at
            case Stage.GREETING:
                return self._welcome_by
            case Stage.OPEN | Stage.LEAVING:
                return self._connection.deadline()
            case _:
                return None

    def tick(self, *, now: float) -> list[LineEvent]:
        """Let time pass."""
        deadline = self.deadline()
        if deadline is None or now < deadline:
            return []
        if self._stage is Stage.DOWN:
            self.dial()
            return []
        if self._stage is Stage.GREETING:
            return self.failed("The server accepted the connection and says nothing.", now=now)
        return self._work(self._connection.tick(now=now), now=now)

    def _hello(self, now: float) -> list[LineEvent]:
        login = None if self._session else self._login
        if login is not None and not (self._is_private or self._insists):
            return [self._down(Verdict(Next.GIVE_UP, IN_THE_CLEAR), now=now)]
        hello = Hello(VERSION, VERSION, self._session, self._secret, self._agent, login)
        self._connection.hello(hello, now=now)
        self._welcome_by = now + WELCOME_TIMEOUT
        self._flush()
        return []

    def _work(self, found: list[Event], *, now: float) -> list[LineEvent]:
        events: list[LineEvent] = []
        try:
            for event in found:
                events += self._one(event, now)
        except ProtocolError as broken:
            return [*events, *self.fail(broken, now=now)]
        self._flush()
        return events

    def _one(self, event: Event, now: float) -> list[LineEvent]:
        leaving = self._stage is Stage.LEAVING
        match event:
            case Closed() if leaving:
                return [self._down(Verdict(Next.LEFT, ""), now=now)]
            case Closed():
                verdict = self._judge(event)
                # Our last word must arrive: an ERROR that refuses, or GOODBYE.
                linger = event.cause in {Cause.REFUSED, Cause.BYE}
                return [self._down(verdict, now=now, linger=linger)]
            case Answer(Hello() as hello, Error() as error):
                return self._not_welcome(hello, error, now)
            case Answer(Hello() as hello, Welcome() as welcome):
                return [self._welcome(hello, welcome, now)]
            case Answer() | Notice():
                return [event]
            case Request():
                raise ProtocolError(ErrorCode.UNEXPECTED, "a request that only clients send")

    def _welcome(self, hello: Hello, welcome: Welcome, now: float) -> Welcomed:
        if hello.session not in {0, welcome.session}:
            raise ProtocolError(ErrorCode.MALFORMED, "WELCOME to another session than asked for")
        self._session, self._secret = welcome.session, welcome.secret
        self._stage, self._was_open = Stage.OPEN, True
        self._backoff.succeeded(now=now)
        return Welcomed(welcome, now - (self._welcome_by - WELCOME_TIMEOUT))

    def _not_welcome(self, hello: Hello, error: Error, now: float) -> list[LineEvent]:
        if error.code == ErrorCode.NO_SUCH_SESSION and hello.session:
            self._forget()
            return self._hello(now)
        # RFC.md, AWAIT_WELCOME: any other ERROR ends the connection.
        closed = Closed(Cause.ERROR, error.code, error.text)
        return [self._down(self._judge(closed), now=now)]

    def _judge(self, closed: Closed) -> Verdict:
        greeted, tries = self._was_open, self.tries
        return judge(closed, server=self._server, greeted=greeted, tries=tries)

    def _down(self, verdict: Verdict, *, now: float, linger: bool = False) -> Down:
        """Close what is left of the connection and plan the next one."""
        self._flush()
        if self._stage is not Stage.DOWN:
            self._outbox.put(Close(Line.CONTROL, linger))
        if verdict.next is not Next.LEFT and not self._was_open:
            verdict = Verdict(Next.GIVE_UP, verdict.reason)
        if verdict.next is not Next.RESUME:
            self._forget()
        if verdict.next in {Next.GIVE_UP, Next.LEFT}:
            self._stage = Stage.ENDED
            return Down(verdict, None)
        self._stage, self._retry_at = Stage.DOWN, None
        if verdict.next is Next.ON_DEMAND:
            return Down(verdict, None)
        # A server that answers, and does not want us now, is spared.
        is_hurried = self.is_awaited and verdict.next is Next.RESUME
        wait = self._backoff.wait(now=now, longest=AWAITED_WAIT if is_hurried else LONGEST_WAIT)
        self._retry_at = now + wait
        return Down(verdict, wait)

    def _forget(self) -> None:
        self._session, self._secret = 0, NO_SECRET

    def _flush(self) -> None:
        if data := self._connection.data_to_send():
            self._has_said = True
            self._outbox.put(Send(Line.CONTROL, data))
