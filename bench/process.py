# SPDX-License-Identifier: GPL-3.0-or-later
"""A process of a measurement, and what it says on standard error."""

import contextlib
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.links.programs import ProgramError
from bench.serving import ROOT

LOOK: Final = 0.05  # seconds between two looks
END: Final = 30.0  # seconds for a process that is killed to end; a net, never a measure


class Process:
    """One process and its log."""

    def __init__(
        self, command: Sequence[str], log: Path, *, name: str, is_piped: bool = False
    ) -> None:
        """Start it; raises ProgramError, a sentence about `name`.

        `is_piped`: its input and output are the measurement's; else it has no input, and its output
        goes to the log too.
        """
        self.log = log
        self._name = name
        with log.open("wb") as file:
            try:
                self._process = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    stdin=subprocess.PIPE if is_piped else subprocess.DEVNULL,
                    stdout=subprocess.PIPE if is_piped else file,
                    stderr=file,
                )
            except OSError as error:
                raise ProgramError(f"{name} cannot be started: {error.strerror}.") from error

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    def said(self) -> str:
        """All of its log."""
        return self.log.read_text(errors="replace")

    def says(self, pattern: re.Pattern[str], deadline: float) -> bool:
        """Wait until it has said this; False where it ends before, or time is up."""
        while pattern.search(self.said()) is None:
            if self.status is not None or time.monotonic() > deadline:
                return pattern.search(self.said()) is not None
            time.sleep(LOOK)
        return True

    def get_ready(self, pattern: re.Pattern[str], patience: float) -> None:
        """Wait so many seconds until it has said this; raises ProgramError where it does not."""
        if not self.says(pattern, time.monotonic() + patience):
            raise ProgramError(f"{self._name} does not get ready. {self.said().strip()}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def wait(self, patience: float) -> int | None:
        """Its exit status, as soon as it has ended; None where it does not in so many seconds."""
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """End it at once, and wait for that. May be called again."""
        self.send(signal.SIGKILL)
        self.wait(END)
