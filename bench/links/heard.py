# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the sink was given, second by second, to start and stalls; pure.

The sink is recorded whole, silence too, so a sample's number is its time.
"""

import sys
from array import array
from dataclasses import dataclass
from typing import Final

CHANNELS: Final = 2
WINDOWS: Final = 300  # a second, each sound or silence; whole samples at every usual rate
LOUD: Final = 100  # of 32767; the songs never stay under it for a whole window
STALL_S: Final = 0.03  # seconds; shorter silences are the machine's, not the link's
TOLERANCE_S: Final = 0.3  # seconds that a song may be shorter: encoders pad, players trim


@dataclass(frozen=True, slots=True)
class Gap:
    """A silence after the first sound."""

    at: float  # seconds after the click
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What a listener heard; times in seconds after the click."""

    start: float | None  # None: nothing at all
    gaps: tuple[Gap, ...]  # stalls
    glitches: int  # silences too short for one
    sound: float  # seconds of it

    @property
    def stalled(self) -> float:
        """Seconds of stalls."""
        return sum(gap.seconds for gap in self.gaps)


class Tape:
    """What was recorded so far: one byte a window, 1 for sound.

    The clock of the samples is fitted to that of their arrivals: a piece may come late, never
    early, so the earliest of all tells when the recording began.
    """

    def __init__(self, rate: int) -> None:
        """`rate` in Hz, a multiple of WINDOWS."""
        self._rate = rate
        self._window = rate // WINDOWS * CHANNELS  # values
        self._rest = b""
        self._bytes = 0  # that have come
        self._began: float | None = None
        self._windows = bytearray()

    @property
    def began(self) -> float:
        """When the first sample was, by the clock of `add`."""
        return 0.0 if self._began is None else self._began

    @property
    def last(self) -> float:
        """When the last sample was, by the clock of `add`."""
        return self.began + self._seconds()

    def add(self, piece: bytes, now: float) -> None:
        """Little-endian 16-bit stereo samples that arrived at `now`."""
        data = self._rest + piece
        self._bytes += len(piece)
        began = now - self._seconds()
        self._began = began if self._began is None else min(self._began, began)
        size = self._window * 2
        whole = len(data) // size * size
        self._rest = data[whole:]
        values = array("h", data[:whole])
        if sys.byteorder == "big":
            values.byteswap()
        for begin in range(0, len(values), self._window):
            window = values[begin : begin + self._window]
            self._windows.append(max(window) > LOUD or min(window) < -LOUD)

    def sound_since(self, time: float) -> float:
        """Seconds of sound after `time`, by the clock of `add`."""
        return sum(self._windows[self._index(time) :]) / WINDOWS

    def is_sounding(self) -> bool:
        """Whether the last window was sound."""
        return bool(self._windows and self._windows[-1])

    def heard(self, click: float, end: float, *, song: float) -> Heard:
        """Start and gaps between two times, of a song of so many seconds.

        Silence at the end counts, unless all of the song has been heard.
        """
        low = self._index(click)
        windows = bytes(self._windows[low : max(low, self._index(end))])
        first = windows.find(1)
        if first < 0:
            return Heard(None, (), 0, 0.0)
        last = windows.rfind(1) + 1
        # The window in which the click fell began a little before or after it.
        offset = self.began + low / WINDOWS - click
        sound = windows.count(1) / WINDOWS
        if sound < song - TOLERANCE_S:
            last = len(windows)
        gaps: list[Gap] = []
        glitches, place = 0, first
        while (begin := windows.find(0, place, last)) >= 0:
            place = windows.find(1, begin, last)
            place = last if place < 0 else place
            seconds = (place - begin) / WINDOWS
            if seconds >= STALL_S:
                gaps.append(Gap(round(begin / WINDOWS + offset, 3), round(seconds, 3)))
            else:
                glitches += 1
        return Heard(first / WINDOWS + offset, tuple(gaps), glitches, sound)

    def _seconds(self) -> float:
        return self._bytes / (2 * CHANNELS * self._rate)

    def _index(self, time: float) -> int:
        return max(0, round((time - self.began) * WINDOWS))
