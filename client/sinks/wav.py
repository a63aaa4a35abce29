# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the sound to a WAV file or, without its length, to a pipe, as fast as it comes."""

import sys
from array import array
from contextlib import suppress
from pathlib import Path
from struct import pack
from typing import Final

from client.sinks.file import FileSink, Output
from client.sinks.sink import SAMPLE_BYTES, UNLIMITED, SinkError
from common.errors import MisuseError

USUAL_RATE = 44100  # Hz; of a file without sound
PCM: Final = 1  # the format's number for plain samples
UNKNOWN: Final = 0xFFFFFFFF  # what a size that is not known, or that does not fit, is given as


def header(rate: int, size: int | None) -> bytes:
    """The bytes before `size` bytes of sound at `rate` Hz; None: nobody knows how many."""
    chunk = pack("<4sIHHIIHH", b"fmt ", 16, PCM, 2, rate, rate * SAMPLE_BYTES, SAMPLE_BYTES, 16)
    before = len(b"WAVE" + chunk + b"data") + 4
    sizes = [UNKNOWN if size is None else min(size + more, UNKNOWN) for more in (before, 0)]
    return pack("<4sI4s", b"RIFF", sizes[0], b"WAVE") + chunk + pack("<4sI", b"data", sizes[1])


class WavSink(FileSink):
    """A Sink into `path`; all songs one after another.

    A WAV file has one sample rate. Where it changes, the sound goes on in `path` with a number:
    `song.wav`, `song.2.wav`, and so on. A pipe has no second name, so there the song fails.
    """

    def __init__(self, path: Path) -> None:
        """Raises SinkError where the file cannot be made."""
        self.name = f"wav:{path}"
        self._path = path
        self._parts = 1
        self._rate = USUAL_RATE
        self._size = 0  # bytes of sound in the file
        self._told = 0  # and according to its header
        self._output: Output | None = self._begin(path)

    @property
    def place(self) -> tuple[int, int]:
        """The number of the file that is written, from 1 on, and the samples in it."""
        return self._parts, self._size // SAMPLE_BYTES

    def start(self, rate: int) -> None:
        """Goes on in the same file if the rate is the same, else in the next."""
        output = self._output
        if output is not None and rate == self._rate:
            return
        if output is not None and not output.is_file:
            if self._size:
                raise SinkError(
                    f"This song has {rate} Hz, and the sound in the pipe {self._rate} Hz. "
                    "Name a file, or play them one by one."
                )
            self._rate = rate
            return
        self.close()
        path = self._path
        if self._size:
            self._parts += 1
            path = path.with_suffix(f".{self._parts}{path.suffix}")
        self._rate = rate
        self._output = self._begin(path)

    def room(self) -> int:
        """What a write takes without waiting: of a pipe whose reader is slow, nothing."""
        return UNLIMITED if self._output is None else self._output.room()

    def write(self, pcm: bytes) -> None:
        """Appends `pcm`; waits while a pipe is full."""
        if self._output is None:
            raise MisuseError("write after close")
        if not self._output.is_file and not self._size:
            # Not before: only now the rate is known for good.
            self._output.write(header(self._rate, None))
        if sys.byteorder == "big":
            samples = array("h", pcm)
            samples.byteswap()
            pcm = samples.tobytes()
        self._output.write(pcm)
        self._size += len(pcm)

    def drain(self) -> None:
        """Completes the file's header, so that what was heard to its end is on the disk whole."""
        if self._output is not None:
            self._complete(self._output)

    def close(self) -> None:
        """Completes the file's header."""
        output, self._output = self._output, None
        if output is not None:
            try:
                self._complete(output)
            finally:
                output.close()

    def _begin(self, path: Path) -> Output:
        """A file with a header and no sound."""
        output = Output(path)
        self._size = self._told = 0
        if output.is_file:
            # Now and not with the first sound, which may never come.
            try:
                output.write(header(self._rate, 0))
            except SinkError:
                with suppress(SinkError):  # the same once more
                    output.close()
                raise
        return output

    def _complete(self, output: Output) -> None:
        if output.is_file and self._told != self._size:
            output.overwrite(header(self._rate, self._size))
            self._told = self._size
