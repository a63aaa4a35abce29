# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the catalogue true to the folder: walks it, follows the watch, takes what was read.

One greenlet walks (in a thread of the hub's pool) and follows what the watch tells; another, of
`Reading`, brings what files came to. Both change catalogue and store between two switches, so
neither ever sees the other's work half done.
"""

import os
import time
from collections.abc import Callable, Iterable

import gevent
from gevent import get_hub
from gevent.event import Event

from server.library.catalogue import Catalogue
from server.library.left_out import LeftOut
from server.library.outcome import (
    Busy,
    Indexed,
    Missing,
    Outcome,
    Outside,
    Refused,
    Unreadable,
)
from server.library.progress import Progress
from server.library.reading import Reading, stamp_of
from server.library.settling import Settling
from server.library.store import Store
from server.library.track import UNNAMED, Track
from server.library.walk import Stamp, Walk, walk
from server.library.watch import Change, Watch, What
from server.library.worker import Worker
from server.logbook import Logbook

_events = Logbook(__name__)

ABSENT = 2.0  # seconds between two looks for the folder itself, whose return no watch tells


class Scanner:
    """The library's eyes.

    Attributes:
        ready: set once the first walk is done and everything it found has been read.
    """

    def __init__(
        self,
        root: str,
        catalogue: Catalogue,
        store: Store,
        worker: Worker,
        *,
        rescan: float,
        quiet: float,
        follow_links: bool,
        stirred: Callable[[], None] = lambda: None,
    ) -> None:
        """Do nothing yet; `rescan` and `quiet` are seconds, see `Library`.

        `stirred` is called whenever `scanning` or `ready` may be otherwise than before.
        """
        self.ready = Event()
        self._root = root
        self._catalogue = catalogue
        self._store = store
        self._rescan = rescan
        self._follow_links = follow_links
        self._stirred = stirred
        self._reading = Reading(
            root,
            worker,
            take=self._take,
            rest=self._on_rest,
            checkpoint=store.checkpoint,
            follow_links=follow_links,
        )
        self._left_out = LeftOut(root, store)
        self._indexed = 0
        self._settling = Settling(quiet, self._stamp)
        self._watch: Watch | None = None
        self._wake = Event()
        self._walks = 0
        self._walking = False
        self._walk_due = 0.0  # on the monotonic clock
        self._walk_rest = 0.0  # until then no walk begins, whatever happens; the same clock
        self._stopped = False
        self._greenlet: gevent.Greenlet[[], None] | None = None

    @property
    def scanning(self) -> bool:
        """Whether files are being looked for or read."""
        return self._walking or len(self._reading) > 0

    @property
    def progress(self) -> Progress:
        """How far the library is."""
        return Progress(
            tracks=len(self._catalogue),
            indexed=self._indexed,
            refused=self._left_out.refused,
            unreadable=self._left_out.unreadable,
            outside=self._left_out.outside,
        )

    def start(self) -> None:
        """Begin, in the hub of the calling thread."""
        self._walking = True
        self._watch = Watch(self._root, self._wake.set)
        self._greenlet = gevent.spawn(self._follow)
        self._reading.start()

    def stop(self) -> None:
        """End everything; waits for nothing that is under way."""
        self._stopped = True
        if self._greenlet is not None:
            self._greenlet.kill()
        self._reading.stop()
        if self._watch is not None:
            self._watch.close()

    def reread(self, path: str) -> None:
        """A file turned out not to be what was indexed: read it again, before all others."""
        self._reading.add_first(path)

    # What is there: the walk.

    def _follow(self) -> None:
        while True:
            if time.monotonic() >= self._walk_due:
                self._look_at_everything()
            for path in self._settling.settle(now=time.monotonic()):
                self._reading.add(path, settled=True)
            due = min(self._walk_due, self._settling.next())
            self._wake.wait(max(0.0, due - time.monotonic()))
            self._wake.clear()
            if self._watch is not None:
                for change in self._watch.read():
                    self._follow_up(change)

    def _look_at_everything(self) -> None:
        self._walking = True
        self._stirred()
        begun = time.monotonic()
        before = self._catalogue.paths()
        try:
            how = {"follow_links": self._follow_links, "enter": self._enter}
            seen: Walk = get_hub().threadpool.apply(walk, (self._root,), how)
        finally:
            self._walking = False
        if self._watch is not None:
            self._watch.covered()
        self._compare(before, seen)
        self._walks += 1
        if self._walks == 1:
            self._left_out.report()
            if not seen.files:
                _events.warning("no_tracks", "there are no MP3 files yet", path=self._root)
        ended = time.monotonic()
        # A walk that takes long must not come to take all the time.
        self._walk_rest = ended + (ended - begun)
        is_there = os.path.isdir(self._root)  # noqa: PTH112 - names are not always text
        rest = self._rescan if is_there else min(ABSENT, self._rescan)
        self._walk_due = max(self._walk_rest, ended + rest)
        self._reading.nudge()

    def _enter(self, folder: str) -> None:
        """Runs in the walk's thread; whoever stops does not wait for its end."""
        if self._stopped or self._watch is None:
            raise gevent.GreenletExit
        self._watch.cover(folder)

    def _compare(self, before: set[str], seen: Walk) -> None:
        """Bring the catalogue up to what a walk has seen; `before` are the paths it had then."""
        # What has been found since the walk began is not missing from it.
        self._lose(path for path in before if path not in seen.files)
        revived: list[int] = []
        for path, stamp in seen.files.items():
            if self._catalogue.at(path) is None:
                track = self._catalogue.revive(path, *stamp)
                if track is not None:
                    revived.append(track.id)
            self._look_at(path, stamp)
        if revived:
            self._store.mark(revived, present=True)
        self._left_out.compare(seen)

    # What has just happened: the watch.

    def _follow_up(self, change: Change) -> None:
        path = change.path
        match change.what:
            case What.STARTED:
                self._wait_for_quiet(path)
            case What.COMPLETE:
                self._reading.drop(path)
                self._settling.forget(path)
                self._reading.add(path)
            case What.TOUCHED:
                stamp = self._stamp(path)
                if stamp is not None:
                    self._look_at(path, stamp)
            case What.GONE:
                self._left_out.forget(path)
                self._lose([path])
            case What.FOLDER_GONE:
                self._lose(self._catalogue.below(path))
                self._reading.drop_below(path)
                self._walk_due = min(self._walk_due, self._walk_rest)
            case What.WALK:
                self._walk_due = min(self._walk_due, self._walk_rest)

    def _look_at(self, path: str, stamp: Stamp) -> None:
        """Have a file read if its stamp is not the one it was read with."""
        track = self._catalogue.at(path)
        known = track.stamp if track else self._left_out.refused_stamp(path)
        if known != stamp:
            self._left_out.forgive(path)
            if path not in self._settling:
                self._reading.add(path)

    def _wait_for_quiet(self, path: str) -> None:
        self._reading.drop(path)
        self._settling.wait(path, now=time.monotonic())

    def _stamp(self, path: str) -> Stamp | None:
        return stamp_of(os.path.join(self._root, path))  # noqa: PTH118 - names are not always text

    # What it came to: the reader.

    def _on_rest(self) -> None:
        if self._walks:
            self.ready.set()
        self._stirred()

    def _take(self, path: str, outcome: Outcome) -> None:
        match outcome:
            case Indexed():
                self._adopt(path, outcome)
            case Refused():
                self._lose([path])
                self._left_out.refuse(path, outcome)
            case Unreadable():
                self._left_out.close(path, outcome.reason)
                self._lose([path])
            case Outside():
                self._left_out.lead_out(path)
                self._lose([path])
            case Missing():
                self._left_out.forget(path)
                self._lose([path])
            case Busy():
                self._wait_for_quiet(path)
                self._wake.set()

    def _adopt(self, path: str, found: Indexed) -> None:
        adoption = self._catalogue.adopt(
            Track(
                id=UNNAMED,
                path=path,
                title=found.title,
                artist=found.artist,
                album=found.album,
                duration_ms=found.duration_ms,
                digest=found.digest,
                size=found.size,
                mtime_ns=found.mtime_ns,
            ),
        )
        self._store.save(
            adoption.track,
            found.index,
            displaced=adoption.displaced,
            next_id=self._catalogue.next_id,
        )
        self._left_out.forget(path)
        self._indexed += 1
        if found.problem:
            _events.info(
                "tags_unreadable",
                "the tags of a file cannot be read",
                path=path,
                reason=found.problem,
            )

    def _lose(self, paths: Iterable[str]) -> None:
        """There are no tracks at these paths."""
        ids: list[int] = []
        for path in paths:
            self._reading.drop(path)
            self._settling.forget(path)
            if (track_id := self._catalogue.retire(path)) is not None:
                ids.append(track_id)
        if ids:
            self._store.mark(ids, present=False)
