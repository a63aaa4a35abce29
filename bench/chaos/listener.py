# SPDX-License-Identifier: GPL-3.0-or-later
"""A client process that is told commands; its lines are kept, and its sound is on a tape."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.chaos.account import Account
from bench.chaos.observed import SOCKET, anonymous_kib, descriptors, leaked
from bench.links.programs import ProgramError
from bench.serving import ROOT

CONNECTIONS: Final = 2  # sockets of a client that plays
LOOK: Final = 0.1  # seconds between two looks
CONNECT: Final = 60.0  # seconds for a client to connect, or to give up; a net
SETTLE: Final = 20.0  # seconds for a client to have no more descriptors than it needs
LEAVE: Final = 120.0  # seconds for a client to leave: an outage may lie in between


class Listener:
    """One client, from its start to its end.

    Attributes:
        account: what it has said.
        tape: where its sound is.
        began, ended: when, on time.monotonic().
        is_killed: somebody has killed it.
    """

    def __init__(self, command: Sequence[str], folder: Path, read_ahead: int, where: str) -> None:
        """Start it; `where` is the server's HOST:PORT. Raises ProgramError."""
        folder.mkdir()
        self.account = Account()
        self.tape = folder / "tape.wav"
        self.began = self.ended = time.monotonic()
        self.is_killed = False
        self._log = folder / "client.log"
        self._lines = folder / "client.jsonl"
        words = [*command, sys.executable, "-m", "client", "--json", "--sink", f"tape:{self.tape}"]
        words += ["--read-ahead", str(read_ahead), where]
        with self._log.open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
                )
            except OSError as error:
                raise ProgramError(f"A client cannot be started: {error.strerror}.") from error
        self._lock = threading.Lock()  # over the account and the input
        self._connected = threading.Event()
        self._needed = descriptors(self.pid)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    def connect(self) -> bool:
        """Wait until it is connected; False where it has given up, as nobody was there."""
        deadline = time.monotonic() + CONNECT
        while not self._connected.wait(LOOK):
            if self.status is not None or time.monotonic() > deadline:
                return False
        with contextlib.suppress(OSError):  # it may have been killed
            self._needed = descriptors(self.pid)
            self._needed[SOCKET] = CONNECTIONS
        return True

    def tell(self, command: str) -> None:
        """Give a command; nothing where it has ended."""
        with self._lock:
            self.account.ask(time.monotonic())
            with contextlib.suppress(OSError):
                if self._process.stdin is not None:
                    self._process.stdin.write(command.encode() + b"\n")
                    self._process.stdin.flush()

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL."""
        self.is_killed = True
        self.send(signal.SIGKILL)
        self._end()

    def leaked(self) -> Counter[str]:
        """Descriptors that it has beyond what it needs, as soon as there are none."""
        deadline = time.monotonic() + SETTLE
        while True:
            try:
                more = leaked(self._needed, descriptors(self.pid))
            except OSError:
                return Counter()
            if not more or time.monotonic() > deadline:
                return more
            time.sleep(LOOK)

    def memory(self) -> int | None:
        """KiB of anonymous memory; None where it has ended."""
        return anonymous_kib(self.pid)

    def leave(self) -> int | None:
        """Tell it to quit; its exit status, None where it does not end."""
        self.tell("quit")
        self._end()
        return self.wait()

    def wait(self) -> int | None:
        """Its exit status, as soon as it has ended; None where it does not."""
        try:
            return self._process.wait(LEAVE)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """Gather what is left of it; it is killed where it still runs."""
        self._process.kill()
        self._process.wait()
        self._reader.join(LEAVE)
        self.ended = time.monotonic()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._end()

    def farewell(self) -> str:
        """Why it has left, as it said; it has ended."""
        self._reader.join(LEAVE)
        return self.account.farewell

    def troubles(self) -> str:
        """What it has said on standard error: nothing, if all is well."""
        return self._log.read_text(errors="replace").strip()

    def _end(self) -> None:
        with self._lock:
            self.account.end(time.monotonic())

    def _read(self) -> None:
        if self._process.stdout is None:
            return
        with self._lines.open("w", encoding="ascii") as kept:
            for line in self._process.stdout:
                at = time.monotonic()
                try:
                    fields: dict[str, Any] = json.loads(line)
                except ValueError:
                    continue  # it was killed in the middle of a line
                with self._lock:
                    self.account.add(fields, at)
                kept.write(f"{at:.3f} {line.decode()}")
                if fields["event"] == "connected":
                    self._connected.set()
