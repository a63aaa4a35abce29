# SPDX-License-Identifier: GPL-3.0-or-later
"""The server as a process that is stopped, killed, started anew and succeeded."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench.links.programs import ProgramError
from bench.serving import ROOT

PORT: Final = 55353
GRACE: Final = 20  # seconds that a lost session is kept
DRAIN: Final = 15  # seconds for what is playing to arrive, when a server drains
PATIENCE: Final = 30.0  # seconds to start, or to end when told to; a net, never a measure
LOOK: Final = 0.05  # seconds between two looks
WAITING: Final = 0.4  # of the servers that end have a successor before
DRAINING: Final = 0.8  # and these drain
_LISTENING: Final = re.compile(r'listening on \S+:\d+"')
_WAITING: Final = re.compile("waiting until another server drains")
READY: Final = re.compile(" tracks?; ")
# What no server may ever say.
DEFECTS: Final = re.compile(r"Traceback|defect|Exception", re.IGNORECASE)


class Process:
    """One server process and its log."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        """Start it; raises ProgramError."""
        self.log = log
        self.is_to_end = False  # whoever ends it says so before
        with log.open("wb") as file:
            try:
                self._process = subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file
                )
            except OSError as error:
                raise ProgramError(f"The server cannot be started: {error.strerror}.") from error

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

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def wait(self, timeout: float) -> int | None:
        """Its exit status; None where it has not ended in time."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None


class Servers:
    """The server of the moment, and those that have been.

    Attributes:
        deaths: servers that ended though nobody wanted it, in sentences.
    """

    def __init__(
        self, on_server: Callable[[Sequence[str]], list[str]], music: Path, work: Path
    ) -> None:
        """Nothing runs; `on_server` gives the command that runs words where the server is."""
        words = [sys.executable, "-m", "server", "--verbose", "--state", os.fspath(work / "state")]
        words += ["--grace", str(GRACE), "--drain-timeout", str(DRAIN), "--reuse-port"]
        words += ["--max-sessions-per-address", "0", str(PORT), os.fspath(music)]
        self._command = on_server(words)
        self._work = work
        self._lock = threading.RLock()  # one start or end at a time
        self._all: list[Process] = []
        self._started = 0
        self.deaths: list[str] = []

    @property
    def now(self) -> Process:
        """The server that has the port, or had it last."""
        return self._all[-1]

    @property
    def number(self) -> int:
        """How many there have been."""
        return len(self._all)

    def start(self) -> None:
        """Start a server, and wait until it listens, also for the port; raises ProgramError."""
        with self._lock:
            self._listening(self._new())

    def ready(self) -> None:
        """Wait until it knows its folder; raises ProgramError."""
        if not self.now.says(READY, time.monotonic() + PATIENCE):
            raise ProgramError(f"The server does not get ready. {self.now.said().strip()}")

    def kill(self) -> None:
        """SIGKILL."""
        with self._lock:
            self.now.is_to_end = True
            self.now.send(signal.SIGKILL)
            self.now.wait(PATIENCE)

    def succeed(self, way: float) -> None:
        """Tell the server to end, and have another one on its port; raises ProgramError.

        By `way`, from 0 up to 1, the other one is there before, or comes as soon as it can, to
        a server that drains or to one that leaves at once.
        """
        with self._lock:
            self.now.is_to_end = True
            successor = self._new() if way < WAITING else None
            if successor is not None:
                successor.says(_WAITING, time.monotonic() + PATIENCE)
            self.now.send(signal.SIGTERM if way < DRAINING else signal.SIGINT)
            self._listening(successor or self._new())

    def _new(self) -> Process:
        self._started += 1
        return Process(self._command, self._work / f"server-{self._started}.log")

    def _listening(self, process: Process) -> None:
        """Wait until it listens, and let it be the server of the moment; raises ProgramError."""
        if not process.says(_LISTENING, time.monotonic() + PATIENCE):
            process.send(signal.SIGKILL)
            process.wait(PATIENCE)
            raise ProgramError(f"The server did not start. {process.said().strip()}")
        self._all.append(process)

    def look(self) -> bool:
        """Note whether the server has died; True where it has, and must be started."""
        if not self._lock.acquire(blocking=False):
            return False  # somebody is ending or starting it
        try:
            if self.now.is_to_end or self.now.status is None:
                return False
            self.now.is_to_end = True
            self.deaths.append(f"server {self.number} ended with {self.now.status}")
            return True
        finally:
            self._lock.release()

    def close(self) -> None:
        """Tell all to end, and see that they do."""
        with self._lock:
            for process in self._all:
                if process.status is None:
                    process.is_to_end = True
                    process.send(signal.SIGCONT)
                    process.send(signal.SIGTERM)
            for number, process in enumerate(self._all, 1):
                status = process.wait(PATIENCE)
                if status is None:
                    self.deaths.append(f"server {number} does not end")
                    process.send(signal.SIGKILL)
                    process.wait(PATIENCE)
                elif status not in {0, -signal.SIGKILL}:
                    death = f"server {number} ended with {status}"
                    if death not in self.deaths:
                        self.deaths.append(death)

    def kill_all(self) -> None:
        """End all at once. May be called again."""
        for process in self._all:
            process.is_to_end = True
            process.send(signal.SIGKILL)
            process.wait(PATIENCE)

    def defects(self) -> list[str]:
        """Lines of the logs that no server may say."""
        return [
            f"server {number}: {line}"
            for number, process in enumerate(self._all, 1)
            for line in process.said().splitlines()
            if DEFECTS.search(line)
        ]
