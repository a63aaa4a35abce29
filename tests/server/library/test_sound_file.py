# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of files that the server reads itself: what is read is what was indexed, or nothing is."""

import os
from pathlib import Path

import pytest

from server.library.errors import TrackChanged, TrackGone, TrackUnavailableError
from server.library.sound_file import AHEAD, SoundFile
from server.library.track import Track
from tests.server.library.files import track


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp3"
    path.write_bytes(bytes(range(256)) * 16)
    return path


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


def opened(path: Path) -> SoundFile:
    return SoundFile(None, str(path), described(path))


def test_pieces_are_put_together(path: Path) -> None:
    file = opened(path)
    assert file.read([(1, 3), (300, 2)]) == bytes([1, 2, 3, 44, 45])
    assert file.read([]) == b""
    file.close()
    file.close()


def test_a_file_that_is_cut_short(path: Path) -> None:
    file = opened(path)
    os.truncate(path, 100)
    with pytest.raises(TrackChanged):
        file.read([(90, 20)])
    with pytest.raises(TrackChanged):
        file.read([(0, 20)])
    file.close()


def test_a_file_that_is_written_to(path: Path) -> None:
    file = opened(path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(TrackChanged):
        file.read([(0, 20)])
    file.close()


def test_a_file_that_is_deleted_or_replaced_lives_on(path: Path, tmp_path: Path) -> None:
    file = opened(path)
    other = tmp_path / "b.mp3"
    other.write_bytes(b"other")
    other.rename(path)
    assert file.read([(0, 3)]) == bytes([0, 1, 2])
    path.unlink()
    assert file.read([(AHEAD, 0), (4, 1)]) == b"\x04"
    file.close()


def test_a_file_that_is_another_one(path: Path) -> None:
    known = described(path)
    path.write_bytes(b"other")
    with pytest.raises(TrackChanged):
        SoundFile(None, str(path), known)


def test_a_file_that_is_gone(path: Path) -> None:
    known = described(path)
    path.unlink()
    with pytest.raises(TrackGone):
        SoundFile(None, str(path), known)


def test_what_is_no_file(path: Path) -> None:
    known = described(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(TrackChanged):
        SoundFile(None, str(path), known)


def test_a_link_out_of_the_folder(path: Path, tmp_path: Path) -> None:
    inside = tmp_path / "music"
    inside.mkdir()
    link = inside / "a.mp3"
    link.symlink_to(path)
    known = described(link)
    with pytest.raises(TrackChanged):
        SoundFile(str(inside), str(link), known)
    SoundFile(None, str(link), known).close()


def test_a_file_that_cannot_be_read(path: Path) -> None:
    file = opened(path)
    file.close()
    with pytest.raises(TrackUnavailableError):
        file.read([(0, 1)])


def test_no_descriptor_is_left_behind(path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    known = described(path)
    os.utime(path, ns=(1, 1))
    for _ in range(3):
        with pytest.raises(TrackChanged):
            SoundFile(None, str(path), known)
    opened(path).close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
