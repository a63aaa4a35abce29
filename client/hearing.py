# SPDX-License-Identifier: GPL-3.0-or-later
"""What the listener heard, in figures for the server (RFC.md, "What Was Heard"). Pure."""

from collections import deque
from statistics import median_low
from typing import Final

from client.song import Song
from client.tuning.station import Station
from control.heard import Heard, Starts

KEPT: Final = 1000  # the latest starts, of which the median is
MOST: Final = 0xFFFFFFFF  # that a figure says


class Hearing:
    """Looks at what is heard after everything that happens, and adds up the time between."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self._source: Song | Station | None = None
        self._is_counted = False  # the start of this one
        self._goes_on = False  # since `_at`: it has begun, and is not paused
        self._in_stall = False
        self._at = 0.0
        self._seconds = 0.0
        self._stalls = 0
        self._stalled = 0.0  # seconds
        self._songs = _Delays()
        self._stations = _Delays()

    def look(self, source: Song | Station | None, *, now: float) -> None:
        """From `now` on, in seconds, this song or station is heard as it stands; None: nothing."""
        self._pass(now)
        if source is not self._source:
            self._source, self._is_counted = source, False
        if source is None:
            self._goes_on = False
            return
        is_paused = isinstance(source, Song) and source.is_paused
        self._count(source, is_paused=is_paused)
        was_in_stall, self._in_stall = self._in_stall, _is_stalled(source)
        self._stalls += self._in_stall and not was_in_stall
        self._goes_on = source.latency is not None and not is_paused

    def figures(self, *, now: float) -> Heard | None:
        """All of it until `now`; None where nothing was to be heard."""
        self._pass(now)
        if not (self._songs.count or self._stations.count or self._seconds):
            return None
        return Heard(
            seconds=_figure(self._seconds),
            stalls=_figure(self._stalls),
            stalled=_figure(self._stalled * 1000),
            songs=self._songs.starts(),
            stations=self._stations.starts(),
        )

    def _pass(self, now: float) -> None:
        seconds, self._at = max(0.0, now - self._at), now
        if not self._goes_on:
            return
        if self._in_stall:
            self._stalled += seconds
        else:
            self._seconds += seconds

    def _count(self, source: Song | Station, *, is_paused: bool) -> None:
        """Its start, once, unless the listener holds it up."""
        if self._is_counted or (source.latency is None and not is_paused):
            return
        self._is_counted = True
        if source.latency is not None:
            delays = self._songs if isinstance(source, Song) else self._stations
            delays.add(_figure(source.latency))


def _is_stalled(source: Song | Station) -> bool:
    if isinstance(source, Song):
        return source.stalled_at is not None
    return source.gate.has_sounded and not source.gate.is_sounding


class _Delays:
    """How long it took, in milliseconds."""

    def __init__(self) -> None:
        self.count = 0
        self._worst = 0
        self._latest: deque[int] = deque(maxlen=KEPT)

    def add(self, delay: int) -> None:
        self.count += 1
        self._worst = max(self._worst, delay)
        self._latest.append(delay)

    def starts(self) -> Starts:
        if not self.count:
            return Starts()
        return Starts(_figure(self.count), median_low(self._latest), self._worst)


def _figure(value: float) -> int:
    return min(round(value), MOST)
