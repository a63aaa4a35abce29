# SPDX-License-Identifier: GPL-3.0-or-later
"""The library as the server uses it: pages, tracks, indexes and files, none of which ever waits.

Everything here is called in the thread of the hub. Reading files, walking the folder and bringing
the database to the disk happen elsewhere, meanwhile.
"""

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from gevent.event import Event

from data.index import AudioIndex
from server.library.audio import AudioFile, AudioFiles
from server.library.catalogue import Catalogue, Page
from server.library.errors import LibraryError, TrackChanged, TrackGone
from server.library.eyes import Eyes, Part
from server.library.followed import FollowedStore
from server.library.follower import Follower
from server.library.leader import Leader
from server.library.news import News
from server.library.progress import Progress
from server.library.scanner import Scanner
from server.library.sound_file import SoundFile
from server.library.store import Store
from server.library.track import Track
from server.library.walk import reason_of
from server.library.worker import COMMAND, Worker

RESCAN = 300.0  # seconds between two walks of the folder, for what the watch cannot see
QUIET = 2.0  # seconds without a change after which a file that nobody closed is read
INDEXES = 256  # parsed indexes at hand; some 40 KiB each


class Library:
    """The tracks of one folder."""

    def __init__(
        self,
        root: Path,
        state: Path | None = None,
        *,
        rescan: float = RESCAN,
        quiet: float = QUIET,
        indexes: int = INDEXES,
        follow_links: bool = False,
        command: Sequence[str] = COMMAND,
        part: Part = Part.ALONE,
    ) -> None:
        """Open what is known about a folder; nothing is looked at before `start`.

        Args:
            root: the music folder.
            state: the directory that keeps ids and indexes; None forgets them at exit.
            rescan: seconds between two walks.
            quiet: seconds without a change after which a file is taken to be whole.
            indexes: how many parsed indexes to keep at hand.
            follow_links: out of the folder, too.
            command: runs the indexer.
            part: of several processes that have this folder and `state`.

        Raises:
            LibraryError: the folder is missing or closed, or the state directory cannot be used.
        """
        self._root = os.path.abspath(root)  # noqa: PTH100 - links in it may come to lead elsewhere
        self._inside = os.path.join(self._root, "")  # noqa: PTH118 - names are not always text
        try:
            with os.scandir(self._root):
                pass
        except OSError as error:
            raise LibraryError(
                f"the music folder {root} cannot be used: {reason_of(error)}",
            ) from error
        self._leader: Leader | None = None
        self._store: Store | FollowedStore
        self._eyes: Eyes
        if state is not None and part is Part.FOLLOWS:
            self._store = followed = FollowedStore(state)
            self._catalogue = Catalogue()
            for some in followed.tracks():
                self._catalogue.follow(some)
            self._eyes = Follower(state, self._catalogue, followed)
        else:
            self._store = store = Store(state)
            self._catalogue = Catalogue(store.present, store.gone, store.next_id)
            if state is not None and part is Part.LEADS:
                self._leader = Leader(state, look=self._news, reread=self._reread)
                store.changed = self._leader.changed
            self._eyes = Scanner(
                self._root,
                self._catalogue,
                store,
                Worker(command),
                rescan=rescan,
                quiet=quiet,
                follow_links=follow_links,
                stirred=self._stirred,
            )
        self._follow_links = follow_links
        self._files = AudioFiles(None if follow_links else self._root)
        self._index_limit = indexes
        self._indexes: OrderedDict[tuple[int, int, int], AudioIndex] = OrderedDict()
        self._started = False
        self._closed = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def ready(self) -> Event:
        """Set once the folder has been walked and every file in it been read."""
        return self._eyes.ready

    @property
    def progress(self) -> Progress:
        """How far the library is."""
        return self._eyes.progress

    def start(self) -> None:
        """Begin to walk, watch and read, in the hub of the calling thread; once is enough."""
        if not self._started:
            self._started = True
            self._eyes.start()
            if self._leader is not None:
                self._leader.start()

    def close(self) -> None:
        """End that and bring everything to the disk. May be called again."""
        if not self._closed:
            self._closed = True
            if self._leader is not None:
                self._leader.close()
            self._eyes.stop()
            self._store.close()

    def __len__(self) -> int:
        return len(self._catalogue)

    @property
    def revision(self) -> int:
        """Another number whenever the list of tracks has changed."""
        return self._catalogue.revision

    def page(
        self, after: int, limit: int, query: str = "", within: frozenset[int] | None = None
    ) -> Page:
        """At most `limit` tracks with an id above `after`, of those that match the query.

        `within` are the ids of the tracks that are looked at; None: all.

        After a restart these are the tracks of last time at once, until a walk knows better.
        """
        return self._catalogue.page(
            after=after,
            limit=limit,
            query=query,
            within=within,
            scanning=self._eyes.scanning,
        )

    def index(self, track_id: int) -> AudioIndex:
        """The index of a track.

        Raises:
            TrackGone: no such track.
            TrackChanged: the index that was kept is of no use; the file is being read again.
        """
        track = self.track(track_id)
        # A recording that was read again may lie elsewhere in its file: new tags in front of it.
        key = (track.id, *track.stamp)
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = self._load(track)
            if len(self._indexes) > self._index_limit:
                self._indexes.popitem(last=False)
        self._indexes.move_to_end(key)
        return index

    def open_audio(self, track_id: int) -> AudioFile:
        """A share in the mapped file of a track; the listener releases it.

        Raises:
            TrackGone: no such track, or its file has vanished a moment ago.
            TrackChanged: the file is not the one that was indexed; it is being read again.
            TrackUnavailableError: the file cannot be opened now.
        """
        track = self.track(track_id)
        try:
            return self._files.open(self._inside + track.path, track)
        except TrackChanged:
            self._eyes.reread(track.path)
            raise

    def open_sound(self, track_id: int) -> SoundFile:
        """The file of a track, to be read here and not handed to the kernel; raises as above."""
        track = self.track(track_id)
        root = None if self._follow_links else self._root
        try:
            return SoundFile(root, self._inside + track.path, track)
        except TrackChanged:
            self._eyes.reread(track.path)
            raise

    def track(self, track_id: int) -> Track:
        """The track.

        Raises:
            TrackGone: no such track.
        """
        track = self._catalogue.get(track_id)
        if track is None:
            raise TrackGone(f"there is no track {track_id}")
        return track

    def _load(self, track: Track) -> AudioIndex:
        content = self._store.index(track.id)
        try:
            if content is not None:
                return AudioIndex.from_bytes(content)
        except ValueError:
            # Of an older version of the server, or spoilt.
            pass
        self._eyes.reread(track.path)
        raise TrackChanged("the file is being read again")

    def _stirred(self) -> None:
        if self._leader is not None:
            self._leader.stirred()

    def _news(self, ids: list[int]) -> News:
        return News(ids, self._eyes.scanning, self.ready.is_set(), self.progress)

    def _reread(self, path: str) -> None:
        """A follower wants it: of what is no track here, there is nothing to be read again."""
        if self._catalogue.at(path) is not None:
            self._eyes.reread(path)
