# SPDX-License-Identifier: GPL-3.0-or-later
"""What listeners say that they heard, bounded and added up (RFC.md, "What Was Heard"). Pure."""

from collections import Counter
from dataclasses import replace
from typing import Final

from control.heard import Heard, Starts
from server.metrics.histogram import Histogram

# What is believed of one listener at most: more would drown what all others say.
MOST_HEARD: Final = 7 * 86400  # seconds
MOST_STALLED: Final = 86400_000  # milliseconds
MOST_TIMES: Final = 10_000  # stalls, and starts of either kind
MOST_DELAY: Final = 600_000  # milliseconds

# Seconds from a listener's word to the first sample.
START: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)


def bounded(heard: Heard) -> Heard:
    """The same, with no figure beyond what is believed."""
    return Heard(
        seconds=min(heard.seconds, MOST_HEARD),
        stalls=min(heard.stalls, MOST_TIMES),
        stalled=min(heard.stalled, MOST_STALLED),
        songs=_bounded(heard.songs),
        stations=_bounded(heard.stations),
    )


def _bounded(starts: Starts) -> Starts:
    return replace(
        starts,
        count=min(starts.count, MOST_TIMES),
        median=min(starts.median, MOST_DELAY),
        worst=min(starts.worst, MOST_DELAY),
    )


class HeardTally:
    """The sums.

    Attributes:
        reports: listeners that told something.
        seconds: of sound that they heard.
        stalls: how often it broke off for one of them.
        stalled: for how many seconds altogether.
        starts: of a "song", and of a "station".
        median: seconds to a start, the median of each listener's.
        worst: seconds to a start, the worst of each listener's.
    """

    __slots__ = ("median", "reports", "seconds", "stalled", "stalls", "starts", "worst")

    def __init__(self) -> None:
        """Nobody has told anything yet."""
        self.reports = 0
        self.seconds = 0
        self.stalls = 0
        self.stalled = 0.0
        self.starts = Counter(song=0, station=0)
        self.median = {of: Histogram(START) for of in self.starts}
        self.worst = {of: Histogram(START) for of in self.starts}

    def add(self, heard: Heard) -> None:
        """One listener has told; the figures are bounded already."""
        self.reports += 1
        self.seconds += heard.seconds
        self.stalls += heard.stalls
        self.stalled += heard.stalled / 1000
        for of, starts in (("song", heard.songs), ("station", heard.stations)):
            if starts.count:
                self.starts[of] += starts.count
                self.median[of].observe(starts.median / 1000)
                self.worst[of].observe(starts.worst / 1000)
