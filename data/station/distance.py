# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the distance to a station's live edge although the sound card's clock is another one.

What is held before a stretch arrives shrinks or grows by the difference of the two clocks, minute
by minute, and shrinks by what the network delays that stretch. The largest amount in some seconds
belongs to the stretch that was delayed least, so the trend of these is that of the clocks alone
(RFC.md, "Keeping the Distance").
"""

from collections import deque
from statistics import median
from typing import Final, NamedTuple

# Some twenty stretches, of which one or another is not delayed.
WINDOW: Final = 10.0  # seconds
# Half an hour, over which a hundredth of a second at either end is 6 millionths.
TREND_WINDOWS: Final = 180
FEWEST_TREND_WINDOWS: Final = 60
# A minute: more than half of it delayed would be a stall.
LEVEL_WINDOWS: Final = 6
# Less than that is not worth a change; a clock that is wrong by 20 millionths takes over an hour.
TOLERANCE: Final = 0.1  # seconds
# Silence between two songs is longer than this as a rule, and who talks over it is not cut short.
MOST_AT_ONCE: Final = 0.5  # seconds

_MILLION: Final = 1_000_000


class _Window(NamedTuple):
    begin: float  # as `now`
    most: float  # seconds held, less the slips until then


class Distance:
    """What is held of a station's sound, its trend, and when to leave out or repeat some."""

    def __init__(self) -> None:
        """The distance to hold is the one of the first minute."""
        self._windows: deque[_Window] = deque(maxlen=TREND_WINDOWS)
        self._open: _Window | None = None
        self._slips = 0.0  # seconds
        self._target: float | None = None  # seconds
        self._pace: int | None = 0  # None: to be computed

    def sample(self, now: float, held: float) -> None:
        """A stretch arrives; `held` seconds of sound before it are not played yet."""
        held -= self._slips
        window = self._open
        if window is None:
            self._open = _Window(now, held)
        elif now < window.begin + WINDOW:
            self._open = _Window(window.begin, max(window.most, held))
        else:
            self._windows.append(window)
            self._open = _Window(now, held)
            self._pace = None
        if self._target is None:
            self._target = self._level()

    def slipped(self, seconds: float) -> None:
        """So much more is held (less, where negative), not by the clocks: repeated, or left out."""
        self._slips += seconds

    def stalled(self, seconds: float) -> None:
        """No sound was there to be played for so long.

        The station went on meanwhile, so the distance is longer, and stays so: the network needed
        it once.
        """
        self.slipped(seconds)
        if self._target is not None:
            self._target += seconds

    @property
    def pace(self) -> int:
        """Seconds of sound that are played in a million seconds of the station's; 0: not known."""
        if self._pace is None:
            self._pace = self._measured_pace()
        return self._pace

    @property
    def excess(self) -> float:
        """By how many seconds too much is held; 0 where that is not known."""
        level = self._level()
        return 0.0 if level is None or self._target is None else level - self._target

    def correction(self, frame_seconds: float, silent_frames: int) -> int:
        """How many MPEG frames to leave out at a place of so many silent ones, or between songs.

        Where negative, so many are to be repeated. Whoever does it says so with `slipped`.
        """
        excess = self.excess
        if abs(excess) < TOLERANCE:
            return 0
        most = int(MOST_AT_ONCE / frame_seconds)
        return max(-most, min(round(excess / frame_seconds), most, silent_frames))

    def _level(self) -> float | None:
        if len(self._windows) < LEVEL_WINDOWS:
            return None
        newest = list(self._windows)[-LEVEL_WINDOWS:]
        return median(window.most for window in newest) + self._slips

    def _measured_pace(self) -> int:
        """By the median of slopes over half the time each: single windows that lie do not count."""
        windows = list(self._windows)
        if len(windows) < FEWEST_TREND_WINDOWS:
            return 0
        half = len(windows) // 2
        slope = median(
            (late.most - early.most) / (late.begin - early.begin)
            for early, late in zip(windows, windows[half:], strict=False)
        )
        return round(_MILLION * (1 - slope))
