# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that are compared: our own, driven as in the client, fixed marks, and peers' habits."""

from collections.abc import Callable, Mapping

from bench.buffer.listener import Moment, Player
from data.estimate import Estimate
from data.timemap import TimeMap
from data.waiting import FixedStart, Situation, StartRule
from data.watermark import Watermark

FRAME = 0.05  # seconds of sound that a decoder wants before it gives any
MPV_RESUME = 1.0  # seconds of sound: cache-pause-wait
QUEUE2_SECONDS, QUEUE2_LOW, QUEUE2_HIGH = 2.0, 0.1, 0.99  # GStreamer's playbin over HTTP
LEAST_SILENCE = 0.05  # share of the song's need; a second with less counts as this much


class Antiphon:
    """Asks a rule of `data`, with the estimate that the client keeps."""

    low = 0.0

    def __init__(self, rule: StartRule, song: TimeMap) -> None:
        self._rule = rule
        self._estimate = Estimate(song.mean_rate)

    def arrived(self, size: int, *, now: float) -> None:
        """Count it."""
        self._estimate.received(size, now=now)

    def situation(self, moment: Moment) -> Situation:
        """The moment as the rule sees it."""
        return Situation(
            buffered=moment.buffered,
            held=moment.held,
            demand=moment.demand,
            complete=moment.complete,
            resuming=moment.resuming,
            waited=moment.waited,
            measured=self._estimate.measured(now=moment.now),
        )

    def ready(self, moment: Moment) -> bool:
        """Decide."""
        return self._rule.decide(self.situation(moment)).ready


class Mark:
    """Starts with one amount of sound, goes on with another, and stops at `low` seconds."""

    def __init__(self, start: float, resume: float, low: float = 0.0) -> None:
        self._start, self._resume, self.low = start, resume, low

    def arrived(self, size: int, *, now: float) -> None:
        """Fixed marks do not care."""

    def ready(self, moment: Moment) -> bool:
        """Compare."""
        mark = self._resume if moment.resuming else self._start
        return moment.buffered >= min(mark, moment.demand.left)


class WholeFile:
    """Starts when the whole file will be there in time at the rate so far, divided by `margin`.

    The rate is the harmonic mean of one-second samples, which fears the slow ones, or the plain.
    """

    low = 0.0

    def __init__(self, song: TimeMap, margin: float, *, harmonic: bool = True) -> None:
        self._margin, self._harmonic = margin, harmonic
        self._floor = LEAST_SILENCE * song.mean_rate
        self._first: float | None = None
        self._size = self._sample = 0
        self._samples, self._inverse = 0, 0.0

    def arrived(self, size: int, *, now: float) -> None:
        """Count it."""
        self._pass_time(now)
        self._size += size
        self._sample += size

    def ready(self, moment: Moment) -> bool:
        """At least a second of sound, and the rest in time."""
        self._pass_time(moment.now)
        if self._first is None or moment.buffered < min(1.0, moment.demand.left):
            return False
        rate = self._size / max(moment.now - self._first, 1.0)
        if self._harmonic:
            if not self._samples:
                return False
            rate = self._samples / self._inverse
        rest = moment.demand.size - moment.held
        return rest <= rate / self._margin * moment.demand.left

    def _pass_time(self, now: float) -> None:
        if self._first is None:
            self._first = now
        while now - self._first >= self._samples + 1:
            self._samples += 1
            self._inverse += 1 / max(self._sample, self._floor)
            self._sample = 0


def _fixed(seconds: float) -> Callable[[TimeMap], Player]:
    # The same mark after a stall does better here than twice the mark, which the client takes.
    return lambda song: Antiphon(FixedStart(seconds, after_stall=1.0), song)


def _whole(margin: float) -> Callable[[TimeMap], Player]:
    return lambda song: WholeFile(song, margin)


FIXED = (0.5, 1.0, 2.0, 5.0, 10.0)
WHOLE = (1.0, 1.15, 1.5)
OWN = "antiphon"
PLAYERS: Mapping[str, Callable[[TimeMap], Player]] = {
    OWN: lambda song: Antiphon(Watermark(), song),
    **{f"fixed-{seconds:g}": _fixed(seconds) for seconds in FIXED},
    "mpv": lambda _: Mark(FRAME, MPV_RESUME),
    "queue2": lambda _: Mark(
        QUEUE2_HIGH * QUEUE2_SECONDS, QUEUE2_HIGH * QUEUE2_SECONDS, QUEUE2_LOW * QUEUE2_SECONDS
    ),
    "whole-mean-1": lambda song: WholeFile(song, 1.0, harmonic=False),
    **{f"whole-{margin:g}": _whole(margin) for margin in WHOLE},
}
ORACLE = "oracle"
