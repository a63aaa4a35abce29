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
import select
import sys
import threading
from collections.abc import Generator
from typing import Final

from server.log_lines import Form, LineFormatter, reads_journal
from server.logbook import Said

LINES: Final = 1000  # that wait to be written; more are left out
PATIENCE: Final = 1.0  # seconds that the last lines have at the end

_LEFT_OUT: Final = "{lines} lines were left out here: they were not read fast enough"


class QueuedLog(logging.Handler):
    """Hands lines to a thread that writes them. `emit` never waits, `close` not for long."""

    def __init__(self, descriptor: int, form: Form, *, patience: float = PATIENCE) -> None:
        """Write to `descriptor`, which stays the caller's; `patience` is in seconds."""
        super().__init__()
        self.setFormatter(LineFormatter(form))
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
        said = Said("lines_left_out", _LEFT_OUT, {"lines": self._left_out})
        record = logging.LogRecord(__name__, logging.WARNING, "", 0, said, (), None)
        self._queue.put_nowait(self.format(record))
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
def logging_to_standard_error(
    level: int, *, is_json: bool = False, worker: int | None = None
) -> Generator[None]:
    """Have everything logged on standard error, from `level` on, until the end of the block.

    `is_json`: as JSON. `worker` says who it is, where several processes write there.
    """
    log: logging.Handler = logging.NullHandler()
    # Closed (2>&-), its number may be a connection's or the database's.
    if sys.stderr is not None:
        descriptor = sys.stderr.fileno()
        for_journal = reads_journal(descriptor, os.environ)
        log = QueuedLog(descriptor, Form(is_json, for_journal, {"worker": worker}))
    root = logging.getLogger()
    root.setLevel(level)
    root.addHandler(log)
    try:
        yield
    finally:
        root.removeHandler(log)
        log.close()


def set_level(level: int) -> None:
    """Have everything logged from `level` on, from now on."""
    logging.getLogger().setLevel(level)
