# SPDX-License-Identifier: GPL-3.0-or-later
"""The tracks of the library that a station may play, known by their sound, as its songs.

It follows the library while that changes. Only digests are kept: what else there is to know of a
song is asked for when it is chosen, since a library can have a hundred thousand.
"""

from collections.abc import Callable
from typing import Final, Protocol

from data.index import AudioIndex
from server.library.catalogue import Page
from server.library.errors import TrackUnavailableError
from server.library.sound_file import SoundFile
from server.library.track import Track
from server.station.songs import Song, song_of
from server.station.sources import Source

PAGE: Final = 500  # tracks looked at in one go; then others have their turn


class Tracks(Protocol):
    """The part of the library that stations need."""

    @property
    def revision(self) -> int:
        """Another number whenever the list has changed."""
        ...

    def page(self, after: int, limit: int, query: str = "") -> Page:
        """A stretch of the list."""
        ...

    def track(self, track_id: int) -> Track:
        """A track; raises TrackGone."""
        ...

    def index(self, track_id: int) -> AudioIndex:
        """Where its frames lie; raises TrackUnavailableError."""
        ...

    def open_sound(self, track_id: int) -> SoundFile:
        """Its file; raises TrackUnavailableError."""
        ...


class Repertoire:
    """A station's songs, by their digests.

    Attributes:
        ids: the tracks, for who lists them.
        digests: ascending, so that the same songs are in the same order on every server.
        missing: entries of the playlist that the library lacked when it had all files last.
    """

    def __init__(self, tracks: Tracks, source: Source) -> None:
        """Nothing before the first `follow`."""
        self._tracks = tracks
        self._source = source
        self._revision = -1
        self._by_digest: dict[bytes, int] = {}
        self._problem = ""
        self._was_scanning = False  # when it was followed
        self.missing: tuple[str, ...] = ()
        self.ids: frozenset[int] = frozenset()
        self.digests: tuple[bytes, ...] = ()

    def __len__(self) -> int:
        return len(self.digests)

    def __contains__(self, digest: object) -> bool:
        return digest in self._by_digest

    def __getitem__(self, digest: bytes) -> Song:
        """The song; raises KeyError where its file cannot be had now."""
        song = self.get(digest)
        if song is None:
            raise KeyError(digest)
        return song

    def get(self, digest: bytes) -> Song | None:
        """The song with this audio, if it can be had."""
        track_id = self.track_id(digest)
        try:
            if track_id is not None:
                return self._song(track_id)
        except (TrackUnavailableError, ValueError):
            pass
        return None

    @property
    def is_whole(self) -> bool:
        """Whether these are all, and not only what the library has found so far."""
        is_new = self._revision != self._tracks.revision
        return not is_new and not self._tracks.page(0, 1).scanning

    @property
    def problem(self) -> str:
        """Why the playlist cannot be read any more; "" where it can."""
        return self._source.problem

    def track_id(self, digest: bytes) -> int | None:
        """The track with this audio."""
        return self._by_digest.get(digest)

    def digest_of(self, track_id: int) -> bytes | None:
        """The audio of a track, if it is one of the station's."""
        try:
            return self._tracks.track(track_id).digest if track_id in self.ids else None
        except TrackUnavailableError:
            return None

    def follow(self, pause: Callable[[], None]) -> bool:
        """Look whether the library or the playlist has changed, and take that over.

        `pause` is called now and then: others may have their turn. Whether there is something new
        to tell.
        """
        changed = self._source.look()
        is_first, revision = self._revision < 0, self._tracks.revision
        told, self._problem = self._problem, self._source.problem
        is_done = self._was_scanning and not self._tracks.page(0, 1).scanning
        if revision == self._revision and not changed and not is_done:
            return told != self._problem
        self._revision = revision
        self._was_scanning = False
        by_digest: dict[bytes, int] = {}
        there: set[str] = set()
        ids: list[int] = []
        more, after = True, 0
        while more:
            page = self._tracks.page(after, PAGE)
            for track in page.tracks:
                if track.path in self._source.paths:
                    ids.append(track.id)
                    by_digest.setdefault(track.digest, track.id)
                    there.add(track.path)
            self._was_scanning |= page.scanning
            more = page.more and bool(page.tracks)
            after = page.tracks[-1].id if page.tracks else 0
            if more:
                pause()
        before = len(self.ids)
        self._by_digest, self.ids = by_digest, frozenset(ids)
        self.digests = tuple(sorted(by_digest))
        lacked = self.missing
        if not self._was_scanning:
            self.missing = self._source.missing(there)
        has_more = len(self.ids) != before or self.missing != lacked
        return is_first or has_more or told != self._problem

    def drop(self, digest: bytes) -> None:
        """Do without a song whose file turned out to be of no use, until the library changes."""
        if self._by_digest.pop(digest, None) is not None:
            self.digests = tuple(other for other in self.digests if other != digest)

    def _song(self, track_id: int) -> Song:
        track, index = self._tracks.track(track_id), self._tracks.index(track_id)
        return song_of(index, title=track.title, artist=track.artist, album=track.album)
