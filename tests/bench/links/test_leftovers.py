# SPDX-License-Identifier: GPL-3.0-or-later
"""An interrupted measurement leaves no file and no process behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.serving import ROOT
from tests.bench.links.test_trial import can_run

PATIENCE = 60.0  # seconds; a net under a hang


def until_exists(folder: Path, pattern: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not any(folder.glob(pattern)):
        assert process.poll() is None, "the measurement has ended before"
        assert time.monotonic() < deadline, f"no {pattern}"
        time.sleep(0.01)


def processes_with(text: bytes) -> list[str]:
    """The commands that have it in their environment."""
    found: list[str] = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if text in environ.read_bytes():
                found.append(environ.with_name("cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it has ended meanwhile
    return found


@can_run
@pytest.mark.slow
@pytest.mark.needs_sound
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["links-sound-*/socket", "links-run-*/client.log"])
def test_nothing_is_left_behind(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    command = [sys.executable, "-m", "bench", "links", "--scenarios", "W", "--cc", "reno"]
    process = subprocess.Popen(
        [*command, "--players", "antiphon", "--song-seconds", "60"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        # Whoever runs the tests in the background may ignore it, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    try:
        until_exists(tmp_path, moment, process)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 130
    finally:
        process.kill()
        process.wait()
    assert list(tmp_path.iterdir()) == []
    assert processes_with(os.fsencode(tmp_path)) == []
