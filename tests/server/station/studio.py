# SPDX-License-Identifier: GPL-3.0-or-later
"""A station with real files and indexes, a clock that the test moves, and no greenlet."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from data.frame_header import HEADER, FrameType
from data.index import AudioIndex, index_audio
from data.sender import Sender
from server.config import StationPlan
from server.library.catalogue import Page
from server.library.errors import TrackGone
from server.library.sound_file import SoundFile
from server.library.track import Track
from server.sessions import Session
from server.station.broadcast import Broadcast
from server.station.schedule import Schedule
from server.station.sources import Source
from server.station.stations import Stations
from server.station.store import MemoryStore
from tests.e2e.songs import song
from tests.server.fakes import FakeData

SECOND = 1_000_000  # µs
BEGIN = 1_800_000_000 * SECOND


class HandStore(MemoryStore):
    """Whose clock the test moves."""

    def __init__(self) -> None:
        super().__init__(Schedule(station_id=b"station of tests", seed=b"s" * 32))
        self.now = BEGIN

    def now_us(self) -> int:
        return self.now


class Shelf:
    """A library without a scanner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.revision = 0
        self.scanning = False
        self.tracks: dict[int, Track] = {}
        self.indexes: dict[int, AudioIndex] = {}
        self.contents: dict[bytes, bytes] = {}  # by digest, whatever becomes of the files

    def add(self, path: str, content: bytes) -> int:
        """A track with this audio; its id."""
        number = len(self.indexes) + 1
        file = self.folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        index = self.indexes[number] = index_audio(BytesIO(content))
        self.contents[index.digest] = content
        self.tracks[number] = Track(
            id=number,
            path=path,
            title=path,
            artist="",
            album="",
            duration_ms=index.duration_ms,
            digest=index.digest,
            size=file.stat().st_size,
            mtime_ns=file.stat().st_mtime_ns,
        )
        self.revision += 1
        return number

    def remove(self, number: int) -> None:
        """A track is there no more."""
        del self.tracks[number]
        self.revision += 1

    def page(self, after: int, limit: int, query: str = "") -> Page:
        behind = [track for track in self.tracks.values() if track.id > after]
        return Page(len(self.tracks), tuple(behind[:limit]), len(behind) > limit, self.scanning)

    def track(self, track_id: int) -> Track:
        if track_id not in self.tracks:
            raise TrackGone(f"there is no track {track_id}")
        return self.tracks[track_id]

    def index(self, track_id: int) -> AudioIndex:
        return self.indexes[self.track(track_id).id]

    def open_sound(self, track_id: int) -> SoundFile:
        track = self.track(track_id)
        return SoundFile(None, str(self.folder / track.path), track)


@dataclass
class Studio:
    """A station called main, and who listens."""

    shelf: Shelf
    store: HandStore
    broadcast: Broadcast
    stations: Stations
    sessions: list[Session] = field(default_factory=list[Session])

    def pass_time(self, seconds: float, *, step: float = 0.25) -> None:
        """Let everybody work as time goes by."""
        end = self.store.now + round(seconds * SECOND)
        self.work()
        while self.store.now < end:
            self.store.now = min(end, self.store.now + round(step * SECOND))
            self.work()

    def work(self) -> None:
        """Do what is due."""
        self.broadcast.keeper.work()
        while self.broadcast.work(lambda: 0.0) == 0.0:
            pass

    def session(self) -> Session:
        """Another session with a data connection."""
        number = len(self.sessions) + 1
        session = Session(
            id=number,
            address="",
            secret=b"",
            former_secret=b"",
            ticket=b"",
            ticket_until=0.0,
            sender=Sender(number),
            active=0.0,
            data=FakeData(),
        )
        self.sessions.append(session)
        return session


def open_studio(folder: Path, *, songs: int = 3, frames: int = 800, source: str = "") -> Studio:
    """A station of songs of about 21 seconds each that was never on the air."""
    shelf, store = Shelf(folder), HandStore()
    for number in range(1, songs + 1):
        shelf.add(f"{number}.mp3", song(number, frames))
    plan = StationPlan("main", source)
    broadcast = Broadcast("main", "here", store, shelf, Source(folder, plan))
    return Studio(shelf, store, broadcast, Stations([broadcast]))


ALL = 1 << 30  # bytes


def ring_of(studio: Studio) -> list[tuple[FrameType, int, bytes]]:
    """(type, offset, payload) of all frames that are in the ring."""
    ring = studio.broadcast.ring
    frames = ring.begin(ring.oldest).next_frames(1, 1, ALL)
    headers = [HEADER.unpack(header) for header, _ in frames]
    return [
        (FrameType(kind), offset, payload)
        for (_, kind, _, _, offset), (_, payload) in zip(headers, frames, strict=True)
    ]


def audio_of(studio: Studio) -> bytes:
    return b"".join(payload for kind, _, payload in ring_of(studio) if kind == FrameType.DATA)


def expected(studio: Studio) -> bytes:
    """The audio that the schedule and the files say is in the ring."""
    ring, audio = studio.broadcast.ring, bytearray()
    for entry in studio.store.load().entries:
        content = studio.shelf.contents[entry.digest][: entry.until]
        begin = max(0, ring.oldest - entry.offset)
        audio += content[begin : max(0, ring.edge - entry.offset)]
    return bytes(audio)
