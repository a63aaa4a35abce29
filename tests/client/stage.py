# SPDX-License-Identifier: GPL-3.0-or-later
"""A player whose decoder and sink do what the test says; no test waits for a clock."""

from queue import Queue
from threading import Condition
from threading import Event as Flag

from client.decoder import DecodeError, Pcm
from client.feed import ByteSource
from client.player import Player
from client.player_events import Event
from client.playout import PlayoutBuffer
from client.sinks.sink import UNLIMITED, SinkError
from client.trimmer import Cuts

PATIENCE_S = 20.0  # of a test that would otherwise hang; no measure
PIECE = 64  # bytes that FakeDecoder makes one piece of sound of


class FakeDecoder:
    """Passes its source on as sound. `!` breaks it, `?` is no sound, `8` and `4` set the rate."""

    def __init__(self, source: ByteSource) -> None:
        self.decoded = 0
        self._source = source
        self._rate = 44100

    def read(self) -> Pcm | None:
        piece = self._source.read(PIECE)
        if not piece:
            return None
        if piece.startswith(b"!"):
            raise DecodeError("It broke.")
        self._rate = {b"8": 48000, b"4": 44100}.get(piece[:1], self._rate)
        self.decoded += not piece.startswith(b"?")
        return Pcm(piece, self._rate)


class FakeSink:
    """Keeps what it gets. Tests wait for its log, limit its room, hang it and break it."""

    name = "fake"
    keeps_time = False
    takes_stdout = False
    gaps = 0

    def __init__(self, prefill: int = 0) -> None:
        self.prefill = prefill
        self.log: list[str] = []
        self.heard = b""
        self.writes: list[int] = []
        self.rest_s = 0.0
        self.breaks = ""
        self.hangs = Flag()
        self.hangs.set()
        self._room = UNLIMITED
        self._changed = Condition()

    def limit(self, room: int) -> None:
        with self._changed:
            self._room = room

    def wait_for(self, entry: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: entry in self.log, PATIENCE_S), self.log

    def _note(self, entry: str) -> None:
        with self._changed:
            self.log.append(entry)
            self._changed.notify_all()
        if self.breaks == entry:
            self.breaks = ""
            raise SinkError("Plug it in.")

    def start(self, rate: int) -> None:
        self._note(f"start {rate}")

    def room(self) -> int:
        with self._changed:
            return self._room

    def write(self, pcm: bytes) -> None:
        if not self.hangs.is_set():
            self._note("hang")
            self.hangs.wait()
        with self._changed:
            self._room -= len(pcm)
            self.heard += pcm
            self.writes.append(len(pcm))
        self._note(f"at {len(self.heard)}")

    def label(self, what: str, number: int) -> None:
        self._note(f"{what} {number}")

    def pause(self) -> None:
        self._note("pause")

    def resume(self) -> None:
        self._note("resume")

    def drop(self) -> None:
        self._note("drop")

    def drain(self) -> None:
        self._note("drain")

    def delay(self) -> float:
        return self.rest_s

    def release(self) -> None:
        self._note("release")

    def close(self) -> None:
        self._note("close")


class Stage:
    """A player with its sink and its events."""

    def __init__(self, sink: FakeSink) -> None:
        self.sink = sink
        self._events: Queue[Event] = Queue()
        self.player = Player(sink, self._events.put, FakeDecoder, clock=lambda: 100.0)

    def play(self, stream: int, content: bytes | None = None) -> PlayoutBuffer:
        """Plays `content`, all of it there, or else a buffer that is still to be filled."""
        buffer = PlayoutBuffer(1 << 20)
        if content is not None:
            buffer.append(content)
            buffer.finish()
        self.player.play(stream, buffer, Cuts())
        return buffer

    def event(self) -> Event:
        return self._events.get(timeout=PATIENCE_S)


def sound(seed: int, pieces: int) -> bytes:
    return bytes(100 + (i * seed) % 101 for i in range(pieces * PIECE))
