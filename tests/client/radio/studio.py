# SPDX-License-Identifier: GPL-3.0-or-later
"""Real songs cut into stretches, a player that plays them into memory, and what should be heard."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from queue import Queue

from client.decoder import SAMPLE_BYTES, MadDecoder
from client.player import Player
from client.player_events import Event, Failed, Finished, Stopped
from client.radio.programme import Programme
from client.sinks.sink import Sink
from client.trimmer import Cuts, cuts
from data.index import AudioIndex
from data.station.stretches import cut
from tests.client.audio import WHOLE, decode, read_audio
from tests.client.stage import PATIENCE_S, FakeSink


@dataclass(frozen=True)
class Track:
    """A file as a station knows it.

    Attributes:
        ends: the audio offsets at which its stretches end.
    """

    audio: bytes
    index: AudioIndex
    cuts: Cuts
    ends: tuple[int, ...]

    def stretches(self, first: int, last: int) -> list[bytes]:
        """From one on and up to another, which is not among them."""
        edges = (0, *self.ends)[first : last + 1]
        return [self.audio[a:b] for a, b in pairwise(edges)]

    def sound(self, until: int | None = None) -> bytes:
        """What is heard of it up to that audio offset, or of all of it."""
        if until is None:
            return decode(self.audio, self.cuts).tobytes()
        return decode(self.audio[:until], Cuts(front=self.cuts.front)).tobytes()

    def sound_behind(self, start: int, until: int | None = None) -> bytes:
        """What is left of `sound` where that of the audio bytes before `start` is thrown away."""
        heard = decode(self.audio[:until], WHOLE).tobytes()
        lost = len(decode(self.audio[:start], WHOLE)) // 2 if start else self.cuts.front
        back = self.cuts.back if until is None else 0
        return heard[lost * SAMPLE_BYTES : len(heard) - back * SAMPLE_BYTES]


def track(path: Path) -> Track:
    """Reads a file."""
    audio, index = read_audio(path)
    trim = cuts(delay=index.delay, padding=index.padding, gapless=index.has_gapless)
    ends = tuple(stretch.end for stretch in cut(index))
    return Track(audio, index, trim, ends)


class Studio:
    """A player with a programme of its own, a sink in memory, and the events."""

    def __init__(self, tape: Sink | None = None) -> None:
        """`tape` takes the place of the sink in memory."""
        self.sink = FakeSink()
        self.events: Queue[Event] = Queue()
        self.programme = Programme(1 << 24)
        self.player = Player(tape or self.sink, self.events.put, MadDecoder)
        self.player.tune(1, self.programme)

    def air(self, number: int, song: Track, *, first: int = 0, last: int | None = None) -> None:
        """The station plays these stretches of a song."""
        joins_at = (0, *song.ends)[first]
        self.programme.begin_song(number, song.cuts, total_bytes=len(song.audio), joins_at=joins_at)
        for stretch in song.stretches(first, len(song.ends) if last is None else last):
            self.programme.append(stretch)

    def close(self) -> list[Event]:
        """Plays to the end; all events."""
        self.programme.finish()
        events: list[Event] = []
        while not events or not isinstance(events[-1], Finished | Failed | Stopped):
            events.append(self.events.get(timeout=PATIENCE_S))
        assert self.player.close(PATIENCE_S)
        return events
