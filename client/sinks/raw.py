# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the bare samples to a file or to standard output, as fast as they are taken."""

from pathlib import Path

from client.sinks.file import FileSink, Output
from client.sinks.sink import UNLIMITED, SinkError


class RawSink(FileSink):
    """A Sink of native signed 16-bit stereo without any header; a change of rate leaves no mark."""

    def __init__(self, path: Path | None) -> None:
        """Opens `path`, or standard output for None; raises SinkError where that fails."""
        self.name = f"raw:{path or '-'}"
        self.takes_stdout = path is None
        self._output: Output | None = Output(path)

    def start(self, rate: int) -> None:
        """There is no header to tell the rate in."""

    def room(self) -> int:
        """What a write takes without waiting: of a pipe whose reader is slow, nothing."""
        return UNLIMITED if self._output is None else self._output.room()

    def write(self, pcm: bytes) -> None:
        """Appends `pcm`; waits while a pipe is full."""
        if self._output is None:
            raise SinkError("The sound's file is closed.")
        self._output.write(pcm)

    def close(self) -> None:
        """Closes the file; standard output itself stays open."""
        output, self._output = self._output, None
        if output is not None:
            output.close()
