# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are being written: when they are looked at, and when they are read."""

import math

from server.library.settling import Settling
from server.library.walk import Stamp

QUIET = 3.0


class Folder:
    """Files by their stamps."""

    def __init__(self) -> None:
        self.files: dict[str, Stamp] = {}
        self.settling = Settling(QUIET, self.files.get)

    def write(self, path: str, size: int) -> None:
        self.files[path] = (size, size)


def test_a_quiet_file_is_read_once() -> None:
    folder = Folder()
    folder.write("a", 1)
    folder.settling.wait("a", now=10.0)
    assert "a" in folder.settling
    assert folder.settling.next() == 13.0
    assert folder.settling.settle(now=12.9) == []
    assert folder.settling.settle(now=13.0) == ["a"]
    assert "a" not in folder.settling
    assert folder.settling.next() == math.inf
    assert folder.settling.settle(now=99.0) == []


def test_one_that_has_changed_is_given_as_long_again() -> None:
    folder = Folder()
    folder.write("a", 1)
    folder.settling.wait("a", now=10.0)
    folder.write("a", 2)
    assert folder.settling.settle(now=14.0) == []
    assert folder.settling.next() == 17.0
    assert folder.settling.settle(now=17.0) == ["a"]


def test_one_that_comes_late_has_changed() -> None:
    folder = Folder()
    folder.settling.wait("a", now=10.0)
    folder.write("a", 1)
    assert folder.settling.settle(now=13.0) == []
    assert folder.settling.settle(now=16.0) == ["a"]


def test_one_that_is_gone_is_not_read() -> None:
    folder = Folder()
    folder.write("a", 1)
    folder.settling.wait("a", now=10.0)
    del folder.files["a"]
    assert folder.settling.settle(now=13.0) == []
    assert "a" not in folder.settling


def test_who_writes_again_is_waited_for_again() -> None:
    folder = Folder()
    for path in ("a", "b"):
        folder.write(path, 1)
        folder.settling.wait(path, now=10.0)
    folder.settling.wait("a", now=12.0)
    assert folder.settling.next() == 13.0
    assert folder.settling.settle(now=13.0) == ["b"]
    assert folder.settling.next() == 15.0


def test_one_that_is_known_to_be_whole_is_not_waited_for() -> None:
    folder = Folder()
    folder.write("a", 1)
    folder.settling.wait("a", now=10.0)
    folder.settling.forget("a")
    folder.settling.forget("never heard of")
    assert "a" not in folder.settling
    assert folder.settling.settle(now=99.0) == []
