# SPDX-License-Identifier: GPL-3.0-or-later
"""The time-to-byte map that STREAM carries: how fast a track is consumed, known in advance."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate


class TimeMap:
    """Audio offset <-> frame time, linear between the points (RFC.md, STREAM)."""

    def __init__(self, interval: float, counts: tuple[int, ...], duration: float) -> None:
        """`interval` and `duration` in seconds, `counts` the audio bytes in each interval."""
        self._offsets = list(accumulate(counts, initial=0))
        self._times = [interval * k for k in range(len(counts))] + [duration]

    @property
    def total(self) -> int:
        """Audio bytes."""
        return self._offsets[-1]

    @property
    def duration(self) -> float:
        """Seconds of frame time."""
        return self._times[-1]

    @property
    def mean_rate(self) -> float:
        """Bytes per second over the whole track."""
        return self.total / self.duration

    def points(self) -> Iterator[tuple[float, int]]:
        """The times in seconds and the audio offsets between which the map is linear."""
        return zip(self._times, self._offsets, strict=True)

    def offset_at(self, time: float) -> int:
        """About where in the audio bytes `time` (seconds) lies; clamped to the track."""
        if time >= self.duration:
            return self.total
        at = max(0, bisect_right(self._times, time) - 1)
        share = max(0.0, time - self._times[at]) / (self._times[at + 1] - self._times[at])
        return self._offsets[at] + int(share * (self._offsets[at + 1] - self._offsets[at]))

    def time_at(self, offset: int) -> float:
        """About when the byte at `offset` is heard, in seconds; clamped to the track."""
        if offset >= self.total:
            return self.duration
        at = max(0, bisect_right(self._offsets, offset) - 1)
        share = max(0, offset - self._offsets[at]) / (self._offsets[at + 1] - self._offsets[at])
        return self._times[at] + share * (self._times[at + 1] - self._times[at])
