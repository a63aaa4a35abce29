# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side, with a shell as thin as it can be."""

from collections import deque

from common.errors import ErrorCode
from control.events import Closed, Request
from control.message import Message
from control.music_messages import Credit, List, Play, StartKind, Stop, Stream, TrackEntry, Tracks
from control.roles import ServerConnection
from control.session_messages import Hello, Port, Reopen, Welcome
from data.connection_end import Lost
from data.frames import Attach, Attached, Fail
from data.sender import Sender
from tests.conversation.music import AUDIO, CONTENTS, INDEXES
from tests.conversation.pipes import SESSION, DataLink

TICKET_SIZE = 16


class Server:
    """The server's side, with a shell as thin as it can be."""

    def __init__(self) -> None:
        self.control = ServerConnection(now=0)
        self.sender = Sender(SESSION)
        self.track = 0
        self.link: DataLink | None = None
        self.tickets = 0
        self.closed: Closed | None = None
        self.requests: deque[Request] = deque()  # received and not acted on yet

    def ticket(self) -> bytes:
        self.tickets += 1
        return self.tickets.to_bytes(TICKET_SIZE, "big")

    def hear(self, data: bytes) -> None:
        for event in self.control.receive_data(data, now=0):
            if isinstance(event, Request):
                self.requests.append(event)
            elif isinstance(event, Closed):
                self.closed = event

    def act(self) -> None:
        """Answer the oldest request."""
        if self.requests:
            number, message = self.requests[0].number, self.requests[0].message
            self.requests.popleft()
            self._answer(number, message)

    def _answer(self, number: int, message: Message) -> None:
        match message:
            case Hello():
                self.control.welcome(
                    number,
                    Welcome(1, False, SESSION, bytes(16), 1, self.ticket(), 15, 20, 60, 60, 0, "s"),
                    now=0,
                )
            case List():
                entries = tuple(
                    TrackEntry(track, 1, str(track)) for track in AUDIO if track > message.after
                )
                page = entries[: message.limit]
                more = len(page) < len(entries)
                self.control.answer(number, Tracks(len(AUDIO), more, False, page))
            case Play():
                self._play(number, message)
            case Stop():
                if not self.sender.stop(message.stream):
                    self.control.refuse(number, ErrorCode.NO_SUCH_STREAM, "")
            case Credit():
                if not self.sender.credit(message.stream, message.limit):
                    self.control.refuse(number, ErrorCode.NO_SUCH_STREAM, "")
            case Reopen():
                self.control.answer(number, Port(1, 15, self.ticket()))
            case _:
                raise AssertionError(message)

    def _play(self, number: int, play: Play) -> None:
        if play.stream <= self.sender.newest:
            self.control.refuse(number, ErrorCode.STREAM_ORDER, "")
            return
        if play.track not in AUDIO:
            self.control.refuse(number, ErrorCode.NO_SUCH_TRACK, "")
            return
        index = INDEXES[play.track]
        if play.kind is StartKind.OFFSET and play.start > index.total:
            self.control.refuse(number, ErrorCode.BAD_START, "")
            return
        if play.digest not in {b"", index.digest}:
            self.control.refuse(number, ErrorCode.CHANGED, "")
            return
        if play.kind is StartKind.OFFSET:
            frame = index.frame_at_offset(play.start)
        else:
            frame = index.frame_to_decode_from(index.frame_at_time(play.start * 1000))
        offset = index.offset_of_frame(frame)
        self.track = play.track
        self.sender.play(play.stream, index, start=offset, window=play.window)
        interval, counts = index.time_map(1024)
        answer = Stream(
            stream=play.stream,
            track=play.track,
            offset=offset,
            total=index.total,
            start_time=index.time_of_frame(frame),
            duration=index.duration_ms,
            sample_rate=index.sample_rate,
            channels=index.channels,
            gapless=index.has_gapless,
            delay=index.delay,
            padding=index.padding,
            digest=index.digest,
            title=str(play.track),
            artist="",
            album="",
            map_interval=interval,
            map=counts,
        )
        self.control.answer(number, answer)

    def hear_data(self, link: DataLink, data: bytes) -> None:
        for event in link.server.receive_data(data):
            match event:
                case Attach(ticket=ticket) if ticket == self.tickets.to_bytes(TICKET_SIZE, "big"):
                    if self.link is not None:
                        self.sender.lost()
                    self.link = link
                    link.down.send(Attached(SESSION).encode())
                case Attach():
                    link.down.send(Fail(SESSION, 0, 0, ErrorCode.BAD_TICKET).encode())
                    link.down.cut(0)
                case Lost():
                    if self.link is link:
                        self.link = None
                        self.sender.lost()
                    link.down.cut(0)

    def send(self, budget: int) -> None:
        """Top the data connection up."""
        if self.link is not None:
            for part in self.sender.next_parts(budget):
                self.link.down.send(part.header + self._read(part.file_offset, part.length))

    def break_file(self) -> None:
        """The file turns out to be unreadable."""
        part = self.sender.fail(ErrorCode.UNREADABLE, "gone")
        if part is not None and self.link is not None:
            self.link.down.send(part.header)

    def _read(self, offset: int, length: int) -> bytes:
        return CONTENTS[self.track][offset : offset + length] if length else b""
