# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests for the limit of open files, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import logging, os, resource
from pathlib import Path
from server.descriptors import raise_descriptor_limit
from server.log_lines import Form, LineFormatter
hard = {hard}
resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
logging.basicConfig()
logging.getLogger().handlers[0].setFormatter(LineFormatter(Form(for_journal=True)))
before = os.listdir("/proc/self/fd")
raise_descriptor_limit({sessions}, {workers})
assert os.listdir("/proc/self/fd") == before
status = Path("/proc/self/status").read_text()
print(status.partition("FDSize:")[2].split()[0], *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def tried(*, sessions: int, hard: int, workers: int = 1) -> tuple[list[int], str]:
    """[entries of the kernel's table, soft limit, hard limit] behind it, and what was warned of."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(sessions=sessions, hard=hard, workers=workers)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(word) for word in done.stdout.split()], done.stderr


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
class TestDescriptorLimit:
    """How many there may be, and how many the kernel is prepared for."""

    def test_there_is_room_for_two_descriptors_a_session_from_the_beginning(self) -> None:
        (room, soft, hard), said = tried(sessions=450, hard=1024)
        assert room >= 964
        assert (soft, hard) == (1024, 1024)
        assert said == ""

    def test_a_limit_that_is_too_low_is_warned_of_and_no_room_made_beyond(self) -> None:
        (room, soft, _), said = tried(sessions=1000, hard=512)
        assert room == 512
        assert soft == 512
        assert "set max-sessions to 224" in said

    def test_what_is_advised_is_for_all_workers(self) -> None:
        _, said = tried(sessions=1000, hard=512, workers=3)
        assert "need 2064 descriptors in each of 3 workers" in said
        assert "set max-sessions to 672 for all of them" in said

    def test_one_session(self) -> None:
        assert "1 session needs 66" in tried(sessions=1, hard=65)[1]
