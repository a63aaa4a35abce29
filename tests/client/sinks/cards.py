# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound cards that play as the test's clock tells, and remember what."""

from collections.abc import Callable

from client.sinks.card import EPIPE, CardSink, Device
from client.sinks.sink import SAMPLE_BYTES
from tests.client.sinks.clock import RATE, Clock


class FakeDevice:
    """A device that plays as the clock tells, into `played`."""

    def __init__(self, clock: Clock, *, can_pause: bool = True) -> None:
        self.rate = RATE
        self.buffer = 100
        self.can_pause = can_pause
        self.played = b""
        self.queue = b""
        self.calls: list[str] = []
        self.answers: list[int | OSError] = []  # to the next writes, instead of taking them
        self.pause_fails = False
        self._clock = clock
        self._since = clock.now
        self._is_running = False

    def write(self, data: bytes | memoryview, /) -> int:
        self._play()
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, OSError):
                raise answer
            return answer
        fits = self.buffer - len(self.queue) // SAMPLE_BYTES
        taken = min(fits, len(data) // SAMPLE_BYTES)
        if taken == 0:
            self._clock.now += 0.001
        self.queue += bytes(data[: taken * SAMPLE_BYTES])
        self._is_running = True
        return taken

    def avail(self) -> int:
        self._play()
        if self._is_running and not self.queue:
            return EPIPE
        return self.buffer - len(self.queue) // SAMPLE_BYTES

    def pause(self, enable: int, /) -> int:
        self._play()
        self.calls.append(f"pause {enable}")
        if self.pause_fails:
            raise OSError("not supported")
        self._is_running = not enable
        return 0

    def drop(self) -> int:
        self._play()
        self.calls.append("drop")
        self.queue, self._is_running = b"", False
        return 0

    def drain(self) -> int:
        self.calls.append("drain")
        self.played, self.queue, self._is_running = self.played + self.queue, b"", False
        return 0

    def close(self) -> None:
        self.calls.append("close")

    def _play(self) -> None:
        passed, self._since = self._clock.now - self._since, self._clock.now
        if self._is_running:
            heard = round(passed * RATE) * SAMPLE_BYTES
            self.played, self.queue = self.played + self.queue[:heard], self.queue[heard:]


class Cards:
    """Opens FakeDevices and remembers them."""

    def __init__(self, clock: Clock, *, can_pause: bool = True) -> None:
        self.opened: list[FakeDevice] = []
        self.rates: list[int] = []
        self.fails: OSError | None = None
        self.only: int | None = None  # the one rate that the card plays
        self._make: Callable[[], FakeDevice] = lambda: FakeDevice(clock, can_pause=can_pause)

    def __call__(self, name: str, rate: int) -> Device:
        if self.fails is not None:
            raise self.fails
        device = self._make()
        device.rate = self.only or rate
        self.opened.append(device)
        self.rates.append(rate)
        return device

    def sink(self, clock: Clock) -> CardSink:
        sink = CardSink("front", self, clock)
        sink.start(RATE)
        return sink
