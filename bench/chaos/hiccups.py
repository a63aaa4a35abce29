# SPDX-License-Identifier: GPL-3.0-or-later
"""When the machine let everybody wait: what falls silent then does so for no fault of its own."""

import threading
import time
from typing import Final

from bench.chaos.silences import Span

PERIOD: Final = 0.02  # seconds
LATE: Final = 0.05  # seconds late, from which on it counts


class Hiccups:
    """Watches from its start to its end."""

    def __init__(self) -> None:
        """Start."""
        self._found: list[Span] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def found(self) -> list[Span]:
        """Those so far."""
        return list(self._found)

    def close(self) -> None:
        """Watch no more."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._stop.wait(PERIOD):
            now = time.monotonic()
            if now - before > PERIOD + LATE:
                self._found.append(Span(before, now))
            before = now
