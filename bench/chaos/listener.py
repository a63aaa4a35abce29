# SPDX-License-Identifier: GPL-3.0-or-later
"""A client process that is told commands, with an account of what it has said."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.chaos.account import Account
from bench.chaos.observed import SOCKET, anonymous_kib, descriptors, leaked
from bench.taped import TapedClient

CONNECTIONS: Final = 2  # sockets of a client that plays
LOOK: Final = 0.1  # seconds between two looks
CONNECT: Final = 60.0  # seconds for a client to connect, or to give up; a net
SETTLE: Final = 20.0  # seconds for a client to have no more descriptors than it needs
LEAVE: Final = 120.0  # seconds for a client to leave: an outage may lie in between


class Listener(TapedClient):
    """One client, from its start to its end.

    Attributes:
        account: what it has said; of all that, for hours, no event is kept.
    """

    def __init__(self, command: Sequence[str], folder: Path, read_ahead: int, where: str) -> None:
        """Start it; `where` is the server's HOST:PORT. Raises ProgramError."""
        self.account = Account()
        self._lock = threading.Lock()  # over the account and the input
        self._connected = threading.Event()
        super().__init__(command, folder, ("--read-ahead", str(read_ahead), where))
        self._needed = descriptors(self.pid)

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

    def kill(self) -> None:
        """SIGKILL."""
        super().kill()
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
        return self.wait(LEAVE)

    def close(self) -> None:
        """Gather what is left of it; it is killed where it still runs."""
        super().close()
        self._end()

    def farewell(self) -> str:
        """Why it has left, as it said; it has ended."""
        self._reader.join(LEAVE)
        return self.account.farewell

    def _end(self) -> None:
        with self._lock:
            self.account.end(time.monotonic())

    def _heard(self, event: dict[str, Any], at: float) -> None:
        with self._lock:
            self.account.add(event, at)
        if event["event"] == "connected":
            self._connected.set()
