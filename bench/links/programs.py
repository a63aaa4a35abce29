# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs at the ends of a link, each ended with what it started when the measurement is over."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.links.priority import favour_session
from bench.serving import ROOT

PATIENCE: Final = 20.0  # seconds for a program to be ready; a net, never a measure
END_S: Final = 3.0  # seconds for a program to end when it is told to
PAUSE: Final = 0.01  # seconds between two looks


class ProgramError(Exception):
    """A program does not work; the argument is a sentence."""


class Cancelled(Exception):  # noqa: N818 - nothing is wrong
    """The measurement is to end now."""


@contextmanager
def program(
    command: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    log: Path,
    piped: bool = False,
) -> Generator["subprocess.Popen[bytes]"]:
    """A program until the end of the block; raises ProgramError where it cannot be started.

    What it says goes to `log`. `piped`: its input and output are the measurement's.
    """
    pipe = subprocess.PIPE
    with log.open("wb") as file:
        try:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environ,
                stdin=pipe if piped else subprocess.DEVNULL,
                stdout=pipe if piped else file,
                stderr=file,
                start_new_session=True,  # so that its children end with it
            )
        except OSError as error:
            raise ProgramError(f"{command[0]} cannot be started: {error.strerror}.") from error
    favour_session(process.pid)
    try:
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            continue
        if number is signal.SIGKILL:
            break
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def until(
    condition: Callable[[], object], what: str, *, stop: threading.Event, log: Path | None = None
) -> None:
    """Wait for a condition; raises ProgramError where it does not come, Cancelled on `stop`."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if stop.wait(PAUSE):
            raise Cancelled
        if time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip() if log is not None else ""
            raise ProgramError(f"{what} was waited for in vain. {said}".strip())
