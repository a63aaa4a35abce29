# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the bare samples to a file or to standard output, as fast as they are taken."""

import os
import select
import stat
from pathlib import Path

from client.sinks.file import FileSink
from client.sinks.sink import UNLIMITED, SinkError

STDOUT = 1
# Bytes that a pipe or socket takes without waiting once it is ready: the least that POSIX lets
# Linux promise (PIPE_BUF).
PIPE_BYTES = select.PIPE_BUF


class RawSink(FileSink):
    """A Sink of native signed 16-bit stereo without any header; a change of rate leaves no mark."""

    def __init__(self, path: Path | None) -> None:
        """Opens `path`, or standard output for None; raises SinkError where that fails."""
        self.name = f"raw:{path or '-'}"
        self.takes_stdout = path is None
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        try:
            self._fd: int | None = os.dup(STDOUT) if path is None else os.open(path, flags, 0o666)
            mode = os.fstat(self._fd).st_mode
        except OSError as error:
            raise SinkError(
                f"Cannot write {path or 'standard output'}: {error.strerror}. Name another file."
            ) from error
        self._is_file = stat.S_ISREG(mode)

    def start(self, rate: int) -> None:
        """There is no header to tell the rate in."""

    def room(self) -> int:
        """What a write takes without waiting: of a pipe whose reader is slow, nothing."""
        if self._is_file or self._fd is None:
            return UNLIMITED
        return PIPE_BYTES if select.select([], [self._fd], [], 0)[1] else 0

    def write(self, pcm: bytes) -> None:
        """Appends `pcm`; waits while a pipe is full."""
        if self._fd is None:
            raise SinkError("The sound's file is closed.")
        rest = memoryview(pcm)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except BrokenPipeError as error:
            raise SinkError("Whoever read the sound has gone. Start it again.") from error
        except OSError as error:
            raise SinkError(f"Cannot write the sound: {error.strerror}.") from error

    def close(self) -> None:
        """Closes the file; standard output itself stays open."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)
