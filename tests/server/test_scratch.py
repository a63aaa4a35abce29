# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies made by the kernel: whole, bounded, and EFAULT where a file has been cut short."""

import errno
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.scratch import COPY, Scratch


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    made = Scratch()
    yield made
    made.close()


def mapped(path: Path, content: bytes) -> memoryview:
    path.write_bytes(content)
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def test_several_buffers_are_one(scratch: Scratch) -> None:
    assert bytes(scratch.copy([b"a", bytearray(b"b"), b"", memoryview(b"xcx")[1:2]])) == b"abc"
    assert bytes(scratch.copy([b"d"])) == b"d"
    assert bytes(scratch.copy([])) == b""


@pytest.mark.parametrize("sizes", [(COPY,), (COPY + 1,), (5, COPY), (COPY - 5, 5, 1)])
def test_no_more_is_copied_than_there_is_room_for(scratch: Scratch, sizes: tuple[int, ...]) -> None:
    content = os.urandom(2 * COPY)
    buffers, at = [], 0
    for size in sizes:
        buffers.append(content[at : at + size])
        at += size
    assert scratch.copy(buffers) == content[:COPY]


@pytest.mark.parametrize("left", [0, mmap.PAGESIZE])
def test_a_file_that_was_cut_short_costs_an_error(
    scratch: Scratch, tmp_path: Path, left: int
) -> None:
    content = os.urandom(4 * mmap.PAGESIZE)
    data = mapped(tmp_path / "file", content)
    os.truncate(tmp_path / "file", left)
    if left:  # what is still there may be had
        assert content.startswith(scratch.copy([data]))
    with pytest.raises(OSError, match="address") as error:
        scratch.copy([data[left:]])
    assert error.value.errno == errno.EFAULT
    with pytest.raises(OSError, match="address"):
        scratch.copy([data[2 * mmap.PAGESIZE :], b"behind"])
    assert bytes(scratch.copy([b"and on"])) == b"and on"
