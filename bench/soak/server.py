# SPDX-License-Identifier: GPL-3.0-or-later
"""The server of a soak: on ports that a proxy can have too, and counting what is in itself."""

import contextlib
import os
import random
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from bench.serving import ROOT
from bench.soak.proxy import BACK, FRONT

DATA_PORTS: Final = 8
SELDOM: Final = (20_000, 32_000)  # ports that the kernel's own choice leaves alone
TRIES: Final = 50
END: Final = 20.0  # seconds
_LISTENING: Final = re.compile(r"listening on ")
_DEFECT: Final = re.compile(r"Traceback|defect", re.IGNORECASE)


class SoakError(Exception):
    """The soak cannot go on; the argument is a sentence."""


class WatchedServer:
    """A server on BACK.

    Attributes:
        ports: the control port, then the data ports.
        own: where it tells of itself.
        defects: lines that it should not have said.
    """

    def __init__(self, music: Path, own: Path) -> None:
        """Start it and wait until it listens; raises SoakError."""
        self.own = own
        self.defects: list[str] = []
        self.ports = _free_ports(1 + DATA_PORTS)
        words = [sys.executable, "-m", "bench.soak.watched", "server", str(own)]
        words += ["--host", BACK, "--state", "none", "--grace", "1", "--insecure"]
        words += ["--max-sessions-per-address", "0", "--max-waiting-per-address", "0"]
        words += ["--data-ports", f"{self.ports[1]}-{self.ports[-1]}", str(self.ports[0])]
        self._process = subprocess.Popen(
            [*words, os.fspath(music)], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        self._known = threading.Event()  # whether it listens, or has ended
        self._listens = False
        self._said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._known.wait(END) or not self._listens:
            self.kill()
            raise SoakError(f"the server does not start; it said: {self._said or 'nothing'}")

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return BACK, self.ports[0]

    def close(self) -> str | None:
        """End it; a sentence where it did not end as it should."""
        if self._process.poll() is not None:
            return f"the server has ended with {self._process.returncode}"
        self._process.terminate()
        try:
            status = self._process.wait(END)
        except subprocess.TimeoutExpired:
            status = None
        self.kill()
        return None if status == 0 else f"the server ended with {status}"

    def kill(self) -> None:
        """End it at once. May be called again."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stderr is not None:
            with contextlib.suppress(OSError):
                self._process.stderr.close()

    def _read(self) -> None:
        for line in self._process.stderr or ():
            self._said = line.strip()
            if _LISTENING.search(line):
                self._listens = True
                self._known.set()
            if _DEFECT.search(line):
                self.defects.append(line.strip())
        self._known.set()


def _free_ports(count: int) -> list[int]:
    """Ports one behind the other that are free on both addresses; raises SoakError."""
    dice = random.SystemRandom()  # not the seed's: two soaks at once must not meet
    for _ in range(TRIES):
        first = dice.randrange(*SELDOM)
        ports = list(range(first, first + count))
        if all(_is_free(host, port) for host in (BACK, FRONT) for port in ports):
            return ports
    raise SoakError("there are no free ports")


def _is_free(host: str, port: int) -> bool:
    with contextlib.closing(socket.socket()) as sock:
        try:
            sock.bind((host, port))
        except OSError:
            return False
    return True
