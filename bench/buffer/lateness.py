# SPDX-License-Identifier: GPL-3.0-or-later
"""How late each moment of a song arrives: when sound would stop, and the clairvoyant's start."""

from dataclasses import dataclass

import numpy as np

from bench.buffer.link import Arrivals
from bench.buffer.traces import Array
from data.timemap import TimeMap

STEP = 0.1  # seconds of sound between two looks
TINY = 1e-6  # seconds, for rounding
FRAME = 0.03  # seconds; a moment is heard once the whole frame is there


@dataclass(frozen=True, slots=True)
class Lateness:
    """For each `STEP` of the song; seconds.

    Attributes:
        delays: the least delay with which this moment can be heard.
        worst: the greatest of this moment's and all before.
    """

    delays: Array
    worst: Array

    @property
    def oracle(self) -> float:
        """The least time from the click to the sound with which nothing stops: s*."""
        return float(self.worst[-1])

    def stop_after(self, delay: float) -> float | None:
        """Where in the song sound that is played `delay` seconds late stops; None: nowhere."""
        at = int(np.searchsorted(self.worst, delay + TINY, side="right"))
        return at * STEP if at < len(self.worst) else None

    def low_after(self, delay: float, *, position: float, low: float) -> float | None:
        """Where from `position` on it has no more than `low` seconds of sound left."""
        begin = int(np.ceil((position + low) / STEP))
        late = np.flatnonzero(self.delays[begin:] > delay - low + TINY)
        return (begin + int(late[0])) * STEP - low if len(late) else None


def lateness(song: TimeMap, arrivals: Arrivals) -> Lateness:
    """Compare consumption and arrival."""
    moments = np.arange(0.0, song.duration, STEP)
    times, offsets = np.array([*song.points()], dtype=np.float64).T
    needed = np.interp(np.minimum(moments + FRAME, song.duration), times, offsets)
    delays = arrivals.when(needed) - moments
    return Lateness(delays, np.maximum.accumulate(delays))
