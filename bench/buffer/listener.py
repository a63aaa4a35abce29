# SPDX-License-Identifier: GPL-3.0-or-later
"""One play by one rule: waits, plays, stops, waits; all by the clock that the policy is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bench.buffer.lateness import Lateness, lateness
from bench.buffer.traces import Array
from bench.buffer.workload import Play
from data.demand import Demand

EARLY = 10.0  # seconds of a wait in which the rule is asked often
OFTEN, SELDOM = 0.05, 0.25  # seconds between two questions
MAX_STALLS = 500  # of one play


@dataclass(frozen=True, slots=True)
class Moment:
    """A question to a rule.

    Attributes:
        now: seconds since the click.
        position: seconds of the song that were heard.
        buffered: seconds of sound that wait to be heard.
        held: the same in bytes.
        demand: of the song from `position` on.
        complete: everything has arrived.
        resuming: sound had begun before.
        waited: seconds of this wait; the first is counted from the first byte.
    """

    now: float
    position: float
    buffered: float
    held: int
    demand: Demand
    complete: bool
    resuming: bool
    waited: float


class Player(Protocol):
    """A rule at work on one play; made anew for each."""

    low: float  # seconds of sound left at which it stops to buffer anew; usually 0

    def arrived(self, size: int, *, now: float) -> None:
        """`size` more bytes are there; asked in the order of time, at every `Moment` too."""
        ...

    def ready(self, moment: Moment) -> bool:
        """Whether sound begins, or goes on."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the listener lived through; times in seconds."""

    start: float  # from the click to the first sound
    stalls: int
    stalled: float

    @property
    def cost(self) -> float:
        """J: a second of silence within the song weighs three, each interruption five more."""
        return self.start + 3 * self.stalled + 5 * self.stalls


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a wait may look like, in columns: one row for each time the rule is asked."""

    times: Array
    sizes: Array  # bytes that have arrived
    reached: Array  # seconds of the song up to which they suffice


class Stage:
    """A play that several rules are tried on."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.lateness: Lateness = lateness(play.song, play.arrivals)
        self._times, self._offsets = np.array([*play.song.points()], dtype=np.float64).T
        self._whole = Demand(play.song)
        self._done = float(play.arrivals.times[-1])

    def listen(self, player: Player) -> Outcome:
        """Play the song to its end."""
        first = self.play.arrivals.first
        position, fed = 0.0, 0
        now = start = 0.0
        stalls, stalled = 0, 0.0
        since = first
        while True:
            now, fed = self._wait(player, position, since, fed, resuming=stalls > 0)
            if stalls == 0:
                start = now
            else:
                stalled += now - since
            delay = now - position
            stop = self.lateness.stop_after(delay)
            if player.low > 0:
                stop = self.lateness.low_after(delay, position=position, low=player.low)
            if stop is None or stalls == MAX_STALLS:
                return Outcome(start, stalls, stalled)
            stalls += 1
            since, position = stop + delay, stop

    def _wait(
        self, player: Player, position: float, since: float, fed: int, *, resuming: bool
    ) -> tuple[float, int]:
        """From `since` until the rule is ready: when that is, and how many bytes were there."""
        demand = Demand(self.play.song, position=position) if position else self._whole
        played = self.play.song.total - demand.size
        fed = self._feed(player, since, fed)
        for row in self._rows(since):
            for now, size, reached in zip(row.times, row.sizes, row.reached, strict=True):
                if size > fed:
                    player.arrived(int(size) - fed, now=float(now))
                    fed = int(size)
                moment = Moment(
                    now=float(now),
                    position=position,
                    buffered=max(0.0, float(reached) - position),
                    held=max(0, fed - played),
                    demand=demand,
                    complete=bool(now >= self._done),
                    resuming=resuming,
                    waited=float(now) - since,
                )
                if player.ready(moment) or moment.complete:
                    return float(now), fed
        raise AssertionError("a wait ends when the song is complete")

    def _feed(self, player: Player, until: float, fed: int) -> int:
        """Tell the player what arrived while it played."""
        begin = float(self.play.arrivals.when(np.array([float(fed)]))[0])
        row = self._row(np.arange(begin, until, SELDOM))
        for now, size in zip(row.times, row.sizes, strict=True):
            if size > fed:
                player.arrived(int(size) - fed, now=float(now))
                fed = int(size)
        return fed

    def _rows(self, since: float) -> Iterator[Waiting]:
        early = np.arange(since, since + EARLY, OFTEN)
        yield self._row(early[: int(2 / OFTEN)])
        yield self._row(early[int(2 / OFTEN) :])
        begin, span = since + EARLY, 30.0
        while begin <= self._done + SELDOM:
            yield self._row(np.arange(begin, begin + span, SELDOM))
            begin += span

    def _row(self, times: Array) -> Waiting:
        sizes = np.floor(self.play.arrivals.at(times) + 1e-6)
        return Waiting(times, sizes, np.interp(sizes, self._offsets, self._times))
