# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes to a WAV file what a sound card would have let hear, when it would have: a tape recorder.

Where `wav:` takes sound as fast as it comes, this takes a second to play a second, and whatever
silence the listener would have met between two sounds is on the tape: of a stall, a pause, a stop.
"""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from client.sinks.labels import Labels
from client.sinks.sink import SAMPLE_BYTES
from client.sinks.wav import USUAL_RATE, WavSink

BUFFER_S: Final = 0.2  # seconds of sound it takes ahead, as the silent sink does
GAP_S: Final = 0.002  # seconds that sound may come late before it counts
SILENCE: Final = bytes(1 << 16)


class TapeSink:
    """A Sink into `path`, on a clock that is passed in.

    The tape runs from the first sound to the end, and has no more than was heard: of what is
    dropped, only what was heard before. Where the sample rate changes, it goes on in the next file,
    as with WavSink. From the first label on, a file beside it says what stands where.
    """

    keeps_time = True
    takes_stdout = False

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises SinkError where the file cannot be made."""
        self.name = f"tape:{path}"
        self.prefill = _buffer(USUAL_RATE)
        self.gaps = 0
        self._clock = clock
        self._sleep = sleep
        self._path = path
        self._file = WavSink(path)
        self._labels: Labels | None = None
        self._coming: deque[tuple[int, str, int]] = deque()  # which byte not heard they stand at
        self._rate = USUAL_RATE
        self._began: float | None = None  # when the tape began to run in this rate
        self._ran = 0  # samples since then
        self._unheard = bytearray()
        self._is_held = False
        self._is_sounding = False  # from the first sound of a song on, while more should follow

    def start(self, rate: int) -> None:
        """Plays what follows at `rate` Hz."""
        if rate != self._rate:
            self._run()
            self._file.start(rate)
            self._rate, self._ran = rate, 0
            self.prefill = _buffer(rate)
            self._began = None if self._began is None else self._clock()

    def room(self) -> int:
        """Bytes that fit into the imagined buffer."""
        if self._is_held:
            return 0
        room = round((BUFFER_S - self.delay()) * self._rate) * SAMPLE_BYTES
        return max(0, room)

    def write(self, pcm: bytes) -> None:
        """Lets the time of `pcm` pass, but for what is buffered."""
        if self._began is None:
            self._began = self._clock()
        silent = self._run()
        self.gaps += self._is_sounding and silent > GAP_S * self._rate
        self._is_sounding = True
        self._unheard += pcm
        if (excess := self.delay() - BUFFER_S) > 0:
            self._sleep(excess)
            self._run()

    def label(self, what: str, number: int) -> None:
        """Goes into the file of labels when the next byte is heard."""
        if self._labels is None:
            self._labels = Labels(self._path)
        self._coming.append((len(self._unheard), what, number))

    def pause(self) -> None:
        """Silence from now on."""
        self._run()
        self._is_held = True

    def resume(self) -> None:
        """Goes on with the next sample."""
        self._run()
        self._is_held = False

    def drop(self) -> None:
        """Forgets what is buffered."""
        self._run()
        self._unheard.clear()
        self._coming.clear()
        self._is_held = self._is_sounding = False

    def drain(self) -> None:
        """Waits until the buffer has run out, and completes the file's header."""
        if (delay := self.delay()) > 0:
            self._sleep(delay)
        self._run()
        self._play(len(self._unheard))  # the clock may be short of the last sample
        self._is_held = self._is_sounding = False
        self._file.drain()

    def delay(self) -> float:
        """Seconds in the buffer."""
        passed = 0 if self._is_held else self._passed()
        return max(0, len(self._unheard) // SAMPLE_BYTES - passed) / self._rate

    def release(self) -> None:
        """There is no device to give back."""

    def close(self) -> None:
        """Stops the tape and completes the file's header."""
        try:
            self._run()
        finally:
            self._began = None
            self._file.close()
            if self._labels is not None:
                self._labels.close()

    def _passed(self) -> int:
        """Samples for which the tape should have run since it did."""
        if self._began is None:
            return 0
        return max(0, round((self._clock() - self._began) * self._rate) - self._ran)

    def _run(self) -> int:
        """Lets the tape run up to now; how many samples of silence it has come to."""
        passed = self._passed()
        heard = 0 if self._is_held else min(passed, len(self._unheard) // SAMPLE_BYTES)
        self._play(heard * SAMPLE_BYTES)
        rest = (passed - heard) * SAMPLE_BYTES
        if rest and self._labels is not None:
            self._labels.silent(*self._file.place, passed - heard)
        while rest:
            piece = SILENCE[:rest]
            self._file.write(piece)
            rest -= len(piece)
        self._ran += passed - heard
        return passed - heard

    def _play(self, size: int) -> None:
        if size:
            self._note(size)
            self._file.write(bytes(self._unheard[:size]))
            del self._unheard[:size]
            self._ran += size // SAMPLE_BYTES

    def _note(self, size: int) -> None:
        """The labels of the next `size` bytes, which are heard now."""
        if self._labels is None:
            return
        self._labels.sounding()
        part, at = self._file.place
        while self._coming and self._coming[0][0] < size:
            byte, what, number = self._coming.popleft()
            self._labels.add(part, at + byte // SAMPLE_BYTES, what, number)
        self._coming = deque((byte - size, what, number) for byte, what, number in self._coming)


def _buffer(rate: int) -> int:
    """Bytes that are taken ahead: as with a sound card, a song begins with as many if there are."""
    return round(BUFFER_S * rate) * SAMPLE_BYTES
