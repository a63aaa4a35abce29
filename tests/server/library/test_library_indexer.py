# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the whole library whose indexer dies, or cannot read."""

import os
import signal
import sys
from pathlib import Path

import pytest

from server.library.scanner import Scanner
from tests.server.library.conftest import Opener
from tests.server.library.files import listed, until, write
from tests.server.library.test_worker import MORTAL


class TestTheIndexer:
    """Whatever it does, the library lives."""

    def test_killed_while_idle(self, ready: Opener, music: Path) -> None:
        write(music / "a.mp3", 1)
        library = ready()
        eyes = library._eyes  # pyright: ignore[reportPrivateUsage]
        assert isinstance(eyes, Scanner)
        pid = eyes._reading._worker.pid  # pyright: ignore[reportPrivateUsage]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        write(music / "b.mp3", 2)
        until(lambda: len(library) == 2)

    def test_a_killer_file_is_left_out_and_remembered(
        self,
        ready: Opener,
        music: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        for name in ("a.mp3", "killer.mp3", "z.mp3"):
            write(music / name, 1)
        with ready(command=(sys.executable, "-c", MORTAL)) as library:
            assert listed(library) == {"a.mp3": 1, "z.mp3": 2}
        message = 'path=killer.mp3 reason="the process that reads it died of signal 9"'
        assert message in caplog.text
        caplog.clear()
        with ready() as library:
            assert library.progress.indexed == 0
        assert message in caplog.text

    def test_a_file_that_cannot_be_opened_is_told_once_and_tried_with_each_walk(
        self,
        ready: Opener,
        music: Path,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        # Permissions mean nothing to whoever runs this as root: the indexer is told to be refused.
        (tmp_path / "closed").touch()
        program = f"""
import pathlib
from server.library import indexer, outcome
read_file = indexer.read_file
def read(path, **options):
    closed = pathlib.Path({str(tmp_path / "closed")!r}).exists()
    with open({str(tmp_path / "tries")!r}, "a") as tries:
        tries.write(".")
    return outcome.Unreadable("Permission denied") if closed else read_file(path, **options)
indexer.read_file = read
indexer.main()
"""
        write(music / "a.mp3", 1)
        library = ready(command=(sys.executable, "-c", program), rescan=0.001)
        until(lambda: (tmp_path / "tries").stat().st_size > 3)
        assert library.progress.unreadable == 1
        (line,) = caplog.text.splitlines()
        assert line.endswith('path=a.mp3 reason="cannot be read: Permission denied"')
        (tmp_path / "closed").unlink()
        until(lambda: len(library))
        assert library.progress.unreadable == 0
