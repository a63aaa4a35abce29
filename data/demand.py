# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rest of a song will consume, and how far a link of some rate would fall behind it."""

from bisect import bisect_left
from itertools import pairwise

from data.timemap import TimeMap

Corner = tuple[float, float]  # (seconds, bytes), both from the position


class Demand:
    """A song's consumption from one position to its end; known exactly, whatever its bitrate does.

    Only the corners of the least concave curve above the consumption can be where a link of a
    steady rate is furthest behind, so a question costs the logarithm of a few corners.
    """

    def __init__(self, song: TimeMap, *, position: float = 0.0) -> None:
        """`position`: seconds of frame time from which the sound is to go on."""
        offset = song.offset_at(position)
        self._song, self._position, self._offset = song, position, offset
        self.left = max(0.0, song.duration - position)
        self.size = song.total - offset
        corners: list[Corner] = [(0.0, 0.0)]
        for time, end in song.points():
            if time > position:
                point = (time - position, float(end - offset))
                while len(corners) > 1 and _slope(corners[-2], point) >= _slope(
                    corners[-2], corners[-1]
                ):
                    corners.pop()
                corners.append(point)
        self.corners = corners
        # Falling, so negated for the bisection.
        self._slopes = [-_slope(a, b) for a, b in pairwise(corners)]

    @property
    def rate(self) -> float:
        """Bytes per second, in the mean; 0 at the end."""
        return self.size / self.left if self.left else 0.0

    def time_of(self, held: int) -> float:
        """Seconds of sound in the next `held` bytes."""
        return max(0.0, self._song.time_at(self._offset + held) - self._position)

    def shortfall(self, rate: float, *, held: int) -> float:
        """Bytes that will be missing at the worst moment, if sound goes on now.

        `held` bytes wait to be played, and `rate` bytes arrive per second from now on. Negative
        where something always remains: then by how much.
        """
        seconds, size = self.corners[bisect_left(self._slopes, -rate)]
        return size - rate * seconds - held


def _slope(begin: Corner, end: Corner) -> float:
    return (end[1] - begin[1]) / (end[0] - begin[0])
