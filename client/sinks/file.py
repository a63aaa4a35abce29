# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sinks that write files and pipes share: they keep no time, and nothing takes effect."""

import errno
import os
import select
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from client.sinks.sink import UNLIMITED, SinkError

STDOUT = 1
# Bytes that a pipe or socket takes without waiting once it is ready: the least that POSIX lets
# Linux promise (PIPE_BUF).
PIPE_BYTES = select.PIPE_BUF
READER_TIMEOUT: Final = 10.0  # seconds for somebody to open the other end of a named pipe
READER_POLL: Final = 0.1  # seconds between two attempts

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC


class Output:
    """A file, a pipe or standard output, open for writing.

    Attributes:
        is_file: whether it is a regular file, which takes all that comes and can be changed.
    """

    def __init__(
        self,
        path: Path | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Opens `path`, or standard output for None; raises SinkError where that fails.

        Waits READER_TIMEOUT for the reader of a named pipe, which may be started after this.
        """
        self._path = path
        try:
            self._fd = os.dup(STDOUT) if path is None else _open(path, clock, sleep)
            self.is_file = stat.S_ISREG(os.fstat(self._fd).st_mode)
        except OSError as error:
            raise self._failure(error) from error

    def room(self) -> int:
        """Bytes that a write takes without waiting: of a pipe whose reader is slow, none."""
        if self.is_file:
            return UNLIMITED
        return PIPE_BYTES if select.select([], [self._fd], [], 0)[1] else 0

    def write(self, data: bytes) -> None:
        """Appends `data`, waiting while a pipe is full; raises SinkError."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except BrokenPipeError as error:
            raise SinkError("Whoever read the sound has gone. Start it again.") from error
        except OSError as error:
            raise self._failure(error) from error

    def overwrite(self, data: bytes) -> None:
        """Puts `data` at the beginning of a regular file; raises SinkError."""
        try:
            os.pwrite(self._fd, data, 0)
        except OSError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Closes it, once; standard output itself stays open. Raises SinkError."""
        try:
            os.close(self._fd)
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> SinkError:
        if error.errno == errno.ENXIO:
            return SinkError(f"Nobody reads the pipe {self._path}. Start its reader first.")
        what = self._path or "standard output"
        return SinkError(f"Cannot write {what}: {error.strerror}. Name another file.")


def _open(path: Path, clock: Callable[[], float], sleep: Callable[[float], None]) -> int:
    """A descriptor; raises OSError, ENXIO where nobody came to read a named pipe."""
    until = clock() + READER_TIMEOUT
    while True:
        try:
            # Without O_NONBLOCK, opening a named pipe that nobody reads would wait for ever.
            descriptor = os.open(path, _FLAGS | os.O_NONBLOCK, 0o666)
        except OSError as error:
            if error.errno != errno.ENXIO or clock() >= until:
                raise
            sleep(READER_POLL)
        else:
            os.set_blocking(descriptor, True)
            return descriptor


class FileSink:
    """The part of a Sink that is empty where the sound is kept instead of heard."""

    keeps_time = False
    takes_stdout = False
    prefill = 0
    gaps = 0

    def label(self, what: str, number: int) -> None:
        """Nobody reads it here."""

    def pause(self) -> None:
        """A file has no time that could stand still; the player stops writing."""

    def resume(self) -> None:
        """The player goes on writing."""

    def drop(self) -> None:
        """What is written stays written."""

    def drain(self) -> None:
        """What is written needs no time."""

    def delay(self) -> float:
        """Always 0."""
        return 0.0

    def release(self) -> None:
        """A file is not taken from anybody."""
