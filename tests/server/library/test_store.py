# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of what outlives the server, and of databases that do not deserve it."""

import contextlib
import logging
import os
import resource
import sqlite3
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from server.library.errors import LibraryError
from server.library.outcome import Refused
from server.library.store import FILE, Store
from tests.server.library.files import track


def test_a_new_store_is_empty(state: Path) -> None:
    store = Store(state)
    assert (store.present, store.gone, store.refused, store.next_id) == ([], [], {}, 1)
    store.close()
    assert (state / FILE).exists()


@pytest.mark.parametrize("clean_exit", [True, False])
def test_everything_is_there_again(tmp_path: Path, state: Path, *, clean_exit: bool) -> None:
    store = Store(state)
    one, two, three = track(1, "a\udcff.mp3", title="Ä"), track(2, "b.mp3"), track(3, "b.mp3")
    store.save(one, b"one", displaced=None, next_id=2)
    store.save(two, b"two", displaced=None, next_id=3)
    store.save(three, b"three", displaced=2, next_id=4)
    store.refuse("c\udcfe.mp3", Refused("no", 5, 6))
    store.refuse("d.mp3", Refused("no", 5, 6))
    store.forgive(["d.mp3"])
    if clean_exit:
        store.close()
    else:
        # What a killed server leaves: the files as they are, without a last word.
        left, state = state, tmp_path / "copy"
        state.mkdir()
        for file in left.iterdir():
            (state / file.name).write_bytes(file.read_bytes())
        store.close()
    store = Store(state)
    assert store.present == [one, three]
    assert store.gone == [two]
    assert store.refused == {"c\udcfe.mp3": Refused("no", 5, 6)}
    assert store.next_id == 4
    assert [store.index(n) for n in (1, 2, 3, 4)] == [b"one", b"two", b"three", None]
    store.close()


def test_marks_and_saving_again(state: Path) -> None:
    store = Store(state)
    for n in (1, 2, 3):
        store.save(track(n, f"{n}"), b"old", displaced=None, next_id=n + 1)
    store.mark([1, 2], present=False)
    store.mark([2], present=True)
    store.refuse("3", Refused("no", 5, 6))
    store.save(track(3, "3", title="new"), b"new", displaced=None, next_id=4)
    store.checkpoint()
    store.close()
    store = Store(state)
    assert [found.id for found in store.present] == [2, 3]
    assert [found.id for found in store.gone] == [1]
    assert store.refused == {}
    assert store.present[1].title == "new"
    assert store.index(3) == b"new"
    store.close()


def test_in_memory() -> None:
    store = Store()
    store.save(track(1, "a"), b"one", displaced=None, next_id=2)
    store.checkpoint()
    assert store.index(1) == b"one"
    store.close()
    another = Store()
    assert another.present == []
    another.close()


