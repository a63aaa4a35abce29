# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server process for a measurement, and the line by which every result explains itself."""

import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_LISTENING = re.compile(r'listening on \S+:(\d+)"')


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that is ready, on 127.0.0.1."""

    pid: int
    port: int


@contextmanager
def serving(folder: Path, options: Sequence[str] = ()) -> Generator[Serving]:
    """Run a server on any free port until the block ends; raises RuntimeError if it won't start."""
    command = [sys.executable, "-m", "server", "--host", "127.0.0.1", "--state", "none"]
    command += ["--max-waiting-per-address", "0"]  # all listeners have this one
    process = subprocess.Popen(
        [*command, *options, "0", os.fspath(folder)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Serving(process.pid, _port(process))
    finally:
        process.send_signal(signal.SIGINT)  # SIGTERM would let all songs arrive
        process.communicate()


def _port(process: "subprocess.Popen[str]") -> int:
    said: list[str] = []
    if process.stderr is not None:
        for line in process.stderr:
            said.append(line)
            found = _LISTENING.search(line)
            if found:
                return int(found[1])
    raise RuntimeError("the server did not start:\n" + "".join(said))


def headline(scenario: str, *, seed: int | None = None) -> str:
    """The first line of a result: command, commit, seed, scenario, machine."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    parts = (
        f"# python -m bench {' '.join(sys.argv[1:])}".rstrip(),
        f"commit {described.stdout.strip() or 'unknown'}",
        f"seed {'none' if seed is None else seed}",
        scenario,
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    )
    return "; ".join(parts)
