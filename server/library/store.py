# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps tracks, indexes, refusals and the next id in SQLite, so that a restart reads no file twice.

Commits reach the kernel at once and the disk at the next checkpoint: a killed server forgets
nothing, and no commit waits for the disk. Checkpoints do, so they have a connection of their own
and belong into a thread.
"""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from server.library.database import LaterError, connect, is_useless
from server.library.errors import LibraryError, StateInUseError
from server.library.outcome import Refused
from server.library.track import Track
from server.library.walk import reason_of
from server.logbook import Logbook

FILE = "library.sqlite3"
LOCK = "library.lock"

_events = Logbook(__name__)


class Store:
    """The library's memory. All methods but `checkpoint` belong to one thread.

    Attributes:
        present: tracks that were there last time.
        gone: tracks that were not.
        refused: path -> why and when a file was refused.
        next_id: above every id ever given.
        changed: is called with the ids of tracks that were written.

    The first four are what was kept when the store was opened; they are not updated.
    """

    def __init__(self, state: Path | None = None) -> None:
        """Open or make the database in the directory `state`; None keeps everything in memory.

        Raises:
            LibraryError: the directory or its database cannot be used, or another server is using
                it.

        A database that is damaged or not ours is set aside. One that only cannot be opened now
        (locked, a full disk) is left alone: a new one would give its ids to other recordings.
        """
        self.present: list[Track] = []
        self.gone: list[Track] = []
        self.refused: dict[str, Refused] = {}
        self.next_id = 1
        self.changed: Callable[[Iterable[int]], None] = _nobody
        self._unsaved: dict[int, bytes] = {}  # indexes that the disk would not take
        self._complained = False
        self._behind = False  # the last checkpoint failed
        self._lock: BinaryIO | None = None
        self._path: Path | None = None
        if state is not None:
            self._lock = _lock(state)
            self._path = state / FILE
        try:
            self._database = self._open_or_begin_anew()
        except BaseException as error:
            if self._lock is not None:
                self._lock.close()
            if isinstance(error, sqlite3.Error):
                raise LibraryError(self._why(error)) from error
            raise

    def _open_or_begin_anew(self) -> sqlite3.Connection:
        try:
            return self._open()
        except sqlite3.Error as error:
            if not is_useless(error):
                raise
            self._set_aside(error)
        return self._open()

    def _open(self) -> sqlite3.Connection:
        database = connect(self._path)
        try:
            self._load(database)
        except BaseException:
            database.close()
            raise
        return database

    def _load(self, database: sqlite3.Connection) -> None:
        present, gone = list[Track](), list[Track]()
        for row in database.execute("SELECT * FROM track ORDER BY id"):
            (present if row[-1] else gone).append(track_of(row))
        refused = {
            os.fsdecode(path): Refused(reason, size, mtime_ns)
            for path, reason, size, mtime_ns in database.execute("SELECT * FROM refused")
        }
        (next_id,) = database.execute("SELECT next_id FROM counter").fetchone()
        self.present, self.gone, self.refused, self.next_id = present, gone, refused, next_id

    def _why(self, error: sqlite3.Error) -> str:
        if self._path is None:
            return f"SQLite does not work here: {error}"
        if isinstance(error, LaterError):
            return (
                f"the library's database {self._path} cannot be used: {error}; start that one, or"
                " give another directory with --state DIR, or none with --state none"
            )
        return (
            f"the library's database {self._path} cannot be opened now ({error}) and is left as it"
            " is: see whether the disk is full or another program has the file, or give another"
            " directory with --state DIR, or none with --state none"
        )

    def _set_aside(self, error: sqlite3.Error) -> None:
        """Move a database that cannot be ours out of the way, with what belongs to it."""
        if self._path is None:
            raise error
        number = 1
        while (aside := self._path.with_name(f"{FILE}.broken-{number}")).exists():
            number += 1
        try:
            self._path.rename(aside)
            for suffix in ("-wal", "-shm"):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        except OSError as failure:
            raise LibraryError(
                f"the library's database {self._path} cannot be used ({error}),"
                f" nor set aside: {reason_of(failure)}",
            ) from error
        _events.warning(
            "library_set_aside",
            "the library's database cannot be used, and was set aside:"
            " every file is read anew and gets a new id",
            path=self._path,
            reason=error,
            aside=aside.name,
        )

    def save(self, track: Track, index: bytes, *, displaced: int | None, next_id: int) -> None:
        """Keep a track that was just read, and the loss of the one that was at its path."""
        path = os.fsencode(track.path)
        saved = self._write(
            ("REPLACE INTO track VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)", [_row(track)]),
            ("REPLACE INTO audio_index VALUES (?, ?)", [(track.id, index)]),
            ("UPDATE track SET present = 0 WHERE id = ?", [(displaced,)]),
            ("DELETE FROM refused WHERE path = ?", [(path,)]),
            ("UPDATE counter SET next_id = ?", [(next_id,)]),
        )
        if saved:
            self._unsaved.pop(track.id, None)
        else:
            self._unsaved[track.id] = index
        self.changed([track.id] if displaced is None else [track.id, displaced])

    def mark(self, ids: Iterable[int], *, present: bool) -> None:
        """Keep that these tracks are there, or are not."""
        rows = [(present, track_id) for track_id in ids]
        self._write(("UPDATE track SET present = ? WHERE id = ?", rows))
        self.changed([track_id for _, track_id in rows])

    def refuse(self, path: str, refused: Refused) -> None:
        """Keep that a file is no MP3, until it changes."""
        row = (os.fsencode(path), refused.reason, refused.size, refused.mtime_ns)
        self._write(("REPLACE INTO refused VALUES (?, ?, ?, ?)", [row]))

    def forgive(self, paths: Iterable[str]) -> None:
        """Forget refusals: the files have vanished or changed."""
        rows = [(os.fsencode(path),) for path in paths]
        self._write(("DELETE FROM refused WHERE path = ?", rows))

    def index(self, track_id: int) -> bytes | None:
        """The index kept for a track, as `AudioIndex.to_bytes()` made it."""
        if (unsaved := self._unsaved.get(track_id)) is not None:
            return unsaved
        try:
            row = self._database.execute(
                "SELECT content FROM audio_index WHERE track = ?",
                (track_id,),
            ).fetchone()
        except sqlite3.Error as error:
            self._complain(error)
            return None
        return None if row is None else row[0]

    def checkpoint(self) -> None:
        """Bring what was committed to the disk. Waits for it: call this in a thread."""
        if self._path is None:
            return
        try:
            with contextlib.closing(sqlite3.connect(self._path, isolation_level=None)) as other:
                other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:
            # The file it is in grows meanwhile, and nothing is lost unless the power fails.
            tell = _events.debug if self._behind else _events.warning
            self._behind = True
            tell(
                "library_behind",
                "the library's database could not be brought to the disk",
                reason=error,
            )
        else:
            self._behind = False

    def close(self) -> None:
        """Bring everything to the disk and let another server have the directory."""
        self._database.close()
        if self._lock is not None:
            self._lock.close()

    def _write(self, *statements: tuple[str, Sequence[tuple[object, ...]]]) -> bool:
        """One transaction. A disk that takes no more costs the memory of it, not the music."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self._complain(error)
            # A full disk has rolled back by itself.
            if self._database.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
            return False
        return True

    def _complain(self, error: sqlite3.Error) -> None:
        tell = _events.debug if self._complained else _events.error
        self._complained = True
        tell(
            "library_failed",
            "the library's database fails: what is new will be forgotten at exit",
            reason=error,
        )


def _nobody(_ids: Iterable[int]) -> None:
    """Whom the changes of a library are told that nobody follows."""


def _lock(state: Path) -> BinaryIO:
    """Take the directory for this server alone: two would give the same id twice."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / LOCK).open("wb")
    except OSError as error:
        raise LibraryError(
            f"the state directory {state} cannot be used: {reason_of(error)}"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise StateInUseError(
            f"another server is using the state directory {state}: give this one its own with"
            " --state DIR, or none with --state none"
        ) from error
    return lock


def _row(track: Track) -> tuple[object, ...]:
    return (
        track.id,
        os.fsencode(track.path),
        track.title,
        track.artist,
        track.album,
        track.duration_ms,
        track.digest,
        track.size,
        track.mtime_ns,
    )


def track_of(row: tuple[Any, ...]) -> Track:
    """The track in a row of the database."""
    track_id, path, title, artist, album, duration_ms, digest, size, mtime_ns, _present = row
    return Track(
        id=track_id,
        path=os.fsdecode(path),
        title=title,
        artist=artist,
        album=album,
        duration_ms=duration_ms,
        digest=digest,
        size=size,
        mtime_ns=mtime_ns,
    )
