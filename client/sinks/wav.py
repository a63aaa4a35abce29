# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the sound to a WAV file, as fast as it comes."""

import sys
import wave
from array import array
from contextlib import suppress
from pathlib import Path

from client.sinks.file import FileSink
from client.sinks.sink import SinkError
from common.errors import MisuseError

USUAL_RATE = 44100  # Hz; of a file without sound


class WavSink(FileSink):
    """A Sink into `path`; all songs one after another.

    A WAV file has one sample rate. Where it changes, the sound goes on in `path` with a number:
    `song.wav`, `song.2.wav`, and so on.
    """

    def __init__(self, path: Path) -> None:
        """Raises SinkError where the file cannot be made."""
        self.name = f"wav:{path}"
        self._path = path
        self._parts = 1
        self._rate = USUAL_RATE
        self._is_empty = True
        self._file: wave.Wave_write | None = self._begin(path)

    def start(self, rate: int) -> None:
        """Goes on in the same file if the rate is the same, else in the next."""
        if self._file is not None and rate == self._rate:
            return
        self.close()
        path = self._path
        if not self._is_empty:
            self._parts += 1
            path = path.with_suffix(f".{self._parts}{path.suffix}")
        self._rate, self._is_empty = rate, True
        self._file = self._begin(path)

    def write(self, pcm: bytes) -> None:
        """Appends `pcm`."""
        if self._file is None:
            raise MisuseError("write after close")
        self._is_empty = False
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
                with self._out:
                    file.close()
            except OSError as error:
                raise self._failure(error) from error

    def _begin(self, path: Path) -> wave.Wave_write:
        """A file with a header and no sound."""
        try:
            # Not by its name: where that fails, the module's own clean-up complains.
            self._out = path.open("wb")
        except OSError as error:
            raise self._failure(error) from error
        file = wave.open(self._out, "wb")  # noqa: SIM115 - closed in close()
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(self._rate)
        try:
            # Now and not with the first sound, which may never come.
            file.writeframes(b"")
            self._out.flush()
        except OSError as error:
            for opened in (file, self._out):
                with suppress(OSError):  # the same once more
                    opened.close()
            raise self._failure(error) from error
        return file

    def _failure(self, error: OSError) -> SinkError:
        return SinkError(f"Cannot write {self._path}: {error.strerror}. Name another file.")
