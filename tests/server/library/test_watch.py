# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the watch against the kernel's own inotify."""

import errno
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from gevent import socket as gevent_socket
from gevent.event import Event
from inotify_simple import Event as KernelEvent
from inotify_simple import INotify, flags

from server.library.walk import walk
from server.library.watch import Change, Watch, What


def kernel_watches() -> int:
    """How many watches this process has in the kernel."""
    infos = [path.read_text() for path in Path("/proc/self/fdinfo").iterdir() if path.exists()]
    return sum(line.startswith("inotify ") for info in infos for line in info.splitlines())


class Follower:
    """A watch on a folder, and what it has told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.woken = Event()
        self.watch = Watch(str(root), self.woken.set)
        self.cover()

    def cover(self) -> None:
        walk(str(self.root), follow_links=True, enter=self.watch.cover)
        self.watch.covered()

    def next(self) -> list[Change]:
        """Waits for the kernel; then everything up to now."""
        with gevent.Timeout(30):
            self.woken.wait()
        self.woken.clear()
        return self.watch.read()


@pytest.fixture
def follower(music: Path) -> Iterator[Follower]:
    (music / "sub").mkdir()
    (music / "sub/old.mp3").write_bytes(b"old")
    follower = Follower(music)
    yield follower
    follower.watch.close()


def create(root: Path) -> None:
    (root / "sub/new.mp3").write_bytes(b"new")


def append(root: Path) -> None:
    with (root / "sub/old.mp3").open("ab") as file:
        file.write(b"more")


def delete(root: Path) -> None:
    (root / "sub/old.mp3").unlink()


def rename(root: Path) -> None:
    (root / "sub/old.mp3").rename(root / "new.mp3")


def hide(root: Path) -> None:
    (root / "sub/old.mp3").rename(root / "sub/.old.mp3")


def touch(root: Path) -> None:
    os.utime(root / "sub/old.mp3", ns=(1, 1))


def hard_link(root: Path) -> None:
    (root / "new.mp3").hardlink_to(root / "sub/old.mp3")


def soft_link(root: Path) -> None:
    (root / "new.mp3").symlink_to("sub/old.mp3")


def link_to_folder(root: Path) -> None:
    (root / "link").symlink_to("/tmp")  # noqa: S108 - any folder will do


def new_folder(root: Path) -> None:
    (root / "new").mkdir()


def rename_folder(root: Path) -> None:
    (root / "sub").rename(root / "new")


def delete_folder(root: Path) -> None:
    (root / "sub/old.mp3").unlink()
    (root / "sub").rmdir()


def other_files(root: Path) -> None:
    (root / "cover.jpg").write_bytes(b"x")
    (root / "cover.jpg").rename(root / "c.jpg")
    (root / "c.jpg").unlink()
    (root / "._last.mp3").touch()
    (root / ".Trash").mkdir()
    (root / "last.mp3").touch()


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (create, [Change(What.STARTED, "sub/new.mp3"), Change(What.COMPLETE, "sub/new.mp3")]),
        (append, [Change(What.COMPLETE, "sub/old.mp3")]),
        (delete, [Change(What.GONE, "sub/old.mp3")]),
        (rename, [Change(What.GONE, "sub/old.mp3"), Change(What.COMPLETE, "new.mp3")]),
        (touch, [Change(What.TOUCHED, "sub/old.mp3")]),
        (hard_link, [Change(What.STARTED, "new.mp3")]),
        (soft_link, [Change(What.STARTED, "new.mp3")]),
        (link_to_folder, [Change(What.WALK, "link")]),
        (new_folder, [Change(What.WALK, "new")]),
        (rename_folder, [Change(What.FOLDER_GONE, "sub"), Change(What.WALK, "new")]),
        (delete_folder, [Change(What.GONE, "sub/old.mp3"), Change(What.FOLDER_GONE, "sub")]),
        (hide, [Change(What.GONE, "sub/old.mp3")]),
        (other_files, [Change(What.STARTED, "last.mp3"), Change(What.COMPLETE, "last.mp3")]),
    ],
)
def test_what_happens_is_told(
    follower: Follower,
    music: Path,
    act: Callable[[Path], None],
    expected: list[Change],
) -> None:
    act(music)
    seen = follower.next()
    assert sorted(seen, key=str) == sorted(expected, key=str)


def test_a_link_to_a_folder_that_goes(follower: Follower, music: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (music / "link").symlink_to(tmp_path / "elsewhere")
    follower.next()
    follower.cover()
    (tmp_path / "elsewhere/1.mp3").touch()
    assert Change(What.COMPLETE, "link/1.mp3") in follower.next()
    (music / "link").unlink()
    assert follower.next() == [Change(What.FOLDER_GONE, "link")]


def test_a_moved_folder_is_followed_from_the_next_walk_on(follower: Follower, music: Path) -> None:
    (music / "sub").rename(music / "new")
    follower.next()
    follower.cover()
    (music / "new/old.mp3").unlink()
    assert follower.next() == [Change(What.GONE, "new/old.mp3")]


def test_a_folder_moved_away_is_forgotten(follower: Follower, music: Path, tmp_path: Path) -> None:
    (music / "sub").rename(tmp_path / "away")
    follower.next()
    follower.cover()
    (tmp_path / "away/old.mp3").unlink()
    (music / "last.mp3").touch()
    assert {change.path for change in follower.next()} == {"last.mp3"}
    assert kernel_watches() == 1


def test_the_root_itself_goes(follower: Follower, music: Path, tmp_path: Path) -> None:
    music.rename(tmp_path / "away")
    assert follower.next() == [Change(What.WALK)]


def test_nothing_is_called_between_waking_and_reading(follower: Follower, music: Path) -> None:
    create(music)
    with gevent.Timeout(30):
        follower.woken.wait()
    follower.woken.clear()
    append(music)
    # Two turns of the loop in which the kernel has been asked who is readable.
    for _ in range(2):
        left, right = gevent_socket.socketpair()
        with left, right:
            gevent.spawn(left.send, b"x")
            right.recv(1)
    assert not follower.woken.is_set()
    assert len(follower.watch.read()) >= 3
    delete(music)
    assert follower.next() == [Change(What.GONE, "sub/old.mp3")]


def test_lost_events_ask_for_a_walk(
    follower: Follower,
    monkeypatch: pytest.MonkeyPatch,
    music: Path,
) -> None:
    def overflown(_self: INotify, **_options: int) -> list[KernelEvent]:
        return [KernelEvent(-1, flags.Q_OVERFLOW, 0, "")]

    monkeypatch.setattr(INotify, "read", overflown)
    create(music)
    assert follower.next() == [Change(What.WALK)]


def test_a_limit_is_told_once(
    music: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(INotify, "add_watch", full)
    for name in ("a", "b"):
        (music / name).mkdir()
    with caplog.at_level(logging.WARNING):
        follower = Follower(music)
    assert len(caplog.records) == 1
    assert "periodic walk" in caplog.text
    follower.watch.close()


def test_no_inotify_at_all(
    music: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def none(*_arguments: object, **_options: object) -> INotify:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("server.library.watch.INotify", none)
    follower = Follower(music)
    assert follower.watch.read() == []
    assert "Too many open files" in caplog.text
    follower.watch.close()
