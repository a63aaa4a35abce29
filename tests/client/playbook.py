# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversations written down step by step, with the server's side played by its own pure cores.

A test tells the playbook what happens and compares `happened()`, which is everything that the
client did since. What nobody looked at fails the test when it is over.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from client import player_events
from client.conversation import Conversation
from client.effects import Effect, Feed, Line, Load, Send, Tell
from client.reports import Accepted, Report
from client.requests import EngineRequest, PlayTrack
from client.settings import Settings
from client.tuning.feeding import ServerAlone
from client.tuning.reception import MakeFeed
from common.errors import ErrorCode
from control.events import Closed, Notice, Request
from control.message import Message
from control.music_messages import Credit, Play, Stop
from control.roles import ServerConnection
from control.session_messages import Hello, Port, Reopen
from data.connection import ServerDataConnection
from data.frames import Attached
from data.sender import Sender
from data.waiting import StartRule
from tests.client.served import PORT, SESSION, Recording, accepting, recording, ticket, welcoming

SETTINGS = Settings("radio.example", 8080, agent="test/1", start=0.5)

Kind = TypeVar("Kind", bound=Report)


@dataclass(frozen=True, slots=True)
class Fed:
    """So many audio bytes were fed, in however many pieces."""

    size: int


class Playbook:
    """A client, a server whose moves the test makes, and the clock."""

    def __init__(
        self,
        settings: Settings = SETTINGS,
        *,
        keeps_time: bool = True,
        chance: Callable[[], float] = lambda: 0.0,
        rule: StartRule | None = None,
        make_feed: MakeFeed = ServerAlone,
    ) -> None:
        self.now = 100.0
        self.client = Conversation(
            settings,
            rule=rule or settings.start_rule,
            chance=chance,
            keeps_time=keeps_time,
            make_feed=make_feed,
        )
        self.tracks: dict[int, Recording] = {1: recording(300), 2: recording(200)}
        self.control = ServerConnection(now=self.now)
        self.data = ServerDataConnection()
        self.sender = Sender(SESSION)
        self.audio = b""  # fed for the song that was loaded last
        self.song = 0
        self.session = SESSION
        self.tickets = 0
        self.is_private = True  # nobody else can read what is said
        self.requests: list[Request] = []  # not answered yet
        self._served = b""  # the file that the sender sends from
        self._is_held = False  # what the server says on control is under way
        self._happened: list[object] = []
        self._take(self.client.start())

    # -- what the client did

    def happened(self) -> list[object]:
        """Everything since the last call: effects, reports, and messages that were sent."""
        happened, self._happened = self._happened, []
        return happened

    def skip(self) -> "Playbook":
        """Do not look at what has happened so far."""
        self._happened.clear()
        return self

    def reports(self, kind: type[Kind]) -> list[Kind]:
        """The reports of one kind since the last `happened`."""
        return [event for event in self._happened if isinstance(event, kind)]

    def sent(self, kind: type[Message]) -> list[Message]:
        """The messages of one kind that were sent since the last `happened`."""
        found = [event for event in self._happened if isinstance(event, Message)]
        return [message for message in found if isinstance(message, kind)]

    def skip_to_sent(self) -> list[Message]:
        """The requests about music since the last call, and nothing else."""
        happened = self.happened()
        return [event for event in happened if isinstance(event, Play | Stop | Credit)]

    def over(self) -> None:
        """The test is over: it has looked at everything, and time finds nothing to do at once."""
        assert self._happened == []
        deadline = self.client.deadline()
        assert deadline is None or deadline > self.now

    # -- the listener, the player, the clock

    def ask(self, request: EngineRequest) -> None:
        """The listener asks now."""
        self._take(self.client.request(request, asked_at=self.now, now=self.now))

    def player(self, event: player_events.Event) -> None:
        """The player tells something."""
        self._take(self.client.player_event(event, now=self.now))

    def hear(self, step: Callable[[float], list[Effect]]) -> None:
        """Something else happens to the client."""
        self._take(step(self.now))

    def consumed(self, size: int) -> None:
        """The decoder has taken this many bytes of the song, in all."""
        self.client.took(self.song, size)

    def passes(self, seconds: float) -> None:
        """Time passes, with a call at every deadline."""
        until = self.now + seconds
        for _ in range(10_000):
            deadline = self.client.deadline()
            if deadline is None or deadline > until:
                self.now = until
                return
            self.now = max(self.now, deadline)
            self._take(self.client.tick(now=self.now))
        raise AssertionError("the client never stops ticking")

    # -- the server's moves on the control connection

    def accept(self, line: Line = Line.CONTROL) -> None:
        """The transport of this connection opens."""
        if line is Line.CONTROL:
            self.control = ServerConnection(now=self.now)
            self.requests.clear()
            self._take(self.client.control_connected(is_private=self.is_private, now=self.now))
        else:
            self.data = ServerDataConnection()
            self._take(self.client.data_connected(now=self.now))

    def welcome(self, *, resumed: bool = False, newest: int = 0) -> None:
        """Answer HELLO; a session that goes on keeps its number."""
        self.tickets += 1
        hello = self.answerable(Hello)
        welcome = welcoming(self.session, self.tickets, resumed=resumed, newest=newest)
        self.control.welcome(hello.number, welcome, now=self.now)
        self.deliver()

    def refuse(self, kind: type[Message], code: ErrorCode, text: str = "no") -> None:
        """Answer the oldest request of this kind with an ERROR."""
        self.control.refuse(self.answerable(kind).number, code, text)
        self.deliver()

    def stream(self, *, deliver: bool = True, **changes: object) -> None:
        """Accept the oldest PLAY; `changes` replace fields of STREAM."""
        request = self.answerable(Play)
        play = request.message
        assert isinstance(play, Play)
        track = self.tracks[play.track]
        stream = replace(accepting(play, track), **changes)  # type: ignore[arg-type]
        start = stream.offset
        self.sender.play(play.stream, track.index, start=start, window=play.window)
        self._served = track.audio
        self.control.answer(request.number, stream)
        self._is_held = not deliver
        if deliver:
            self.deliver()

    def port(self) -> None:
        """Answer REOPEN."""
        self.tickets += 1
        request = self.answerable(Reopen)
        self.control.answer(request.number, Port(PORT, 15, ticket(self.tickets)))
        self.deliver()

    def deliver(self, *, cut: int = 1 << 20) -> None:
        """What the server's control connection has to send arrives, `cut` bytes at a time."""
        self._is_held = False
        data = self.control.data_to_send()
        for at in range(0, len(data), cut):
            self._take(self.client.control_received(data[at : at + cut], now=self.now))

    def answerable(self, kind: type[Message]) -> Request:
        """The oldest request of this kind that was not answered."""
        found = next(one for one in self.requests if isinstance(one.message, kind))
        self.requests.remove(found)
        return found

    # -- the server's moves on the data connection

    def attached(self) -> None:
        """Answer ATTACH."""
        self.receive(Attached(self.session).encode())

    def pump(self, budget: int = 1 << 24, *, torn: bool = False) -> int:
        """Send audio within the credit, and END where it is due; returns the bytes.

        `torn`: the second half of that never arrives.
        """
        parts = self.sender.next_parts(budget)
        sent = [self._served[part.file_offset :][: part.length] for part in parts]
        frames_sent = [part.header + audio for part, audio in zip(parts, sent, strict=True)]
        data = b"".join(frames_sent)
        if data:
            self.receive(data[: len(data) // 2] if torn else data)
        return sum(map(len, sent))

    def pump_all(self) -> None:
        """Send audio until the credit is used up and no more is granted."""
        while self.pump():
            pass

    def receive(self, data: bytes) -> None:
        """Bytes arrive on the data connection."""
        self._take(self.client.data_received(data, now=self.now))

    def lose(self, line: Line) -> None:
        """The server's side of a connection ends without a word."""
        if line is Line.CONTROL:
            self._take(self.client.control_received(b"", now=self.now))
        else:
            self.sender.lost()
            self._take(self.client.data_received(b"", now=self.now))

    def connect(self) -> "Playbook":
        """From nothing to a session with both connections."""
        self.accept()
        self.welcome()
        self.accept(Line.DATA)
        self.attached()
        return self.skip()

    def play(self, track: int, tag: int = 1, start_ms: int = 0) -> "Playbook":
        """A song is asked for and accepted, and its first window arrives."""
        self.ask(PlayTrack(tag, track, start_ms))
        self.stream()
        self.pump()
        assert len(self.reports(Accepted)) == 1
        return self.skip()

    def new_session(self, session: int) -> None:
        """The server has forgotten everything."""
        self.session = session
        self.sender = Sender(session)

    def _take(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(Line.CONTROL, data):
                    self._serve(data)
                case Send(Line.DATA, data):
                    self._happened += self.data.receive_data(data)
                case Feed(audio):
                    self._feed(audio)
                case Tell(report):
                    self._happened.append(report)
                case Load(song):
                    self.song, self.audio = song, b""
                    self._happened.append(effect)
                case _:
                    self._happened.append(effect)
        # PONG and GOODBYE come of themselves, and so does the ERROR of a connection that failed.
        if not self._is_held and (data := self.control.data_to_send()):
            self._take(self.client.control_received(data, now=self.now))

    def _feed(self, audio: bytes) -> None:
        self.audio += audio
        if self._happened and isinstance(self._happened[-1], Fed):
            self._happened[-1] = Fed(self._happened[-1].size + len(audio))
        else:
            self._happened.append(Fed(len(audio)))

    def _serve(self, data: bytes) -> None:
        for event in self.control.receive_data(data, now=self.now):
            assert isinstance(event, Request | Notice | Closed)
            self._happened.append(event if isinstance(event, Closed) else event.message)
            if isinstance(event, Request):
                self._obey(event)

    def _obey(self, request: Request) -> None:
        match request.message:
            case Credit(stream, limit):
                self.sender.credit(stream, limit)
            case Stop(stream):
                self.sender.stop(stream)
            case _:
                self.requests.append(request)
