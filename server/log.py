# SPDX-License-Identifier: GPL-3.0-or-later
"""The log on standard error, which nobody has to read: a thread writes it, never the hub.

A pipe that is full, or a terminal held with Ctrl-S, makes a write wait for ever. So lines wait in a
queue for the one thread that may; what the queue has no room for is counted and told later.
(`logging.handlers.QueueListener` would do but for its end, which waits for the last write.)
"""

import contextlib
import logging
import os
import queue
import re
import select
import sys
import threading
from collections.abc import Generator
from types import TracebackType
from typing import Final

LINES: Final = 1000  # that wait to be written; more are left out
PATIENCE: Final = 1.0  # seconds that the last lines have at the end
NAME: Final = "antiphon-server: "

_LEFT_OUT: Final = "%d lines were left out here: they were not read fast enough"


# C0, DEL, C1, and what ends a line or turns its direction for some who read it.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class OneLineEach(logging.Formatter):
    """Lets no text of others begin a line of its own, or reach the terminal as a command.

    The last line of defence: who logs a text of others quotes it.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 as it is called there
        """The line, with its control characters spelt out."""
        return _spelt_out(super().formatMessage(record))

    def formatException(  # noqa: N802 as it is called there
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """The traceback, set in, so that none of its lines passes for one of the log."""
        return "\n".join(
            f"    {_spelt_out(line)}" for line in super().formatException(ei).split("\n")
        )


def _spelt_out(text: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class QueuedLog(logging.Handler):
    """Hands lines to a thread that writes them. `emit` never waits, `close` not for long."""

    def __init__(
        self, descriptor: int, *, patience: float = PATIENCE, worker: int | None = None
    ) -> None:
        """Write to `descriptor`, which stays the caller's; `patience` is in seconds.

        `worker` says who it is, where several processes write there.
        """
        super().__init__()
        self._begin = NAME if worker is None else f"{NAME}worker={worker} "
        self.setFormatter(OneLineEach(f"{self._begin}%(message)s"))
        self._descriptor = descriptor
        self._patience = patience
        self._left_out = 0  # lines, since the queue was full
        self._queue: queue.Queue[str | None] = queue.Queue(LINES)  # None ends the thread
        self._closed = False
        self._abandoned = False  # the thread writes no line after the one that it is at
        # A daemon: the process does not wait for a write that never ends. The thread takes no lock
        # while it writes, so nor does anything else, and it shuns the buffers of sys.stderr.
        self._writer = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._writer.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a line, or count it as left out. `logging` calls this from one thread at a time."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 - a wrong call of the log, told as logging tells it
            self.handleError(record)
            return
        if not self._has_room():
            self._left_out += 1
            return
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            self._left_out = 1

    def close(self) -> None:
        """Write what can be written within `patience`. May be called again."""
        if not self._closed:
            self._closed = True
            self._has_room()
            with contextlib.suppress(queue.Full):
                self._queue.put(None, timeout=self._patience)
                self._writer.join(self._patience)
            self._abandoned = True
        super().close()

    def _has_room(self) -> bool:
        """Whether a line may be queued; if so, what was left out before it has been told.

        After a line was left out, not before half the queue is free: one gap instead of many.
        """
        if not self._left_out:
            return True
        if self._queue.qsize() > LINES // 2:
            return False
        self._queue.put_nowait(self._begin + _LEFT_OUT % self._left_out)
        self._left_out = 0
        return True

    def _write_all(self) -> None:
        for line in iter(self._queue.get, None):
            if self._abandoned:
                break
            # Nobody can be told that the log is gone: the terminal was closed, the disk is full.
            with contextlib.suppress(OSError):
                self._write(f"{line}\n".encode(errors="backslashreplace"))

    def _write(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:  # whoever shares the terminal has made it so
                ready = select.poll()
                ready.register(self._descriptor, select.POLLOUT)
                ready.poll()


@contextlib.contextmanager
def logging_to_standard_error(level: int, *, worker: int | None = None) -> Generator[None]:
    """Have everything logged on standard error, from `level` on, until the end of the block."""
    # Closed (2>&-), its number may be a connection's or the database's.
    log = (
        logging.NullHandler()
        if sys.stderr is None
        else QueuedLog(sys.stderr.fileno(), worker=worker)
    )
    root = logging.getLogger()
    root.setLevel(level)
    root.addHandler(log)
    try:
        yield
    finally:
        root.removeHandler(log)
        log.close()
