# SPDX-License-Identifier: GPL-3.0-or-later
"""What listeners say that they heard, bounded and added up (RFC.md, "What Was Heard"). Pure."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from control.heard import Heard, Starts
from server.metrics.histogram import Histogram

# What is believed of one listener at most, however long the session was.
MOST_HEARD: Final = 7 * 86400  # seconds
MOST_DELAY: Final = 600_000  # milliseconds

# Seconds from a listener's word to the first sample.
START: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True)
class Known:
    """What the server has seen of a session itself, by which it judges what the listener says.

    Attributes:
        age: seconds since the session was opened.
        has_sound: whether sound was sent to it, or it was sent to others who have it.
        songs: times that it asked for a song, or for another place in one.
        stations: times that it tuned in.
    """

    age: float
    has_sound: bool
    songs: int
    stations: int


def believed(heard: Heard, known: Known) -> Heard | None:
    """The same, with no figure beyond what can be; None where nothing is left of it."""
    if not known.has_sound:
        return None
    seconds = min(heard.seconds, round(known.age), MOST_HEARD)
    stalls = min(heard.stalls, seconds)  # sound that breaks off was there before
    within = round(known.age * 1000)
    told = Heard(
        seconds=seconds,
        stalls=stalls,
        stalled=min(heard.stalled, within) if stalls else 0,
        songs=_believed(heard.songs, known.songs, within),
        stations=_believed(heard.stations, known.stations, within),
    )
    return None if told == Heard() else told


def _believed(starts: Starts, asked: int, within: int) -> Starts:
    count, most = min(starts.count, asked), min(within, MOST_DELAY)
    if not count:
        return Starts()
    return Starts(count, min(starts.median, most), min(starts.worst, most))


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
