# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at what the server keeps: its state directory, and the stations in Redis."""

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

from server.checking.finding import Finding, count, error, good, warning
from server.config import Config
from server.library.database import LaterError, connect_to_look, is_useless
from server.library.store import FILE, LOCK
from server.library.walk import reason_of
from server.station.errors import StationError, StoreAwayError
from server.station.opening import look_at_store

_STATE: Final = "state"
_STORE: Final = "station store"
ROOM: Final = 256 * 1024  # bytes that have to fit: an empty database, and what it writes first
_ELSEWHERE: Final = "give another directory with --state DIR, or none with --state none"


def is_in_use(state: Path | None) -> bool:
    """Whether a server runs that has its numbers there."""
    if state is None:
        return False
    try:
        with (state / LOCK).open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    except OSError:
        pass
    return False


def look_at_state(config: Config, *, running: bool) -> Iterator[Finding]:
    """Whether it can be written to, and what is in it; `running`: a server `is_in_use` there."""
    state = config.state
    if state is None:
        yield good(_STATE, "none: the tracks' numbers are forgotten at the end")
        return
    there = state
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    if not there.is_dir():
        yield error(_STATE, f"{there} is no directory: {_ELSEWHERE}")
        return
    problem = _why_not_written(there, state)
    if problem is not None:
        yield error(_STATE, f"{problem}: {_ELSEWHERE}")
        return
    if running:
        yield warning(
            _STATE,
            f"a server is running with {state}: another one has to wait for its end"
            if config.reuse_port
            else f"a server is running with {state}: another one does not start beside it",
        )
    yield _database(state)


def _why_not_written(there: Path, state: Path) -> str | None:
    """What is wrong with a directory, or one that is to be made there; None: nothing.

    Only who writes learns that a disk is full, or that a file system takes no files (/proc).
    """
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        return f"this user may not write in {there}"
    for path in (state / FILE, state / LOCK):
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            return f"this user may not write {path}"
    try:
        with tempfile.TemporaryFile(dir=there) as file:  # which has no name, where that can be
            file.write(bytes(ROOM))
            file.flush()
    except OSError as problem:
        return f"nothing can be written in {there} ({reason_of(problem)})"
    return None


def _database(state: Path) -> Finding:
    path = state / FILE
    if not path.exists():
        return good(_STATE, f"nothing in {state} yet: the tracks get new numbers")
    try:
        database = connect_to_look(path)
        if database is None:
            return good(_STATE, f"nothing in {path} yet: the tracks get new numbers")
        with closing(database):
            rows = database.execute("SELECT id, digest FROM track WHERE present ORDER BY id")
            tracks = [track_id.to_bytes(8) + digest for track_id, digest in rows]
    except (sqlite3.Error, OSError) as problem:
        reason = reason_of(problem) if isinstance(problem, OSError) else str(problem)
        if isinstance(problem, LaterError):
            return error(_STATE, f"{path}: {reason}; start that one, or {_ELSEWHERE}")
        if isinstance(problem, sqlite3.Error) and is_useless(problem):
            return warning(
                _STATE,
                f"{path} cannot be used ({reason}): the server sets it aside, and every track gets"
                " a new number",
            )
        return error(_STATE, f"{path} cannot be opened now ({reason}): {_ELSEWHERE}")
    mark = sha256(b"".join(tracks)).hexdigest()[:12]
    return good(
        _STATE,
        f"{count(len(tracks), 'track is', 'tracks are')} known in {state}; their numbers: {mark}"
        " (servers that stand in for each other have the same)",
    )


def look_at_station_store(config: Config) -> Iterator[Finding]:
    """Whether Redis answers, and would keep the stations."""
    if config.station_store is None:
        return
    for plan in config.stations:
        try:
            where = look_at_store(config.station_store, plan.name)
        except StoreAwayError as problem:
            yield warning(
                _STORE,
                f"{problem}: a server that starts now begins a schedule of its own for {plan.name},"
                " until Redis is there",
            )
        except StationError as problem:
            yield error(_STORE, str(problem))
        else:
            yield good(_STORE, f"Redis at {where} is there for {plan.name}")
