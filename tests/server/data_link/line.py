# SPDX-License-Identifier: GPL-3.0-or-later
"""A data link of the server with the client's end of it."""

from control.music_messages import Play, StartKind
from control.session_messages import Hello
from data.frames import Attach, Attached, Data, Deframer, End, Fail, Frame
from server.channel import clock
from server.data_link import DataLink
from server.pump import Pump
from server.sessions import Session
from server.transport import PLAIN, Transport
from tests.e2e.songs import song
from tests.server.fakes import Desk, FakeControl
from tests.server.tls_wires import client_end
from tests.server.wires import read_some, wire

ONE = song(1, 100)
TWO = song(2, 50)
LONG = song(3, 30_000)  # 12 MB: more than the kernel takes at once


class Line:
    """A data link, the client's end of it, and a session that it may attach to."""

    def __init__(self, desk: Desk, *, narrow: bool = False, transport: Transport = PLAIN) -> None:
        sock, client = wire(narrow=narrow)
        self.server = sock
        self.desk = desk
        self.gone: list[DataLink] = []
        self.session: Session
        self.session, _ = desk.service.greet(Hello(1, 1), FakeControl(), "a", now=clock())
        self.link = DataLink(
            sock,
            "peer",
            desk.service,
            desk.deadlines,
            Pump(),
            gone=self.gone.append,
            transport=transport,
        )
        self.link.begin()
        self.client = client_end(client, transport)

    def attach(self) -> None:
        """Show the ticket."""
        self.client.send(Attach(self.session.id, self.session.ticket).encode())
        assert read_some(self.client, 20) == Attached(self.session.id).encode()

    def play(self, track: int, window: int = 2**32 - 1) -> int:
        """Play from the beginning; the stream's number."""
        stream = self.session.sender.newest + 1
        self.desk.service.streams.play(
            self.session, Play(track, stream, StartKind.OFFSET, 0, window)
        )
        return stream

    def any_frame(self) -> Frame:
        """The next frame."""
        header = read_some(self.client, 20)
        payload = read_some(self.client, int.from_bytes(header[:2], "big"))
        (frame,) = Deframer().feed(header + payload)
        return frame

    def frame(self) -> Data | End | Fail:
        """The next frame, which is one of a track's."""
        frame = self.any_frame()
        assert isinstance(frame, Data | End | Fail)
        return frame

    def stream(self, number: int) -> tuple[bytes, End | Fail]:
        """Read on to the end of a stream, past all before it: its audio, and its end."""
        audio = bytearray()
        while True:
            frame = self.frame()
            if frame.stream != number:
                continue
            if not isinstance(frame, Data):
                return bytes(audio), frame
            assert frame.offset == len(audio)
            audio += frame.audio
