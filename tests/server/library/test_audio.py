# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of mapped files: shared, let go, and found out when they are no longer what they were."""

import errno
import mmap
import os
import socket
from pathlib import Path
from typing import ClassVar

import pytest

from server.library.audio import ADVICE_LASTS, BLOCK, AudioFile, AudioFiles
from server.library.errors import TrackChanged, TrackGone, TrackUnavailableError
from server.library.track import Track
from tests.server.library.files import audio, track, write


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Mapping(mmap.mmap):
    """A mapping that remembers what the kernel was advised to read in."""

    advised: ClassVar[list[tuple[int, int]]] = []

    def madvise(self, option: int, start: int = 0, length: int = 0, /) -> None:
        assert option == mmap.MADV_WILLNEED
        self.advised.append((start, length))
        super().madvise(option, start, length)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "a.mp3", 1)


def described(path: Path) -> Track:
    """The track of a file as it is now."""
    status = path.stat()
    fields = track(1, path.name)
    return Track(
        id=fields.id,
        path=fields.path,
        title=fields.title,
        artist=fields.artist,
        album=fields.album,
        duration_ms=fields.duration_ms,
        digest=fields.digest,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
    )


def sent(file: AudioFile, start: int, end: int) -> bytes:
    """What a listener gets of these bytes: the kernel alone reads them."""
    left, right = socket.socketpair()
    with left, right:
        left.sendmsg([file.data[start:end]])
        return right.recv(end - start, socket.MSG_WAITALL)


def test_listeners_share_one_mapping(path: Path) -> None:
    files = AudioFiles()
    one, two = files.open(str(path), described(path)), files.open(str(path), described(path))
    assert one.data is two.data
    assert one.size == len(audio(1))
    assert len(files) == 1
    one.release()
    one.release()
    assert len(files) == 1
    assert sent(two, 417, 834) == audio(1)[417:834]
    two.advise(0, 10)
    two.advise(417, 1 << 40)
    two.advise(1 << 40, 417)
    two.release()
    two.advise(0, 10)
    assert len(files) == 0


def test_descriptors_are_given_back(path: Path) -> None:
    files = AudioFiles()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only the count matters
    file = files.open(str(path), described(path))
    assert len(os.listdir("/proc/self/fd")) == before + 1  # noqa: PTH208 - the same
    file.release()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - the same


def test_a_slice_under_way_outlives_the_release(path: Path) -> None:
    files = AudioFiles()
    file = files.open(str(path), described(path))
    under_way = file.data[:417]
    file.release()
    left, right = socket.socketpair()
    with left, right:
        left.sendmsg([under_way])
        assert right.recv(417, socket.MSG_WAITALL) == audio(1)[:417]


def test_a_file_that_is_gone(path: Path) -> None:
    known = described(path)
    path.unlink()
    with pytest.raises(TrackGone):
        AudioFiles().open(str(path), known)
    path.parent.joinpath("file").touch()
    with pytest.raises(TrackGone):
        AudioFiles().open(str(path.parent / "file" / "a.mp3"), known)


def test_a_file_that_is_another(path: Path) -> None:
    known = described(path)
    files = AudioFiles()
    os.utime(path, ns=(1, 1))
    with pytest.raises(TrackChanged, match="not the one that was indexed"):
        files.open(str(path), known)
    path.unlink()
    path.mkdir()
    with pytest.raises(TrackChanged, match="no longer a file"):
        files.open(str(path), known)
    assert len(files) == 0


def test_a_link_out_that_was_put_in_the_place_of_a_file(path: Path, tmp_path: Path) -> None:
    known, files = described(path), AudioFiles(str(tmp_path / "music"))
    inside = tmp_path / "music" / path.name
    inside.parent.mkdir()
    inside.symlink_to(path)  # the same to the byte and the nanosecond
    with pytest.raises(TrackChanged):
        files.open(str(inside), known)
    inside.unlink()
    path.rename(inside)
    files.open(str(inside), known).release()


def test_a_full_table_of_files_is_not_the_tracks_fault(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    files = AudioFiles()
    known = described(path)
    monkeypatch.setattr(os, "open", full)
    with pytest.raises(TrackUnavailableError, match="Too many open files") as caught:
        files.open(str(path), known)
    assert type(caught.value) is TrackUnavailableError
    monkeypatch.undo()
    files.open(str(path), known).release()


def test_a_file_replaced_or_deleted_while_it_plays_plays_on(path: Path) -> None:
    files = AudioFiles()
    old = files.open(str(path), described(path))
    write(path.with_name("new"), 2).rename(path)
    old.check()
    assert sent(old, 0, 417) == audio(1)[:417]
    new = files.open(str(path), described(path))
    assert sent(new, 0, 417) == audio(2)[:417]
    path.unlink()
    old.check()
    old.release()
    new.release()
    assert len(files) == 0


def test_a_file_written_to_while_it_plays_is_found_out(path: Path) -> None:
    files = AudioFiles(clock=Time())  # which stands still
    one, two = files.open(str(path), described(path)), files.open(str(path), described(path))
    one.check()
    with path.open("ab") as writer:
        writer.write(b"more")
    for file in (one, two, one):
        with pytest.raises(TrackChanged):
            file.check()
    one.release()
    two.release()


@pytest.mark.parametrize("has_successor", [True, False])
def test_a_file_written_to_and_then_replaced_or_deleted_is_found_out(
    path: Path, *, has_successor: bool
) -> None:
    file = AudioFiles().open(str(path), described(path))
    path.write_bytes(audio(3, frames=50))
    if has_successor:
        write(path.with_name("new"), 2).rename(path)
    else:
        path.unlink()
    with pytest.raises(TrackChanged):
        file.check()
    file.release()


def test_a_block_is_advised_once_for_all_its_listeners(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(bytes(2 * BLOCK + 1))
    time = Time()
    files = AudioFiles(clock=time)
    advised: list[tuple[int, int]] = []
    monkeypatch.setattr("server.library.audio.mmap.mmap", Mapping)
    monkeypatch.setattr(Mapping, "advised", advised)
    one, two = files.open(str(path), described(path)), files.open(str(path), described(path))
    one.advise(0, 1)
    two.advise(417, BLOCK)  # its first bytes were advised a moment ago
    assert advised == [(0, BLOCK), (BLOCK, BLOCK)]
    time.now += ADVICE_LASTS
    two.advise(2 * BLOCK, BLOCK)
    one.advise(BLOCK - 1, 1)
    assert advised[2:] == [(2 * BLOCK, 1), (0, BLOCK)]
    one.release()
    two.release()


def test_a_file_cut_short_while_it_plays_kills_nobody(path: Path) -> None:
    path.write_bytes(audio(1, frames=100))
    file = AudioFiles().open(str(path), described(path))
    os.truncate(path, 0)
    with pytest.raises(OSError, match="Bad address"):
        sent(file, 8192, 12288)
    with pytest.raises(TrackChanged):
        file.check()
    file.release()
