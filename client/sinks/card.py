# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays on a sound card as ALSA's cards want it; the library that reaches them is elsewhere."""

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from client.sinks.sink import SAMPLE_BYTES, SinkError
from common.errors import MisuseError

FIRST_RATE = 44100  # Hz: what the device is opened with before any song tells
GAP_S = 0.002  # seconds that sound may come late before it counts
EPIPE = -32  # write's answer to an underrun
TRIES = 3  # underruns in a row for one write


class Device(Protocol):
    """A PCM device that is open. Every method may raise OSError."""

    @property
    def rate(self) -> int: ...  # noqa: D102 - Hz, as the device has it
    @property
    def buffer(self) -> int: ...  # noqa: D102 - samples
    @property
    def can_pause(self) -> bool: ...  # noqa: D102
    def write(self, data: bytes | memoryview, /) -> int: ...  # noqa: D102
    def avail(self) -> int: ...  # noqa: D102
    def pause(self, enable: int, /) -> int: ...  # noqa: D102
    def drop(self) -> int: ...  # noqa: D102
    def drain(self) -> int: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class CardSink:
    """A Sink on the sound device that `open_device(name, rate)` opens; that may raise OSError."""

    keeps_time = True
    takes_stdout = False

    def __init__(
        self,
        device: str,
        open_device: Callable[[str, int], Device],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens the device, so that the first song need not wait; raises SinkError."""
        self.name = f"alsa:{device}"
        self.gaps = 0
        self.prefill = 0
        self._device = device
        self._clock = clock
        self._open_device = open_device
        self._pcm: Device | None = None
        self._rate = 0
        self._buffer = 0  # bytes
        self._ends: float | None = None  # when what was written will have been heard; None: at rest
        self._held: float | None = None  # seconds not heard, while paused
        self._kept: bytes | None = None  # what `resume` must write again
        self._recent = b""  # the newest bytes written, a buffer's worth
        self.start(FIRST_RATE)

    def start(self, rate: int) -> None:
        """Opens the device for `rate` Hz, unless it is."""
        if self._pcm is not None and rate == self._rate:
            return
        self.release()
        try:
            pcm = self._open_device(self._device, rate)
        except OSError as error:
            raise SinkError(
                f"The sound device '{self._device}' does not open: {error}. "
                "Try another with --sink alsa:DEVICE, or --sink null to play silently."
            ) from error
        self._pcm = pcm
        self._rate = rate
        self._buffer = self.prefill = pcm.buffer * SAMPLE_BYTES
        if pcm.rate != rate:
            self.release()
            raise SinkError(
                f"The sound device '{self._device}' cannot play {rate} Hz. "
                "Use one that converts: --sink alsa:default or alsa:plughw:0."
            )

    def room(self) -> int:
        """Bytes that the device takes at once."""
        if self._pcm is None or self._held is not None:
            return 0
        if self._ends is None:
            # At rest the buffer is empty; what `avail` says then is not to be relied on.
            return self._buffer
        avail = self._pcm.avail()
        # Negative after an underrun: the buffer is empty, and a write sets the device right.
        return self._buffer if avail < 0 else min(avail * SAMPLE_BYTES, self._buffer)

    def write(self, pcm: bytes) -> None:
        """Hands `pcm` to the device, again where an underrun threw it away."""
        begins = now = self._clock()
        if self._ends is not None:
            begins = max(now, self._ends)
            # By the clock: what ALSA counts misses the short ones.
            self.gaps += now > self._ends + GAP_S
        rest, failures = memoryview(pcm), 0
        while rest:
            written = self._write_once(rest)
            failures = 0 if written > 0 else failures + 1
            if failures > TRIES:
                raise SinkError(f"The sound device '{self._device}' takes no sound.")
            rest = rest[max(0, written) * SAMPLE_BYTES :]
        self._recent = (self._recent + pcm)[-self._buffer :]
        # A sound server behind the device may hold as much again, and then only the clock tells;
        # but the card's clock is not ours, so in the long run the device does.
        ends = begins + len(pcm) / SAMPLE_BYTES / self._rate
        least = self._clock() + self._queued()
        self._ends = min(max(ends, least), least + self._buffer / SAMPLE_BYTES / self._rate)

    def label(self, what: str, number: int) -> None:
        """Nobody reads it here."""

    def pause(self) -> None:
        """Stops the device, or where it cannot, drops what it has and keeps it for `resume`."""
        if self._held is not None:
            return
        self._held = self.delay()
        if self._pcm is None or not self._held:
            return
        if self._pcm.can_pause:
            try:
                self._pcm.pause(1)
            except OSError:
                pass  # some say they can, and cannot
            else:
                return
        unheard = round(self._queued() * self._rate) * SAMPLE_BYTES
        self._kept = self._recent[len(self._recent) - unheard :] if unheard else b""
        self._held = len(self._kept) / SAMPLE_BYTES / self._rate
        self._call(self._pcm.drop)

    def resume(self) -> None:
        """Lets the device go on, or writes again what the pause kept."""
        held, self._held = self._held, None
        kept, self._kept = self._kept, None
        if self._pcm is None or not held:
            return
        if kept is None:
            self._ends = self._clock() + held
            self._call(partial(self._pcm.pause, 0))
        else:
            self._ends = None
            self.write(kept)

    def drop(self) -> None:
        """Silences the device within a millisecond, whatever it has."""
        self._forget()
        if self._pcm is not None:
            self._call(self._pcm.drop)

    def drain(self) -> None:
        """Waits until the device has played all it has."""
        is_playing = self._ends is not None
        self._forget()
        if self._pcm is not None and is_playing:
            self._call(self._pcm.drain)

    def delay(self) -> float:
        """Seconds of sound that the device took and has not played."""
        if self._held is not None:
            return self._held
        return 0.0 if self._ends is None else max(0.0, self._ends - self._clock())

    def release(self) -> None:
        """Closes the device at once: without the drop it would play on for a while."""
        self._forget()
        pcm, self._pcm = self._pcm, None
        if pcm is not None:
            try:
                pcm.drop()
                pcm.close()
            except OSError:
                pass  # it is gone already, which is what was wanted

    def close(self) -> None:
        """Closes the device."""
        self.release()

    def _forget(self) -> None:
        self._ends = self._held = self._kept = None
        self._recent = b""

    def _queued(self) -> float:
        """Seconds of sound in the buffer that the device shows."""
        avail = self._pcm.avail() if self._pcm is not None else -1
        if avail < 0:
            return 0.0
        return max(0.0, self._buffer / SAMPLE_BYTES - avail) / self._rate

    def _write_once(self, piece: memoryview) -> int:
        if self._pcm is None:
            raise MisuseError("write before start")
        try:
            return self._pcm.write(piece)
        except OSError:
            # A suspended machine, a server that was restarted: a fresh device may do.
            rate = self._rate
            self.release()
            self.start(rate)
            return 0

    def _call(self, operation: Callable[[], int]) -> None:
        try:
            operation()
        except OSError as error:
            raise SinkError(f"The sound device '{self._device}' failed: {error}.") from error
