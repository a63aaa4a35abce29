# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are read whole, and what is no such file: nobody waits there, nothing has no end."""

import os
from pathlib import Path

import pytest

from common.small_file import NO_FILE, read_small_file


def reason(path: Path, most: int = 10) -> str | None:
    with pytest.raises(OSError) as error:  # noqa: PT011 its `strerror` is looked at
        read_small_file(path, most)
    assert str(error.value.filename) == str(path)
    return error.value.strerror


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    (tmp_path / "link").symlink_to("file")
    assert read_small_file(tmp_path / "file", 10) == b"0123456789"
    assert read_small_file(str(tmp_path / "link"), 10) == b"0123456789"


@pytest.mark.parametrize(("most", "said"), [(9, "9 bytes"), (1 << 10, "1 KiB"), (3 << 20, "3 MiB")])
def test_a_file_that_is_too_large(tmp_path: Path, most: int, said: str) -> None:
    (tmp_path / "file").write_bytes(bytes(most + 1))
    assert reason(tmp_path / "file", most) == f"it has more than {said}"
    assert read_small_file(tmp_path / "file", most + 1) == bytes(most + 1)


def test_a_file_without_a_size() -> None:
    path = "/proc/self/status"
    assert read_small_file(path, 1 << 16).startswith(b"Name:")


def test_a_pipe_makes_nobody_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert reason(tmp_path / "pipe") == NO_FILE


def test_a_device_and_a_folder(tmp_path: Path) -> None:
    assert reason(Path("/dev/zero")) == NO_FILE
    (tmp_path / "link").symlink_to("/dev/zero")
    assert reason(tmp_path / "link") == NO_FILE
    assert reason(tmp_path) == "Is a directory"
    assert reason(tmp_path / "none") == "No such file or directory"


def test_a_name_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="null"):
        read_small_file("a\0b", 10)


def test_no_descriptor_is_left(tmp_path: Path) -> None:
    def opened() -> list[str]:
        return sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208 names are what is compared

    (tmp_path / "file").touch()
    before = opened()
    read_small_file(tmp_path / "file", 10)
    reason(Path("/dev/zero"))
    assert opened() == before
