# SPDX-License-Identifier: GPL-3.0-or-later
"""A small library in memory, and outlets that remember what they were told."""

from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from common.errors import ErrorCode
from control.roles import ServerNotice
from control.session_messages import Drain
from data.index import AudioIndex, index_audio
from server.config import Limits, Timers
from server.deadlines import Deadlines
from server.library.audio import AudioFile, AudioFiles
from server.library.catalogue import Page
from server.library.errors import TrackGone
from server.library.track import Track
from server.service import Service
from tests.e2e.songs import song


class FakeTracks:
    """Real files and real indexes, without a scanner: `tracks` is what is in the library."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = AudioFiles()
        self.tracks: dict[int, Track] = {}
        self.indexes: dict[int, AudioIndex] = {}
        self.scanning = False

    def add(
        self, content: bytes, *, title: str = "Title", artist: str = "", album: str = ""
    ) -> int:
        """A track with this audio; its id."""
        number = len(self.tracks) + 1
        path = self.folder / f"{number}.mp3"
        path.write_bytes(content)
        index = index_audio(BytesIO(content))
        self.indexes[number] = index
        self.tracks[number] = Track(
            id=number,
            path=path.name,
            title=title,
            artist=artist,
            album=album,
            duration_ms=index.duration_ms,
            digest=sha256(content).digest(),
            size=path.stat().st_size,
            mtime_ns=path.stat().st_mtime_ns,
        )
        return number

    def page(
        self, after: int, limit: int, query: str = "", within: frozenset[int] | None = None
    ) -> Page:
        among = [track for track in self.tracks.values() if within is None or track.id in within]
        matching = [track for track in among if query in track.title]
        behind = [track for track in matching if track.id > after]
        return Page(
            total=len(matching),
            tracks=tuple(behind[:limit]),
            more=len(behind) > limit,
            scanning=self.scanning,
        )

    def track(self, track_id: int) -> Track:
        if track_id not in self.tracks:
            raise TrackGone(f"there is no track {track_id}")
        return self.tracks[track_id]

    def index(self, track_id: int) -> AudioIndex:
        return self.indexes[self.track(track_id).id]

    def open_audio(self, track_id: int) -> AudioFile:
        track = self.track(track_id)
        return self.files.open(str(self.folder / track.path), track)


class FakePorts:
    """A port for each session, until there are `left` no more."""

    def __init__(self) -> None:
        self.offered: dict[int, int] = {}
        self.left = 1000

    def offer(self, session_id: int) -> int:
        if session_id not in self.offered:
            if self.left == 0:
                raise OSError("no port left")
            self.left -= 1
            self.offered[session_id] = 40_000 + session_id
        return self.offered[session_id]

    def release(self, session_id: int) -> None:
        if self.offered.pop(session_id, None) is not None:
            self.left += 1


@dataclass(slots=True, eq=False)
class FakeControl:
    """A control connection; `words` of its BYE."""

    told: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    words: str | None = None

    def leave(self, code: ErrorCode, text: str) -> None:
        self.told.append(("BYE", code))
        self.words = text

    def fail(self, code: ErrorCode, text: str) -> None:
        self.told.append(("ERROR", code))

    def replaced(self) -> None:
        self.told.append(("replaced", 0))

    def notify(self, notice: ServerNotice) -> None:
        if isinstance(notice, Drain):
            self.told.append(("DRAIN", notice.until))

    def wake(self) -> None:
        self.told.append(("wake", 0))


@dataclass(slots=True, eq=False)
class FakeData:
    """A data connection."""

    told: list[str] = field(default_factory=list[str])
    unsent: bool = False

    def has_unsent(self) -> bool:
        return self.unsent

    def wake(self) -> None:
        self.told.append("wake")

    def switch(self) -> None:
        self.told.append("switch")

    def drop(self) -> None:
        self.told.append("drop")


class CountingBytes:
    """Random bytes that a test can foretell: no two calls give the same."""

    def __init__(self) -> None:
        self._calls = 0

    def __call__(self, size: int) -> bytes:
        self._calls += 1
        return self._calls.to_bytes(size, "big")


@dataclass(slots=True)
class Desk:
    """A service with everything around it."""

    service: Service
    tracks: FakeTracks
    ports: FakePorts
    deadlines: Deadlines


def make_desk(folder: Path, *, limits: Limits | None = None, timers: Timers | None = None) -> Desk:
    """A service on two tracks: 100 frames of song 1, and 50 of song 2."""
    tracks, ports, deadlines = FakeTracks(folder), FakePorts(), Deadlines()
    tracks.add(song(1, 100), title="One")
    tracks.add(song(2, 50), title="Two")
    service = Service(
        limits=limits or Limits(),
        timers=timers or Timers(),
        tracks=tracks,
        ports=ports,
        deadlines=deadlines,
        random_bytes=CountingBytes(),
    )
    return Desk(service, tracks, ports, deadlines)
