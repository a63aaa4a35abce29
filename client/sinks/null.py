# SPDX-License-Identifier: GPL-3.0-or-later
"""A silent sink that takes as long as a sound card would."""

import time
from collections.abc import Callable

from client.sinks.sink import SAMPLE_BYTES

BUFFER_S = 0.2  # seconds of sound it takes ahead
GAP_S = 0.002  # seconds that sound may come late before it counts


class NullSink:
    """A Sink of no sound, on a clock that is passed in."""

    name = "null"
    keeps_time = True
    takes_stdout = False
    prefill = 0

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.gaps = 0
        self._clock = clock
        self._sleep = sleep
        self._byte_rate = 44100 * SAMPLE_BYTES  # bytes per second
        self._ends: float | None = None  # when the last byte will have been heard; None: at rest
        self._held: float | None = None  # seconds not heard, while paused

    def start(self, rate: int) -> None:
        """Plays what follows at `rate` Hz."""
        self._byte_rate = rate * SAMPLE_BYTES

    def room(self) -> int:
        """Bytes that fit into the imagined buffer."""
        if self._held is not None:
            return 0
        room = round((BUFFER_S - self.delay()) * self._byte_rate)
        return max(0, room - room % SAMPLE_BYTES)

    def write(self, pcm: bytes) -> None:
        """Lets the time of `pcm` pass, but for what is buffered."""
        now = self._clock()
        if self._ends is None or now > self._ends:
            self.gaps += self._ends is not None and now - self._ends > GAP_S
            self._ends = now
        self._ends += len(pcm) / self._byte_rate
        if self._ends - now > BUFFER_S:
            self._sleep(self._ends - now - BUFFER_S)

    def label(self, what: str, number: int) -> None:
        """Nobody reads it here."""

    def pause(self) -> None:
        """Stops the clock."""
        if self._held is None:
            self._held = self.delay()

    def resume(self) -> None:
        """Lets the clock run on."""
        if self._held is not None:
            self._ends = self._clock() + self._held
            self._held = None

    def drop(self) -> None:
        """Forgets what is buffered."""
        self._ends = self._held = None

    def drain(self) -> None:
        """Waits until the buffer has run out."""
        if (delay := self.delay()) > 0:
            self._sleep(delay)
        self.drop()

    def delay(self) -> float:
        """Seconds in the buffer."""
        if self._held is not None:
            return self._held
        return 0.0 if self._ends is None else max(0.0, self._ends - self._clock())

    def release(self) -> None:
        """There is no device to give back."""

    def close(self) -> None:
        """There is nothing to close."""
