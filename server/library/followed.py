# SPDX-License-Identifier: GPL-3.0-or-later
"""The library's database, as a process reads it that leaves the writing to another one."""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from server.library.database import connect
from server.library.errors import LibraryError
from server.library.store import FILE, track_of
from server.library.track import Track
from server.logbook import Logbook

AT_ONCE: Final = 256  # tracks read between two looks at anything else

_events = Logbook(__name__)


class FollowedStore:
    """Tracks and indexes, read again whenever somebody tells that they are others.

    SQLite lets any number of processes read what one writes (its write-ahead log), so nobody waits.
    """

    def __init__(self, state: Path) -> None:
        """Open the database in `state`; raises LibraryError, also where there is none yet."""
        self._path = state / FILE
        try:
            self._database = self._open()
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(
                f"the library's database {self._path} cannot be read: {error}"
            ) from error

    def tracks(self) -> Iterator[list[tuple[Track, bool]]]:
        """All that were ever named, some at a time, and whether they are there."""
        rows = self._database.execute("SELECT * FROM track ORDER BY id")
        while some := rows.fetchmany(AT_ONCE):
            yield [(track_of(row), bool(row[-1])) for row in some]

    def those(self, ids: Iterable[int]) -> list[tuple[Track, bool]]:
        """The tracks with these ids, as far as they are known."""
        rows = [
            row
            for track_id in ids
            for row in self._database.execute("SELECT * FROM track WHERE id = ?", (track_id,))
        ]
        return [(track_of(row), bool(row[-1])) for row in rows]

    def index(self, track_id: int) -> bytes | None:
        """The index kept for a track, as `AudioIndex.to_bytes()` made it."""
        try:
            row = self._database.execute(
                "SELECT content FROM audio_index WHERE track = ?", (track_id,)
            ).fetchone()
        except sqlite3.Error as error:
            _events.warning(
                "library_unreadable",
                "the library's database cannot be read",
                reason=error,
            )
            return None
        return None if row is None else row[0]

    def reopen(self) -> None:
        """Another file may be there by now: the first one was set aside. Raises sqlite3.Error."""
        fresh = self._open()
        self._database.close()
        self._database = fresh

    def close(self) -> None:
        """No more reading."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()

    def _open(self) -> sqlite3.Connection:
        os.stat(self._path)  # noqa: PTH116 - or else SQLite makes one, which is not ours to do
        database = connect(self._path)
        database.execute("PRAGMA query_only = ON")
        return database
