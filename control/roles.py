# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ends of a control connection: what only a server, and what only a client, may say."""

from typing import Final

from common.constants import DEAD_AFTER, HELLO_TIMEOUT, MAX_TEXT
from common.errors import ErrorCode, MisuseError, is_fatal
from common.fields import malformed
from common.text import clean
from control.connection import Connection
from control.events import Cause, Event
from control.framing import encode
from control.message import Message
from control.music_messages import Credit, List, Play, Stop, Stream, Tracks
from control.queue_messages import Entries, Now, OnAir, Queue, Skip, Votes
from control.relay_messages import Accuse, Parents, Relay, Relaying, Report
from control.session_messages import Drain, Error, Hello, Port, Reopen, Welcome
from control.states import CLIENT_TABLE, SERVER_TABLE, ClientState, ServerState
from control.station_messages import Browse, Enqueue, Enqueued, Stations, Tune, Tuned

# What each role may say once a session is open.
MusicRequest = List | Play | Stop | Credit | Reopen
StationRequest = Browse | Tune | Enqueue | Queue | Now | Skip | Relay
MusicAnswer = Tracks | Stream | Port
StationAnswer = Stations | Tuned | Enqueued | Entries | OnAir | Votes | Relaying
ServerNotice = Drain | Parents
ClientNotice = Report | Accuse

_AWAIT_HELLO: Final = ServerState.AWAIT_HELLO
_GREETED: Final = ServerState.GREETED
_OPEN: Final = ServerState.OPEN
_LEAVING: Final = ServerState.LEAVING
_CLOSED: Final = ServerState.CLOSED


class ServerConnection(Connection[ServerState]):
    """The server's side of a control connection."""

    def __init__(
        self,
        *,
        now: float,
        hello_timeout: float = HELLO_TIMEOUT,
        dead_after: float = DEAD_AFTER,
    ) -> None:
        """`hello_timeout` counts from `now`, when the connection was accepted; all in seconds.

        `dead_after` holds until WELCOME tells the client another one.
        """
        super().__init__(
            SERVER_TABLE,
            start=_AWAIT_HELLO,
            leaving=_LEAVING,
            closed=_CLOSED,
        )
        self._hello_by = now + hello_timeout
        self._liveness.heard(now)
        self._liveness.dead_after = dead_after

    def deadline(self) -> float | None:
        """When to call `tick` at the latest."""
        if self._state is _AWAIT_HELLO:
            return self._hello_by
        if self._state is _GREETED:
            return None  # it is this side's turn, and the client must not say anything
        return super().deadline()

    def tick(self, *, now: float) -> list[Event]:
        """Let time pass."""
        if self._state is _AWAIT_HELLO:
            if now < self._hello_by:
                return []
            return [self._give_up(ErrorCode.TIMEOUT, "HELLO did not come", Cause.TIMEOUT)]
        return super().tick(now=now)

    def welcome(self, number: int, welcome: Welcome, *, now: float) -> None:
        """Answer HELLO with a session; nothing where the client has left meanwhile."""
        if self._takes(_GREETED):
            self._out += encode(number, welcome)
            self._state = _OPEN
            self._liveness.dead_after = float(welcome.dead_after)
            self._liveness.heard(now)  # before, it had to be silent

    def answer(self, number: int, answer: MusicAnswer | StationAnswer) -> None:
        """Answer a request; nothing where one side has taken its leave meanwhile."""
        if self._takes(_OPEN):
            self._out += encode(number, answer)

    def notify(self, notice: ServerNotice) -> None:
        """Tell what needs no answer; nothing where nobody is greeted, or has left."""
        if self._state is _OPEN:
            self._out += encode(0, notice)

    def refuse(self, number: int, code: ErrorCode, text: str) -> None:
        """Answer a request with an ERROR.

        A fatal code closes the connection; another code, to HELLO, awaits HELLO again.
        """
        if self.closed or self._state is _LEAVING:
            return
        self._out += encode(number, Error(code, clean(text, MAX_TEXT)))
        if is_fatal(code):
            self._state = _CLOSED
        elif self._state is _GREETED:
            self._state = _AWAIT_HELLO

    def _takes(self, state: ServerState) -> bool:
        # A request and BYE may come in one piece: the request is handed up when all is over.
        if self.closed or self._state is _LEAVING:
            return False
        if self._state is not state:
            raise MisuseError(f"not possible in {self._state.name}")
        return True


class ClientConnection(Connection[ClientState]):
    """The client's side of a control connection."""

    def __init__(self) -> None:
        """A connection on which nothing was said yet."""
        super().__init__(
            CLIENT_TABLE,
            start=ClientState.START,
            leaving=ClientState.LEAVING,
            closed=ClientState.CLOSED,
        )

    def hello(self, hello: Hello, *, now: float) -> None:
        """Say HELLO: first, and again after NO_SUCH_SESSION or LOGIN_NEEDED."""
        if self._state is ClientState.AWAIT_WELCOME and self._pending:
            raise MisuseError("HELLO has not been answered yet")
        if self._state not in {ClientState.START, ClientState.AWAIT_WELCOME}:
            raise MisuseError(f"HELLO in {self._state.name}")
        if not self._liveness.counts:
            self._liveness.heard(now)
        self._request(hello)
        self._state = ClientState.AWAIT_WELCOME

    def request(self, message: MusicRequest | StationRequest) -> int:
        """Ask for something; returns the request's number."""
        if self._state is not ClientState.OPEN:
            raise MisuseError(f"{message.TYPE.name} in {self._state.name}")
        return self._request(message)

    def notify(self, notice: ClientNotice) -> None:
        """Tell what needs no answer; nothing where there is no session, or one side has left."""
        if self._state is ClientState.OPEN:
            self._out += encode(0, notice)

    def _check_answer(self, request: Message, message: Message) -> None:
        match request, message:
            case Hello(), Welcome():
                _require(
                    request.min_version <= message.version <= request.max_version,
                    "WELCOME with a version that was not offered",
                )
                _require(
                    message.resumed is (request.session != 0),
                    "WELCOME resumes what was not asked for, or does not resume",
                )
                # Before WELCOME there is no PING: nothing may be said then.
                self._liveness.is_to_ask(float(message.heartbeat), float(message.dead_after))
            case List(), Tracks():
                _require(len(message.tracks) <= request.limit, "TRACKS beyond Limit")
                behind = not message.tracks or message.tracks[0].track > request.after
                _require(behind, "TRACKS that are not behind After")
            case Play(), Stream():
                same = (message.stream, message.track) == (request.stream, request.track)
                _require(same, "STREAM for another stream or track")
                wanted = request.digest in {b"", message.digest}
                _require(wanted, "STREAM with another digest than PLAY")
            case Tune(), Tuned():
                _require(message.stream == request.stream, "TUNED for another stream")
                _require(request.relayed or not message.placed, "PLACED without RELAYED")
            case Queue(), Entries():
                _check_entries(request, message)
            case Relay(), Relaying():
                _require(message.children <= request.children, "RELAYING more than was offered")
            case _:
                pass


def _check_entries(request: Queue, entries: Entries) -> None:
    count = len(entries.entries)
    behind = request.first > entries.total
    _require(count <= request.limit, "ENTRIES beyond Limit")
    _require(behind or request.first - 1 + count <= entries.total, "ENTRIES beyond Total")
    _require((count == 0) is behind, "ENTRIES without an entry, or behind the last one")


def _require(holds: object, rule: str) -> None:
    if not holds:
        raise malformed(rule)
