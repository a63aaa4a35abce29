# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's side, with a shell as thin as it can be, that checks all it hears."""

from dataclasses import dataclass, field

from common.errors import ErrorCode, is_fatal
from control.events import Answer, Closed
from control.message import Message
from control.music_messages import Credit, List, Play, StartKind, Stop, Stream, Tracks
from control.roles import ClientConnection
from control.session_messages import Error, Hello, Port, Reopen, Welcome
from data.connection_end import Lost
from data.frames import Attached, Data, End, Fail
from data.receiver import Audio, Complete, Event, Failed, Receiver, Resume
from data.station_frames import Seal, SongFrame
from tests.conversation.music import AUDIO, INDEXES
from tests.conversation.pipes import DataLink


@dataclass(slots=True)
class Heard:
    """What the client has of one song, over all the streams that brought it."""

    track: int
    begin: int  # audio offset
    limit: int
    audio: bytearray = field(default_factory=bytearray)
    ended: bool = False
    stopped: bool = False

    @property
    def next(self) -> int:
        return self.begin + len(self.audio)


class Client:
    """The client's side, with a shell as thin as it can be."""

    def __init__(self) -> None:
        self.control = ClientConnection()
        self.receiver = Receiver()
        self.link: DataLink | None = None
        self.links: list[DataLink] = []
        self.songs: dict[int, Heard] = {}  # by stream; a resumed song has several
        self.newest = 0  # accepted
        self.asked = 0
        self.to_resume: Heard | None = None
        self.resuming: dict[int, Heard] = {}
        self.wanted: set[int] = set()  # asked for, not answered, and not given up
        self.unanswered = 0
        self.closed: Closed | None = None
        self.control.hello(Hello(1, 1, agent="c"), now=0)

    @property
    def attached(self) -> bool:
        return self.link is not None and self.link.client.attached

    @property
    def is_open(self) -> bool:
        return self.control.state.name == "OPEN"

    def request(self, message: List | Play | Stop | Credit | Reopen) -> None:
        if isinstance(message, List | Play | Reopen):
            self.unanswered += 1
        self.control.request(message)

    def list_tracks(self, after: int, limit: int) -> None:
        self.request(List(after, limit))

    def may_play(self) -> bool:
        """Before the first attach, or on an attached connection: never between two."""
        return self.is_open and (self.attached or (len(self.links) <= 1 and not self._lost_one()))

    def _lost_one(self) -> bool:
        return any(link.client.closed for link in self.links)

    def play(self, track: int, window: int, start_ms: int = 0) -> None:
        self.asked += 1
        self.receiver.ask(self.asked, window=window)
        self.wanted.add(self.asked)
        self.to_resume = None
        self.request(Play(track, self.asked, StartKind.TIME, start_ms, window))

    def resume(self, window: int) -> None:
        song, self.to_resume = self.to_resume, None
        assert song is not None
        self.asked += 1
        self.resuming[self.asked] = song
        self.receiver.ask(self.asked, window=window)
        self.wanted.add(self.asked)
        digest = INDEXES[song.track].digest
        self.request(Play(song.track, self.asked, StartKind.OFFSET, song.next, window, digest))

    def stop(self) -> None:
        for stream in (self.newest, self.asked):
            if stream:
                self.request(Stop(stream))
        self.receiver.stop()
        self.wanted.clear()
        self.to_resume = None
        for song in self.songs.values():
            song.stopped = True

    def credit(self, size: int) -> None:
        song = self.songs.get(self.newest)
        if song is not None and not song.ended:
            song.limit = max(song.limit, song.next + size)
            self.receiver.grant(self.newest, song.limit)
            self.request(Credit(self.newest, song.limit))

    def attach(self, ticket: bytes) -> None:
        self.link = DataLink(ticket)
        self.links.append(self.link)

    def hear(self, data: bytes) -> None:
        for event in self.control.receive_data(data, now=0):
            match event:
                case Answer(request, message):
                    self._answered(request, message)
                case Closed():
                    self.closed = event
                case _:
                    raise AssertionError(event)

    def _answered(self, request: Message, message: Message) -> None:
        if isinstance(request, List | Play | Reopen):
            self.unanswered -= 1
        match message:
            case Welcome() | Port():
                self.attach(message.ticket)
            case Stream():
                assert isinstance(request, Play)
                self._accepted(request, message)
            case Error() if isinstance(request, Play):
                assert not is_fatal(message.code)
                self.receiver.refused(request.stream)
                self.resuming.pop(request.stream, None)
                self.wanted.discard(request.stream)
            case _:
                assert isinstance(message, Tracks | Error)

    def _accepted(self, play: Play, stream: Stream) -> None:
        song = self.resuming.pop(stream.stream, None)
        if stream.stream not in self.wanted:
            events = self.receiver.accept(
                stream.stream, offset=stream.offset, total=stream.total, digest=stream.digest
            )
            assert events == [], "stopped, or lost, before the answer came"
            return
        self.wanted.discard(stream.stream)
        wanted = None
        if song is None:
            song = Heard(stream.track, stream.offset, stream.offset + play.window)
        else:
            wanted = song.next
            song.limit = stream.offset + play.window
        self.songs[stream.stream] = song
        if self.newest and self.songs[self.newest] is not song:
            self.songs[self.newest].stopped = True
        self.newest = max(self.newest, stream.stream)
        self._heard(
            self.receiver.accept(
                stream.stream,
                offset=stream.offset,
                total=stream.total,
                digest=stream.digest,
                wanted=wanted,
            )
        )

    def hear_data(self, link: DataLink, data: bytes) -> None:
        for event in link.client.receive_data(data):
            match event:
                case Data() | End() | SongFrame() | Seal():
                    if link is self.link:
                        self._heard(self.receiver.receive(event))
                case Fail() if event.stream:
                    if link is self.link:
                        self._heard(self.receiver.receive(event))
                case Lost() | Fail():
                    link.up.cut(0)
                    if link is self.link:
                        self._lost()
                case Attached():
                    pass

    def _lost(self) -> None:
        self._heard(self.receiver.lost())
        self.resuming.clear()
        self.wanted.clear()
        if self.is_open:
            self.request(Reopen())

    def _heard(self, events: list[Event]) -> None:
        for event in events:
            song = self.songs[event.stream]
            assert event.stream == self.newest, "only the newest is heard"
            match event:
                case Audio():
                    assert not song.stopped
                    assert event.offset == song.next, "no gap and no repetition"
                    song.audio += event.data
                    assert song.next <= song.limit
                    assert event.data == AUDIO[song.track][event.offset : song.next]
                case Complete():
                    assert song.next == len(AUDIO[song.track])
                    assert event.intact is (True if song.begin == 0 else None)
                    song.ended = True
                case Failed():
                    assert event.code == ErrorCode.UNREADABLE
                    song.ended = True
                case Resume():
                    assert event.offset == song.next
                    self.to_resume = song
