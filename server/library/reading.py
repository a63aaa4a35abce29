# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that wait to be read, and the greenlet that takes them to the worker one by one."""

import os
from collections import OrderedDict
from collections.abc import Callable

import gevent
from gevent import get_hub
from gevent.event import Event

from server.library.outcome import Missing, Outcome, Refused
from server.library.walk import Stamp
from server.library.worker import KillerFileError, NoWorkerError, Worker
from server.logbook import Logbook

IDLE = 10.0  # seconds without a file to read after which the indexer's process is let go
PAUSE = 10.0  # seconds before the indexer is started again where the machine had no room for it
CHECKPOINT = 500  # files read between two checkpoints of the store

_events = Logbook(__name__)


def stamp_of(path: str) -> Stamp | None:
    """The stamp of the file at an absolute path; None if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - names are not always text
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


class Reading:
    """A queue without doubles, so never longer than the folder has files."""

    def __init__(
        self,
        root: str,
        worker: Worker,
        *,
        take: Callable[[str, Outcome], None],
        rest: Callable[[], None],
        checkpoint: Callable[[], None],
        follow_links: bool = False,
        idle: float = IDLE,
        pause: float = PAUSE,
    ) -> None:
        """Read nothing yet.

        Args:
            root: the music folder.
            worker: reads a file.
            take: called with each path and what came of it, unless it was dropped meanwhile.
            rest: called whenever there is nothing more to read.
            checkpoint: called in a thread now and then, after some files and before a rest.
            follow_links: out of the music folder, too.
            idle: seconds without a file to read after which the indexer's process is let go.
            pause: seconds before the indexer is started again where the machine had no room for it.
        """
        self._root = root
        self._worker = worker
        self._within = None if follow_links else root
        self._take = take
        self._rest = rest
        self._checkpoint = checkpoint
        self._idle = idle
        self._pause = pause
        self._waiting: OrderedDict[str, bool] = OrderedDict()  # path -> whether it has settled
        self._current = ""  # what the worker is at; "" is nothing
        self._dropped = False  # nobody wants to know any more what comes of it
        self._work = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def __len__(self) -> int:
        return len(self._waiting) + bool(self._current)

    def start(self) -> None:
        """Begin, in the hub of the calling thread."""
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """End, in the middle of a file if need be."""
        if self._greenlet is not None:
            self._greenlet.kill()
        self._worker.stop()

    def add(self, path: str, *, settled: bool = False) -> None:
        """Have a file read after all others, or when its turn comes if it waits already."""
        self._waiting.setdefault(path, settled)
        self._work.set()

    def add_first(self, path: str) -> None:
        """Have a file read before all others."""
        self.add(path)
        self._waiting.move_to_end(path, last=False)

    def nudge(self) -> None:
        """Look whether there is anything to do, and call `rest` if not."""
        self._work.set()

    def drop(self, path: str) -> None:
        """Do not read a file; if it is being read, what comes of it is no longer true."""
        self._waiting.pop(path, None)
        if self._current == path:
            self._dropped = True

    def drop_below(self, folder: str) -> None:
        """The same for all files below a folder."""
        prefix = f"{folder}/"
        if self._current.startswith(prefix):
            self._dropped = True
        for path in [path for path in self._waiting if path.startswith(prefix)]:
            del self._waiting[path]

    def _run(self) -> None:
        since_checkpoint = 0
        while True:
            if since_checkpoint >= (CHECKPOINT if self._waiting else 1):
                get_hub().threadpool.apply(self._checkpoint)
                since_checkpoint = 0
            elif self._waiting:
                self._read(*self._waiting.popitem(last=False))
                since_checkpoint += 1
            else:
                self._rest()
                self._work.clear()
                # At first with the process at hand, then without.
                if not self._work.wait(self._idle if self._worker.pid else None):
                    self._worker.stop()

    def _read(self, path: str, settled: bool) -> None:  # noqa: FBT001 - an item of the queue
        self._current, self._dropped = path, False
        full = os.path.join(self._root, path)  # noqa: PTH118 - names are not always text
        outcome: Outcome
        try:
            outcome = self._worker.index(full, settled=settled, root=self._within)
        except NoWorkerError as error:
            _events.warning(
                "no_indexer",
                "no file can be read just now: the indexer cannot be started",
                reason=error,
            )
            self._current = ""
            if not self._dropped:
                self.add_first(path)
            gevent.sleep(self._pause)
            return
        except KillerFileError as error:
            stamp = stamp_of(full)
            outcome = Refused(str(error), *stamp) if stamp else Missing()
        self._current = ""
        if not self._dropped:
            self._take(path, outcome)
