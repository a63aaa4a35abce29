# SPDX-License-Identifier: GPL-3.0-or-later
"""The server as a process that is stopped, killed, started anew and succeeded."""

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench.links.programs import ProgramError
from bench.process import Process

PORT: Final = 55353
GRACE: Final = 20  # seconds that a lost session is kept
DRAIN: Final = 15  # seconds for what is playing to arrive, when a server drains
PATIENCE: Final = 30.0  # seconds to start, or to end when told to; a net, never a measure
WAITING: Final = 0.4  # of the servers that end have a successor before
DRAINING: Final = 0.8  # and these drain
_LISTENING: Final = re.compile(r'listening on \S+:\d+"')
_WAITING: Final = re.compile("waiting until another server drains")
READY: Final = re.compile(" tracks?; ")
# What no server may ever say.
DEFECTS: Final = re.compile(r"Traceback|defect|Exception", re.IGNORECASE)


class Server(Process):
    """One server process and its log."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        """Start it; raises ProgramError."""
        self.is_to_end = False  # whoever ends it says so before
        super().__init__(command, log, name="The server")


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
        self._all: list[Server] = []
        self._started = 0
        self.deaths: list[str] = []

    @property
    def now(self) -> Server:
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
        self.now.get_ready(READY, PATIENCE)

    def kill(self) -> None:
        """SIGKILL."""
        with self._lock:
            self.now.is_to_end = True
            self.now.end()

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

    def _new(self) -> Server:
        self._started += 1
        return Server(self._command, self._work / f"server-{self._started}.log")

    def _listening(self, process: Server) -> None:
        """Wait until it listens, and let it be the server of the moment; raises ProgramError."""
        if not process.says(_LISTENING, time.monotonic() + PATIENCE):
            process.end()
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
                    process.end()
                elif status not in {0, -signal.SIGKILL}:
                    death = f"server {number} ended with {status}"
                    if death not in self.deaths:
                        self.deaths.append(death)

    def kill_all(self) -> None:
        """End all at once. May be called again."""
        for process in self._all:
            process.is_to_end = True
            process.end()

    def defects(self) -> list[str]:
        """Lines of the logs that no server may say."""
        return [
            f"server {number}: {line}"
            for number, process in enumerate(self._all, 1)
            for line in process.said().splitlines()
            if DEFECTS.search(line)
        ]
