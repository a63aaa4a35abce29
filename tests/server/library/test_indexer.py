# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of reading one file, in this process."""

import io
import os
from pathlib import Path
from typing import BinaryIO

import pytest
from typing_extensions import Buffer

from data.index import AudioIndex
from server.library.indexer import read_file
from server.library.outcome import Busy, Indexed, Missing, Outside, Refused, Unreadable
from server.library.walk import NO_FILE
from tests.server.library.files import FRAME, audio, write


def test_every_kind_of_real_file(samples: dict[str, Path]) -> None:
    for kind, path in samples.items():
        outcome = read_file(str(path), settled=False)
        assert isinstance(outcome, Indexed), kind
        index = AudioIndex.from_bytes(outcome.index)
        assert outcome.digest == index.digest
        assert outcome.duration_ms == index.duration_ms > 2900
        assert outcome.size == path.stat().st_size
        assert outcome.mtime_ns == path.stat().st_mtime_ns
        assert outcome.title in {path.stem, "Ground", "Bourree"}


def test_tags_and_exact_duration(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", 1, title="T", artist="A", album="L")
    outcome = read_file(str(path), settled=False)
    assert isinstance(outcome, Indexed)
    assert (outcome.title, outcome.artist, outcome.album) == ("T", "A", "L")
    assert outcome.duration_ms == 10 * 1152 * 1000 // 44100


def test_no_mp3(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"fLaC" + bytes(100))
    status = path.stat()
    outcome = read_file(str(path), settled=False)
    assert outcome == Refused("it is a FLAC file", 104, status.st_mtime_ns)
    path.write_bytes(b"")
    assert isinstance(read_file(str(path), settled=False), Refused)


def test_missing(tmp_path: Path) -> None:
    assert read_file(str(tmp_path / "a.mp3"), settled=False) == Missing()


def test_unreadable(tmp_path: Path) -> None:
    def closed(root: str | None, path: str) -> BinaryIO:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path / "a.mp3", 1)
    assert read_file(str(path), settled=False, opener=closed) == Unreadable("Permission denied")
    (tmp_path / "ring.mp3").symlink_to("ring.mp3")
    outcome = read_file(str(tmp_path / "ring.mp3"), settled=False)
    assert outcome == Unreadable("Too many levels of symbolic links")


def test_what_lies_outside_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere.mp3", 1)
    inside = write(tmp_path / "music/a.mp3", 1)
    (tmp_path / "music/link.mp3").symlink_to("../elsewhere.mp3")
    root = str(inside.parent)
    assert read_file(f"{root}/link.mp3", settled=False, root=root) == Outside()
    assert isinstance(read_file(str(inside), settled=False, root=root), Indexed)
    assert read_file(f"{root}/none.mp3", settled=False, root=root) == Missing()


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    assert read_file(str(tmp_path / "pipe.mp3"), settled=True) == Unreadable(NO_FILE)
    assert read_file("/dev/zero", settled=True) == Unreadable(NO_FILE)


def test_a_file_that_somebody_writes_is_left_until_it_has_settled(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", 1)
    with path.open("ab"):
        assert read_file(str(path), settled=False) == Busy()
        assert isinstance(read_file(str(path), settled=True), Indexed)
    assert isinstance(read_file(str(path), settled=False), Indexed)


class Growing(io.FileIO):
    """A file that somebody makes longer whenever it is read."""

    def readinto(self, buffer: Buffer, /) -> int | None:
        with Path(str(self.name)).open("ab") as file:
            file.write(audio(1))
        return super().readinto(buffer)


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", 1)

    def opener(root: str | None, full: str) -> BinaryIO:
        return io.BufferedReader(Growing(full))

    assert read_file(str(path), settled=True, opener=opener) == Busy()


@pytest.mark.parametrize("length", [1, 4, FRAME, FRAME + 1])
def test_a_stump_is_refused_or_indexed_but_never_fails(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(audio(1)[:length])
    assert isinstance(read_file(str(path), settled=False), Refused | Indexed)
