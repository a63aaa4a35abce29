# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices what happens to files and folders, by inotify, without a thread.

Every folder has one watch. Anything that happens to a folder asks for a new walk, which is cheap
and right about links and loops; what happens to a file is told as it is.
"""

import contextlib
import enum
import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gevent import get_hub
from inotify_simple import Event, INotify, flags

from server.library.walk import is_hidden, is_mp3, reason_of
from server.logbook import Logbook

_events = Logbook(__name__)


class What(enum.Enum):
    """What has happened to the path of a `Change`."""

    STARTED = enum.auto()  # a file has appeared; somebody may still be writing it
    COMPLETE = enum.auto()  # a file was closed after writing, or moved here
    TOUCHED = enum.auto()  # a file's times or permissions have changed
    GONE = enum.auto()  # a file was deleted or moved away
    FOLDER_GONE = enum.auto()  # the same of a folder, or of a link to one
    WALK = enum.auto()  # only a walk can tell: a folder has appeared, or events were lost


@dataclass(frozen=True, slots=True)
class Change:
    """Something has happened to `path`, relative to the music folder; "" is that folder."""

    what: What
    path: str = ""


_FILE = {
    flags.CREATE: What.STARTED,
    flags.CLOSE_WRITE: What.COMPLETE,
    flags.MOVED_TO: What.COMPLETE,
    flags.ATTRIB: What.TOUCHED,
    flags.MOVED_FROM: What.GONE,
    flags.DELETE: What.GONE,
}
_FOLDER = {
    flags.CREATE: What.WALK,
    flags.MOVED_TO: What.WALK,
    flags.ATTRIB: What.WALK,
    flags.MOVED_FROM: What.FOLDER_GONE,
    flags.DELETE: What.FOLDER_GONE,
}
_SELF = flags.DELETE_SELF | flags.MOVE_SELF | flags.UNMOUNT
_MASK = (
    flags.CREATE
    | flags.CLOSE_WRITE
    | flags.MOVED_TO
    | flags.ATTRIB
    | flags.MOVED_FROM
    | flags.DELETE
    | flags.DELETE_SELF
    | flags.MOVE_SELF
    | flags.ONLYDIR
)


class Watch:
    """The watches of one tree. A walk calls `cover` for each folder and ends with `covered`."""

    def __init__(self, root: str, wake: Callable[[], None]) -> None:
        """Watch nothing yet; `wake` is called in the hub when there is something to `read`.

        It is called once, then not again before the next `read`: whoever is busy walking is not
        called every turn of the loop.
        """
        self._root = root
        self._wake = wake
        self._folders: dict[int, str] = {}  # watch -> relative path
        self._known: set[str] = set()  # the paths in it
        self._covering: dict[int, str] = {}  # the same, as the walk that goes on finds it
        self._complained = False
        self._inotify: INotify | None = None
        try:
            self._inotify = INotify(nonblocking=True)
        except OSError as error:
            self._complain(error)
            return
        self._readable = get_hub().loop.io(self._inotify.fileno(), 1)
        self._readable.start(self._on_readable)

    def cover(self, folder: str) -> None:
        """Watch a folder from now on. May be called from the walk's thread."""
        if self._inotify is None:
            return
        full = os.path.join(self._root, folder)  # noqa: PTH118 - names are not always text
        try:
            # A folder that is watched already gets the same number: this also follows moves.
            self._covering[self._inotify.add_watch(full, _MASK)] = folder
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.ENOMEM}:
                self._complain(error)

    def covered(self) -> None:
        """The walk has ended: forget the folders that it has not come to."""
        stale = self._folders.keys() - self._covering.keys()
        self._folders, self._covering = self._covering, {}
        self._known = set(self._folders.values())
        if self._inotify is not None:
            for watch in stale:
                # The kernel forgets a deleted folder's watch by itself.
                with contextlib.suppress(OSError):
                    self._inotify.rm_watch(watch)

    def read(self) -> list[Change]:
        """What has happened since the last call, oldest first."""
        if self._inotify is None:
            return []
        changes = [change for event in self._events() for change in self._translate(event)]
        self._readable.start(self._on_readable)
        return changes

    def close(self) -> None:
        """Watch nothing any more."""
        if self._inotify is not None:
            self._readable.stop()
            self._readable.close()
            self._inotify.close()
            self._inotify = None

    def _events(self) -> Iterable[Event]:
        return () if self._inotify is None else self._inotify.read(timeout=0)

    def _on_readable(self) -> None:
        self._readable.stop()
        self._wake()

    def _translate(self, event: Event) -> Iterable[Change]:
        if event.mask & flags.Q_OVERFLOW:
            _events.info(
                "changes_lost",
                "more happened in the music folder than the kernel remembers: walking it",
            )
            return (Change(What.WALK),)
        folder = self._folders.get(event.wd)
        if folder is None:
            return ()
        if event.mask & _SELF:
            # Any other folder's parent tells as well.
            return (Change(What.WALK),) if not folder else ()
        if is_hidden(event.name):
            return ()
        path = f"{folder}/{event.name}" if folder else event.name
        is_folder = bool(event.mask & flags.ISDIR) or self._is_linked_folder(event.mask, path)
        if not is_folder and not is_mp3(path):
            return ()
        table = _FOLDER if is_folder else _FILE
        return [Change(what, path) for flag, what in table.items() if event.mask & flag]

    def _is_linked_folder(self, mask: int, path: str) -> bool:
        """Whether a name that is no folder itself leads or led to one."""
        if mask & (flags.DELETE | flags.MOVED_FROM):
            return path in self._known
        if mask & (flags.CREATE | flags.MOVED_TO):
            full = os.path.join(self._root, path)  # noqa: PTH118 - names are not always text
            return os.path.isdir(full)  # noqa: PTH112 - the same
        return False

    def _complain(self, error: OSError) -> None:
        if self._complained:
            return
        self._complained = True
        _events.warning(
            "not_watched",
            "not every folder can be watched (see /proc/sys/fs/inotify):"
            " some changes will be noticed by the periodic walk only",
            reason=reason_of(error),
        )
