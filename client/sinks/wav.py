# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the sound to a WAV file, as fast as it comes."""

import sys
import wave
from array import array
from pathlib import Path

from client.sinks.file import FileSink
from client.sinks.sink import SinkError
from common.errors import MisuseError


class WavSink(FileSink):
    """A Sink into `path`; all songs one after another.

    A WAV file has one sample rate. Where it changes, the sound goes on in `path` with a number:
    `song.wav`, `song.2.wav`, and so on.
    """

    def __init__(self, path: Path) -> None:
        """Raises SinkError where the file cannot be made."""
        self.name = f"wav:{path}"
        self._path = path
        self._parts = 0
        self._rate = 0
        self._file: wave.Wave_write | None = None
        try:
            path.open("wb").close()
        except OSError as error:
            raise self._failure(error) from error

    def start(self, rate: int) -> None:
        """Goes on in the same file if the rate is the same, else in the next."""
        if self._file is not None and rate == self._rate:
            return
        self.close()
        self._parts += 1
        path = self._path
        if self._parts > 1:
            path = path.with_suffix(f".{self._parts}{path.suffix}")
        try:
            self._file = wave.open(str(path), "wb")  # noqa: SIM115 - closed in close()
        except OSError as error:
            raise self._failure(error) from error
        self._file.setnchannels(2)
        self._file.setsampwidth(2)
        self._file.setframerate(rate)
        self._rate = rate

    def write(self, pcm: bytes) -> None:
        """Appends `pcm`."""
        if self._file is None:
            raise MisuseError("write before start")
        if sys.byteorder == "big":
            samples = array("h", pcm)
            samples.byteswap()
            pcm = samples.tobytes()
        try:
            self._file.writeframesraw(pcm)
        except OSError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Completes the file's header."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                raise self._failure(error) from error

    def _failure(self, error: OSError) -> SinkError:
        return SinkError(f"Cannot write {self._path}: {error.strerror}. Name another file.")
