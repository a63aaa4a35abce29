# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener who does anything, links that break at any moment, and a server that forgets.

Whatever the order: what is heard of a song is the track, byte by byte, from where it was asked
for; the client never gives up on a server that makes no mistake; and once the links hold, the last
song that was accepted is complete.
"""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from client import player_events
from client.effects import Close, Connect, Line, Load, OpenGate
from client.reports import Accepted, Disconnected, Finished, Refused
from client.requests import ListTracks, PlayTrack, Seek, StartNow, StopSong
from common.errors import ErrorCode
from control.message import Message
from control.music_messages import List, Play
from control.session_messages import Hello, Reopen
from data.frames import Attach
from data.sender import Sender
from tests.client.playbook import SETTINGS, Playbook
from tests.client.served import FRAME

MOST_STEPS = 400  # until everything is quiet


class World:
    """A playbook that is driven by chance, with what a server remembers."""

    def __init__(self) -> None:
        self.book = Playbook(replace(SETTINGS, start=None)).skip()
        self.dialled: set[Line] = {Line.CONTROL}
        self.up: set[Line] = set()
        self.attach: Attach | None = None
        self.is_attached = False
        self.knows = 0  # the session that the server remembers
        self.tag = 0
        self.open_tags: set[int] = set()
        self.is_open = False  # the gate of the song's buffer
        self.begins: dict[int, bytes] = {}  # what each song should sound like
        self.moves: dict[str, Callable[[], None]] = {
            "play 1": lambda: self.ask(PlayTrack(self.next_tag(), 1)),
            "play 2": lambda: self.ask(PlayTrack(self.next_tag(), 2)),
            "play 99": lambda: self.ask(PlayTrack(self.next_tag(), 99)),
            "play --now 1": lambda: self.ask(PlayTrack(self.next_tag(), 1, at_once=True)),
            "play --now": lambda: self.book.ask(StartNow(0)),
            "run dry": self.run_dry,
            "stop": lambda: self.book.ask(StopSong(0)),
            "seek": lambda: self.ask(Seek(self.next_tag(), 3000)),
            "list": lambda: self.book.ask(ListTracks(0)),
            "serve": self.serve,
            "pump": lambda: self.pump(20 * FRAME),
            "connect": self.connect,
            "wait": lambda: self.book.passes(1.0),
            "lose control": lambda: self.lose(Line.CONTROL),
            "lose data": lambda: self.lose(Line.DATA),
            "tear data": self.tear_data,
            "tear control": self.tear_control,
            "restart": self.restart,
        }
        # Before the first WELCOME, a loss is the end and not an accident.
        self.make("connect")
        self.make("serve")

    def next_tag(self) -> int:
        self.tag += 1
        return self.tag

    def ask(self, request: PlayTrack | Seek) -> None:
        self.open_tags.add(request.tag)
        self.book.ask(request)

    def make(self, move: str) -> None:
        """One move, and a look at what came of it."""
        self.moves[move]()
        for event in self.book.happened():
            match event:
                case Connect(line):
                    self.dialled.add(line)
                    self.up.discard(line)
                case Close(line):
                    self.close(line)
                case Attach():
                    self.attach = event
                case Accepted(tag) | Refused(tag) if tag:
                    self.open_tags.remove(tag)
                case Load(song):
                    assert song in self.begins
                    self.is_open = False
                case OpenGate():
                    assert not self.is_open
                    self.is_open = True
                case Disconnected():
                    raise AssertionError(event.reason)
                case _:
                    pass
        assert self.begins.get(self.book.song, b"").startswith(self.book.audio)

    def close(self, line: Line) -> None:
        self.dialled.discard(line)
        self.up.discard(line)
        if line is Line.DATA and self.is_attached:
            self.is_attached = False
            self.book.sender.lost()

    def connect(self) -> None:
        for line in sorted(self.dialled, key=lambda line: line.value):
            self.dialled.discard(line)
            self.up.add(line)
            if line is Line.DATA:
                self.is_attached = False
            self.book.accept(line)

    def run_dry(self) -> None:
        """The decoder has taken all there is, and asks for more."""
        if self.is_open:
            self.is_open = False
            self.book.consumed(len(self.book.audio))
            self.book.hear(lambda now: self.book.client.ran_dry(self.book.song, now=now))

    def lose(self, line: Line) -> None:
        if line in self.up:
            self.up.discard(line)
            if line is Line.DATA:
                self.is_attached = False
            self.book.lose(line)
        elif line in self.dialled and self.book.client.snapshot(now=0).status.linked:
            self.dialled.discard(line)
            client = self.book.client
            self.book.hear(lambda now: client.data_failed("No route.", now=now))

    def tear_data(self) -> None:
        """The connection breaks in the middle of a frame."""
        if self.is_attached and Line.DATA in self.up:
            self.book.pump(3 * FRAME, torn=True)
            self.lose(Line.DATA)

    def tear_control(self) -> None:
        """The connection breaks before the answer to a PLAY arrives."""
        first = next(iter(self.book.requests), None)
        if Line.CONTROL not in self.up or first is None or not isinstance(first.message, Play):
            return
        if first.message.track in self.book.tracks:
            self.accept(first.message, deliver=False)
            self.lose(Line.CONTROL)

    def restart(self) -> None:
        self.knows = 0
        for line in (Line.DATA, Line.CONTROL):
            self.lose(line)
        self.book.sender = Sender(self.book.session)

    def serve(self) -> None:
        """Answer what was asked first, and admit a data connection."""
        book = self.book
        if self.attach is not None and Line.DATA in self.up:
            attach, self.attach = self.attach, None
            self.is_attached = attach.session == self.knows
            if self.is_attached:
                book.attached()
                return
        if Line.CONTROL not in self.up or not book.requests:
            return
        message = book.requests[0].message
        match message:
            case Hello(session=0):
                self.knows = book.session + 1
                book.new_session(self.knows)
                book.welcome()
            case Hello() if message.session == self.knows:
                book.welcome(resumed=True, newest=book.sender.newest)
            case Play() if message.track in book.tracks:
                self.accept(message)
            case Reopen():
                book.port()
            case _:
                self.refuse(type(message))

    def accept(self, play: Play, *, deliver: bool = True) -> None:
        track = self.book.tracks[play.track]
        if play.kind == 0:
            at = track.index.offset_of_frame(track.index.frame_at_time(play.start * 1000))
            self.begins[play.stream] = track.audio[at:]
        self.book.stream(deliver=deliver)

    def refuse(self, kind: type[Message]) -> None:
        code = ErrorCode.NO_SUCH_SESSION if kind is Hello else ErrorCode.NO_SUCH_TRACK
        self.book.refuse(kind, code if kind is not List else ErrorCode.UNREADABLE)

    def pump(self, budget: int) -> None:
        if self.is_attached and Line.DATA in self.up:
            self.book.pump(budget)

    def settle(self) -> None:
        """The links hold from now on: go on until nothing is left to do."""
        quiet = 0
        for _ in range(MOST_STEPS):
            before = len(self.book.audio)
            for move in ("connect", "serve", "pump"):
                self.make(move)
            waits = self.book.requests or self.dialled or not self.status_is_linked()
            quiet = 0 if waits or len(self.book.audio) != before else quiet + 1
            if quiet == 3:
                return
            self.make("wait")
        raise AssertionError("it never comes to rest")

    def status_is_linked(self) -> bool:
        return self.book.client.snapshot(now=self.book.now).status.linked


# Without a good part of what brings things forward, hardly a song would ever be accepted.
MOVES = [*sorted(World().moves), *["serve"] * 24, *["pump"] * 8, *["connect"] * 10, *["wait"] * 3]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(MOVES), min_size=30, max_size=150))
def test_whatever_happens(moves: list[str]) -> None:
    world = World()
    for move in moves:
        world.make(move)
    world.settle()
    assert world.open_tags == set()
    book = world.book
    status = book.client.snapshot(now=book.now).status
    if status.track is not None:
        assert book.audio == world.begins[book.song]
        book.ask(ListTracks(0))
        song = book.song
        book.skip().player(player_events.Finished(song))
        (end,) = book.reports(Finished)
        assert end.intact is not False