def foreign(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE track (id INTEGER)")
    database.commit()
    database.close()


def of_schema(path: Path, schema: int) -> None:
    Store(path.parent).close()
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {schema}")
    database.close()


def older(path: Path) -> None:
    of_schema(path, 0)


def torn(path: Path) -> None:
    store = Store(path.parent)
    for n in range(1, 500):
        store.save(track(n, f"{n}"), bytes(500), displaced=None, next_id=n + 1)
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + os.urandom(4096) * (len(content) // 4096 - 1))


def text(path: Path) -> None:
    path.write_text("This is no database. " * 400)


def halved(path: Path) -> None:
    Store(path.parent).close()
    database = sqlite3.connect(path)
    database.execute("DROP TABLE counter")
    database.close()


def no_text(path: Path) -> None:
    store = Store(path.parent)
    store.save(track(1, "a"), b"one", displaced=None, next_id=2)
    store.close()
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("UPDATE track SET title = CAST(x'ff' AS TEXT)")
    database.close()


@pytest.mark.parametrize("spoil", [foreign, older, torn, text, halved, no_text])
def test_a_database_that_cannot_be_ours_is_set_aside(
    state: Path,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Path], None],
) -> None:
    state.mkdir()
    (state / f"{FILE}.broken-1").write_text("an earlier one")
    spoil(state / FILE)
    spoilt = (state / FILE).read_bytes()
    with caplog.at_level(logging.WARNING):
        store = Store(state)
    assert "aside=library.sqlite3.broken-2" in caplog.text
    assert (state / f"{FILE}.broken-2").read_bytes()[:16] == spoilt[:16]
    assert store.present == []
    store.save(track(1, "a"), b"one", displaced=None, next_id=2)
    store.close()
    store = Store(state)
    assert [found.id for found in store.present] == [1]
    store.close()


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextlib.contextmanager
def no_room(_: Path) -> Generator[None]:
    """To a writer this is a full disk: no file may become longer."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@contextlib.contextmanager
def a_folder_in_its_place(path: Path) -> Generator[None]:
    """Which SQLite cannot open."""
    path.rename(path.with_name("elsewhere"))
    path.mkdir()
    yield
    path.rmdir()
    path.with_name("elsewhere").rename(path)


@pytest.mark.parametrize("trouble", [locked, no_room, a_folder_in_its_place])
def test_a_sound_database_that_cannot_be_opened_now_is_left_alone(
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[Path], contextlib.AbstractContextManager[None]],
) -> None:
    monkeypatch.setattr("server.library.database.LOCK_WAIT", 0.0)
    store = Store(state)
    store.save(track(7, "a"), b"seven", displaced=None, next_id=8)
    store.close()
    with (
        trouble(state / FILE),
        pytest.raises(
            LibraryError, match=r"cannot be opened now \(.+--state DIR, or none with --state none"
        ),
    ):
        Store(state)
    assert not list(state.glob("*.broken-*"))
    store = Store(state)  # whose lock was given back
    assert [found.id for found in store.present] == [7]
    assert store.next_id == 8
    store.close()


def test_two_servers_do_not_share_a_state_directory(state: Path) -> None:
    store = Store(state)
    with pytest.raises(
        LibraryError, match=r"another server is using .* --state DIR, or none with --state none"
    ):
        Store(state)
    store.close()
    Store(state).close()


def test_a_state_directory_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match="cannot be used: Not a directory"):
        Store(tmp_path / "file" / "state")


def test_a_disk_that_takes_no_more_costs_memory_only(
    state: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Store(state)
    store.save(track(1, "a"), b"one", displaced=None, next_id=2)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # To a writer this is a full disk: no file may become longer.
    resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, limits[1]))
    try:
        store.save(track(2, "b"), bytes(100_000), displaced=None, next_id=3)
        store.save(track(3, "c"), bytes(100_001), displaced=None, next_id=4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert store.index(1) == b"one"
    assert store.index(2) == bytes(100_000)
    assert len([r for r in caplog.records if r.levelno == logging.ERROR]) == 1
    store.close()
    store = Store(state)
    assert [found.id for found in store.present] == [1]
    store.close()


def test_a_full_database_costs_memory_only(
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    connect = sqlite3.connect

    def small(*arguments: Any, **options: Any) -> sqlite3.Connection:
        database: sqlite3.Connection = connect(*arguments, **options)
        database.execute("PRAGMA max_page_count = 25")  # beyond that, "disk is full"
        return database

    monkeypatch.setattr(sqlite3, "connect", small)
    store = Store(state)
    for n in range(1, 6):
        store.save(track(n, f"{n}"), bytes(60_000), displaced=None, next_id=n + 1)
        store.checkpoint()
    assert [store.index(n) for n in range(1, 6)] == [bytes(60_000)] * 5
    assert caplog.text.count('reason="database or disk is full"') == 1
    store.close()
    store = Store(state)
    assert [found.id for found in store.present] == [1]
    store.close()


def test_a_checkpoint_that_cannot_be_made_is_told_once(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(state)
    away = state.with_name("away")
    for _ in range(2):
        state.rename(away)
        store.checkpoint()
        store.checkpoint()
        away.rename(state)
        store.checkpoint()
    store.close()
    assert len([r for r in caplog.records if r.levelno == logging.WARNING]) == 2


def test_a_database_of_a_later_version_is_left_for_that_one(state: Path) -> None:
    state.mkdir()
    of_schema(state / FILE, 99)
    before = (state / FILE).read_bytes()
    with pytest.raises(LibraryError, match=r"a later version .*--state"):
        Store(state)
    assert (state / FILE).read_bytes() == before
    assert not list(state.glob("*broken*"))
