# SPDX-License-Identifier: GPL-3.0-or-later
"""The library's SQLite database: its schema, how it is opened, and when it is of no use."""

import sqlite3
from pathlib import Path
from typing import Final

APPLICATION: Final = 0x416E7470  # "Antp": tells our database from anybody else's
SCHEMA: Final = 1
TABLES: Final = frozenset({"track", "audio_index", "refused", "counter"})
LOCK_WAIT = 5.0  # seconds for another program to finish with the database

_CREATE: Final = """
CREATE TABLE track (
    id INTEGER PRIMARY KEY, path BLOB NOT NULL, title TEXT NOT NULL, artist TEXT NOT NULL,
    album TEXT NOT NULL, duration_ms INTEGER NOT NULL, digest BLOB NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, present INTEGER NOT NULL
);
CREATE TABLE audio_index (track INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE refused (
    path BLOB PRIMARY KEY, reason TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL
);
CREATE TABLE counter (next_id INTEGER NOT NULL);
INSERT INTO counter VALUES (1);
"""
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY: Final = 0xFF  # the bits of SQLite's extended codes that say what kind of error it is


class ForeignError(sqlite3.DatabaseError):
    """A sound database of something else, or of an earlier version."""


class LaterError(sqlite3.DatabaseError):
    """Our database, of a later version: its numbers are still wanted when that one comes back."""


def connect(path: Path | None) -> sqlite3.Connection:
    """Open the database, and make it where there is none; None is one in memory.

    Raises:
        ForeignError: it is not ours.
        LaterError: it is ours, but this version does not know how to read it.
        sqlite3.Error: it cannot be opened; see `is_useless`.
    """
    database = sqlite3.connect(path or ":memory:", timeout=LOCK_WAIT, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA wal_autocheckpoint = 0")
        if not _holds_a_library(database):
            database.executescript(
                f"BEGIN; {_CREATE} PRAGMA application_id = {APPLICATION};"
                f" PRAGMA user_version = {SCHEMA}; COMMIT;",
            )
    except BaseException:
        database.close()
        raise
    return database


def connect_to_look(path: Path) -> sqlite3.Connection | None:
    """Open the database at `path` without a change to it; None where nothing is in it yet.

    Raises as `connect` does.
    """
    # What SQLite keeps beside a database that is in use, it would make where there is none.
    alone = "" if Path(f"{path}-wal").exists() else "&immutable=1"
    uri = f"{path.absolute().as_uri()}?mode=ro{alone}"
    database = sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT, isolation_level=None)
    try:
        if _holds_a_library(database):
            return database
    except BaseException:
        database.close()
        raise
    database.close()
    return None


def _holds_a_library(database: sqlite3.Connection) -> bool:
    """False where there is nothing in it yet; raises ForeignError and LaterError."""
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (schema,) = database.execute("PRAGMA user_version").fetchone()
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema")}
    if not tables:
        return False
    if application == APPLICATION and schema > SCHEMA:
        raise LaterError("a later version of the server has written it")
    if (application, schema) != (APPLICATION, SCHEMA) or not tables >= TABLES:
        raise ForeignError(f"not a library of schema {SCHEMA}")
    return True


def is_useless(error: sqlite3.Error) -> bool:
    """Whether the database is damaged or not ours.

    Everything else (locked, no room, no permission) says nothing about what is in it.
    """
    if isinstance(error, LaterError):
        return False
    # Python's own complaint about a text that is none comes without a code.
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return isinstance(error, ForeignError) or code & _PRIMARY in _DAMAGED
