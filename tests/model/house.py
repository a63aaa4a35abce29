# SPDX-License-Identifier: GPL-3.0-or-later
"""The server with everything that decides: doors, links, service, sessions, streams, deadlines."""

from collections import deque
from pathlib import Path
from typing import cast

from server.config import Limits, Timers
from server.data_link import DataLink
from server.deadlines import Deadlines
from server.doors import ControlDoor, DataDoor
from server.pump import Pump, Turn
from server.service import Service
from server.transport import Transport
from tests.data.frames import MONO_64, RATE_48, STEREO_128, audio_of, frames, index_of
from tests.model.wires import FakeTransport, Wire
from tests.server.fakes import CountingBytes, FakeTracks

PORT = 4000  # shared by all sessions: ATTACH has to tell them apart
# Of each listener: nobody may ever hear a byte of the other one's tracks.
TRACKS = ((1, 2), (3, 4))
CONTENTS = (
    b"".join(frames([STEREO_128] * 90)),
    b"".join(frames([RATE_48] * 40)) + b"." * 40 + b"".join(frames([MONO_64] * 90)),
    b"".join(frames([STEREO_128] * 70 + [MONO_64] * 3)),
    b"".join(frames([MONO_64] * 120)),
)


INDEXES = [index_of(content) for content in CONTENTS]
AUDIO = {n: audio_of(*both) for n, both in enumerate(zip(CONTENTS, INDEXES, strict=True), 1)}
PIECES = 16  # frames that wait for one connection, at most


class SharedPort:
    """One data port, open while any session is to attach."""

    def __init__(self) -> None:
        self.sessions: set[int] = set()

    def offer(self, session_id: int) -> int:
        self.sessions.add(session_id)
        return PORT

    def release(self, session_id: int) -> None:
        self.sessions.discard(session_id)


class HandPump:
    """Turns that the test hands out."""

    def __init__(self) -> None:
        self.due: deque[Turn] = deque()

    def wake(self, link: Turn, *, costly: bool = False) -> None:
        if link not in self.due:
            self.due.append(link)

    def turn(self, budget: int) -> bool:
        """The first who is due gets a turn; whether anybody was."""
        if not self.due:
            return False
        link = self.due.popleft()
        if link.turn(budget):
            self.wake(link)
        return True


class Music:
    """The folder, which stays when the server goes."""

    def __init__(self, folder: Path) -> None:
        self.tracks = FakeTracks(folder)
        for content in CONTENTS:
            self.tracks.add(content)
        self.random_bytes = CountingBytes()  # nothing is ever drawn twice, also after a restart


class House:
    """One run of the server."""

    def __init__(self, music: Music, timers: Timers) -> None:
        self.music = music
        self.port = SharedPort()
        self.pump = HandPump()
        self.deadlines = Deadlines()
        self.wires: list[Wire] = []
        self.service = Service(
            limits=Limits(),
            timers=timers,
            tracks=music.tracks,
            ports=self.port,
            deadlines=self.deadlines,
            random_bytes=music.random_bytes,
        )
        pump = cast("Pump", self.pump)
        transport = cast("Transport", FakeTransport())
        self.control_door = ControlDoor(self.service, self.deadlines, pump, transport)
        self.data_door = DataDoor(self.service, self.deadlines, pump, transport)

    def accept(self, wire: Wire, port: int | None) -> bool:
        """Somebody connects; whether anybody listens there."""
        if port is None:
            self.control_door.accept(wire, "10.0.0.1")  # type: ignore[arg-type]
        elif port == PORT and self.port.sessions:
            self.data_door.accept(wire, "10.0.0.1")  # type: ignore[arg-type]
        else:
            return False
        self.wires.append(wire)
        return True

    def look(self) -> bool:
        """The hub looks at all sockets; whether that changed anything."""
        self.wires = [wire for wire in self.wires if wire.channel and not wire.channel.closed]
        busy = [w.channel for w in self.wires if w.channel is not None and not w.channel.is_idle]
        for channel in busy:
            channel.look()
        return bool(busy)

    def die(self) -> None:
        """The process is gone, and all its connections with it."""
        for wire in self.wires:
            wire.lose(1 << 30, 0)
        for session in self.service.sessions:
            self.service.streams.release(session)

    def check(self) -> None:
        """What it holds is bounded by who is there."""
        sessions = list(self.service.sessions)
        connections = len(self.wires)
        assert len(self.deadlines) <= len(sessions) + connections
        assert len(self.control_door.links) <= connections
        assert len(self.music.tracks.files) <= len(CONTENTS)
        for session in sessions:
            # Held while the stream is sent, and behind its end until the last frame has gone.
            assert session.audio is not None or not session.sender.sending
            if isinstance(session.data, DataLink):
                pending = session.data._unsent.frames  # pyright: ignore[reportPrivateUsage]
                assert len(pending) <= 1 + PIECES
                assert all(header != b"" for header, _ in pending)
