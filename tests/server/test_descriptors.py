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
hard = {hard}
resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
logging.basicConfig(format="%(message)s")
before = os.listdir("/proc/self/fd")
raise_descriptor_limit({sessions})
assert os.listdir("/proc/self/fd") == before
status = Path("/proc/self/status").read_text()
print(status.partition("FDSize:")[2].split()[0], *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def tried(*, sessions: int, hard: int) -> tuple[list[int], str]:
    """[entries of the kernel's table, soft limit, hard limit] behind it, and what was warned of."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(sessions=sessions, hard=hard)],
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
