# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that are no tracks, and the one line that the operator reads about each."""

from collections.abc import Iterable

from server.library.outcome import Refused
from server.library.store import Store
from server.library.walk import Stamp, Walk
from server.logbook import Logbook

MANY = 20  # warnings of one kind, one line each; what is above is counted
OUTSIDE = "it leads out of the music folder, and --follow-links was not given"

_events = Logbook(__name__)


class LeftOut:
    """Files that were refused, kept in the store, and what cannot be read or leads out."""

    def __init__(self, root: str, store: Store) -> None:
        """Begin with what was refused in earlier runs."""
        self._root = root
        self._store = store
        self._refused = dict(store.refused)
        self._unreadable: dict[str, str] = {}  # path -> reason
        self._outside: set[str] = set()  # links

    @property
    def refused(self) -> int:
        """How many files are no MP3."""
        return len(self._refused)

    @property
    def unreadable(self) -> int:
        """How many files and folders cannot be looked at."""
        return len(self._unreadable)

    @property
    def outside(self) -> int:
        """How many links lead out of the music folder."""
        return len(self._outside)

    def refused_stamp(self, path: str) -> Stamp | None:
        """The stamp with which a file was refused, if it was."""
        refused = self._refused.get(path)
        return None if refused is None else refused.stamp

    def refuse(self, path: str, refused: Refused) -> None:
        """A file is no MP3, until it changes."""
        self._unreadable.pop(path, None)
        self._refused[path] = refused
        self._store.refuse(path, refused)
        self._warn(path, refused.reason)

    def close(self, path: str, reason: str) -> None:
        """A file cannot be opened now. Each walk tries again, and this is told once."""
        if path not in self._unreadable:
            self._warn(path, f"cannot be read: {reason}")
        self._unreadable[path] = reason

    def lead_out(self, path: str) -> None:
        """A link leads out of the music folder. Told once."""
        if path not in self._outside:
            self._warn(path, OUTSIDE)
        self._outside.add(path)

    def forgive(self, path: str) -> None:
        """A file that was refused has changed or vanished."""
        self._forgive([path])

    def forget(self, path: str) -> None:
        """A file is a track, or is no longer there."""
        self._unreadable.pop(path, None)
        self._outside.discard(path)
        self._forgive([path])

    def compare(self, seen: Walk) -> None:
        """A walk has ended: forget what it has not seen, tell what it could not look at."""
        self._forgive([path for path in self._refused if path not in seen.files])
        problems = dict(seen.problems)
        fresh = [path for path in problems if path not in self._unreadable]
        for path in fresh[:MANY]:
            self._warn(path, f"cannot be read: {problems[path]}")
        if len(fresh) > MANY:
            _events.warning(
                "more_unreadable",
                "{files} more files or folders cannot be read",
                files=len(fresh) - MANY,
            )
        links = sorted(set(seen.outside) - self._outside)
        for path in links[:MANY]:
            self._warn(path, OUTSIDE)
        if len(links) > MANY:
            _events.warning(
                "more_outside",
                "{files} more links lead out of the music folder",
                files=len(links) - MANY,
            )
        self._outside = set(seen.outside)
        closed = {path: why for path, why in self._unreadable.items() if path in seen.files}
        self._unreadable = {**closed, **problems}

    def report(self) -> None:
        """Say again what was refused in earlier runs: the operator of today may not know."""
        for path, refused in list(self._refused.items())[:MANY]:
            self._warn(path, refused.reason)
        if len(self._refused) > MANY:
            _events.warning(
                "more_left_out",
                "{files} more files are left out: no MP3",
                files=len(self._refused) - MANY,
            )

    def _forgive(self, paths: Iterable[str]) -> None:
        known = [path for path in paths if self._refused.pop(path, None) is not None]
        if known:
            self._store.forgive(known)

    def _warn(self, path: str, reason: str) -> None:
        if path:
            _events.warning("left_out", "a file or folder is left out", path=path, reason=reason)
        else:
            _events.warning(
                "folder_unreadable",
                "the music folder cannot be looked at",
                path=self._root,
                reason=reason,
            )
