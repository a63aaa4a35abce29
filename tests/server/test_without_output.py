# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands whose standard output is closed do what they are for, and fall over nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("check", "--host", "127.0.0.1", "--state", "none", "0", "music"), 0),
        (("check", "--host", "127.0.0.1", "--state", "none", "0", "nowhere"), 1),
        (("certificate", "--out", "{out}", "music.example"), 0),
        (("tree", "{out}"), 1),
    ],
)
def test_the_exit_status_says_how_it_went(
    tmp_path: Path, words: tuple[str, ...], status: int
) -> None:
    program = [sys.executable, "-m", "server", *(word.format(out=tmp_path) for word in words)]
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *program],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
