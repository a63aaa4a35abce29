# SPDX-License-Identifier: GPL-3.0-or-later
"""A station's stream on a real data connection: switches, slow readers, drains and idleness."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from common.constants import IDLE_TIMEOUT, MAX_STRETCH
from common.errors import ErrorCode
from control.session_messages import Hello
from data.frames import Data, Fail
from data.station.ring import Ring
from data.station_frames import Seal, Song, SongFrame
from server.config import Timers
from server.station.tuned import StationStream
from server.transport import Transport
from tests.server.data_link.line import Line
from tests.server.fakes import Desk, FakeControl, FakeData, make_desk
from tests.server.library.files import until
from tests.server.wires import read_some

PAYLOAD = Song(1, 1 << 40, 1000, 44_100, 2, gapless=False, delay=0, padding=0, digest=b"d" * 32)
MOST = 64 << 20  # bytes in the ring


@dataclass
class Stage:
    """A station whose ring the test fills."""

    ring: Ring = field(default_factory=lambda: Ring(seconds=1e9, most_bytes=MOST))
    audio: bytearray = field(default_factory=bytearray)
    rng: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self.ring.append_song(0, PAYLOAD.payload())

    def play(self, stretches: int) -> None:
        """So many more."""
        for _ in range(stretches):
            audio = self.rng.randbytes(self.rng.randint(1, MAX_STRETCH))
            self.ring.append_stretch(
                self.ring.edge, audio, before=b"b" * 32, signature=b"s" * 64, seconds=0.5
            )
            self.audio += audio


class StationLine(Line):
    """A data link, attached, to which a station's stream goes."""

    def tune(self, stage: Stage, offset: int = 0) -> int:
        """Begin a station's stream; its number."""
        stream = self.session.sender.newest + 1
        self.session.sender.tune(stream)
        self.session.tuned = StationStream(stage, "main", stream, offset, is_fed=True)
        self.desk.service.streams.switch(self.session)
        return stream

    def audio(self, stream: int, size: int) -> bytes:
        """So much of a stream, past all before it: SONG, and a SEAL behind each DATA."""
        found = bytearray()
        begun = False
        while len(found) < size:
            frame = self.any_frame()
            assert isinstance(frame, SongFrame | Data | Seal)
            if frame.stream != stream:
                continue
            if isinstance(frame, SongFrame):
                assert not begun
                begun = True
            else:
                assert begun
                assert isinstance(frame, Data)
                found += frame.audio
                seal = self.any_frame()
                assert isinstance(seal, Seal)
                assert seal.offset == frame.offset + len(frame.audio)
        return bytes(found)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path, timers=Timers(drain_timeout=60))


@pytest.fixture
def line(desk: Desk, over: Transport) -> Iterator[StationLine]:
    """Attached; the client's kernel takes little."""
    made = StationLine(desk, narrow=True, transport=over)
    made.attach()
    yield made
    made.client.close()
    made.link.drop()


def test_what_is_there_and_what_comes(line: StationLine) -> None:
    stage = Stage()
    stage.play(10)
    stream = line.tune(stage)
    first = line.audio(stream, len(stage.audio))
    stage.play(1)
    line.link.wake()
    header = read_some(line.client, 20)  # SONG comes once
    assert int.from_bytes(header[2:4], "big") == Data.TYPE
    assert first == stage.audio[: len(first)]


def test_a_reader_who_takes_his_time_misses_nothing(line: StationLine) -> None:
    stage = Stage()
    stage.play(1500)  # 6 MB: more than the kernel takes at once
    stream = line.tune(stage)
    until(lambda: line.link.deadline() is not None)  # the kernel takes no more
    assert line.audio(stream, len(stage.audio)) == stage.audio
    assert line.link.deadline() is None


def test_another_stream_leaves_no_half_frame(line: StationLine) -> None:
    stage = Stage()
    stage.play(1500)
    line.tune(stage)
    until(lambda: line.link.deadline() is not None)
    other = Stage(rng=random.Random(8))
    other.play(5)
    stream = line.tune(other)
    assert line.audio(stream, len(other.audio)) == other.audio


def test_who_waits_for_a_file_to_be_known_waits_through_other_rings() -> None:
    stage = Stage(Ring(5000))
    stream = StationStream(stage, "main", 1, 5000, is_fed=True)
    for edge in (5000, 9000):  # time goes on, and nobody can say what would be there
        stage.ring = Ring(edge)
        assert stream.next_frames(7, 1 << 20) == []
    stage.ring = Ring(2000, seconds=1e9)  # now somebody can, and it begins far enough back
    stage.ring.append_song(0, PAYLOAD.payload())
    for offset in range(2000, 8000, 1000):
        stage.ring.append_stretch(
            offset, bytes(1000), before=bytes(32), signature=bytes(64), seconds=1.0
        )
    assert len(stream.next_frames(7, 1 << 20)) > 0
    assert stream.next == 8000


def test_who_falls_out_of_the_ring_is_told(line: StationLine) -> None:
    stage = Stage(Ring(seconds=20.0, most_bytes=MOST))
    stage.play(40)
    stream = line.tune(stage)
    while True:
        stage.play(40)  # no reader is this fast
        line.link.wake()
        frame = line.any_frame()
        if isinstance(frame, Fail):
            break
    assert (frame.stream, frame.code) == (stream, ErrorCode.BEHIND)
    assert frame.offset < stage.ring.oldest
    assert not line.session.sender.sending


@pytest.mark.parametrize("is_fed", [True, False])
def test_who_is_sent_to_others_has_its_sound_from_them(desk: Desk, *, is_fed: bool) -> None:
    session, _ = desk.service.greet(Hello(1, 1), FakeControl(), "a", now=0.0)
    session.sender.tune(1)
    session.tuned = StationStream(Stage(), "main", 1, 0, is_fed=is_fed)
    desk.service.streams.tuned(session)
    assert (session.tunes, session.has_sound) == (1, not is_fed)


def test_a_listener_is_not_idle(desk: Desk) -> None:
    session, _ = desk.service.greet(Hello(1, 1), FakeControl(), "a", now=0.0)
    desk.service.attach(session.id, session.ticket, FakeData(), now=0.0)
    session.sender.tune(1)
    session.tuned = StationStream(Stage(), "main", 1, 0, is_fed=False)
    for now in range(0, 3 * IDLE_TIMEOUT, 60):
        desk.deadlines.run(now=float(now))
    assert not session.ended


def test_a_drain_keeps_no_listener(desk: Desk) -> None:
    control = FakeControl()
    session, _ = desk.service.greet(Hello(1, 1), control, "a", now=0.0)
    data = FakeData()
    data.unsent = True
    desk.service.attach(session.id, session.ticket, data, now=0.0)
    session.sender.tune(1)
    session.tuned = StationStream(Stage(), "main", 1, 0, is_fed=True)
    desk.service.drain(now=0.0)
    desk.service.say_farewells(now=0.1)
    assert session.ended
    assert control.told[-1] == ("BYE", ErrorCode.SHUTTING_DOWN)
