# SPDX-License-Identifier: GPL-3.0-or-later
"""One heap for everybody's deadlines."""

import gc
import random
import weakref
from dataclasses import dataclass, field

from server.deadlines import Deadlines


@dataclass(eq=False)
class Thing:
    """Wants to be called at a time, and remembers when it was."""

    at: float | None
    period: float | None = None
    ticks: list[float] = field(default_factory=list[float])

    def deadline(self) -> float | None:
        return self.at

    def tick(self, *, now: float) -> None:
        self.ticks.append(now)
        self.at = None if self.period is None else now + self.period


def test_nothing_is_due_where_nothing_is_watched() -> None:
    deadlines = Deadlines()
    assert deadlines.next() is None
    deadlines.run(now=1e9)


def test_things_are_called_at_their_deadline_and_not_before() -> None:
    deadlines = Deadlines()
    early, late = Thing(10.0), Thing(20.0)
    deadlines.watch(late)
    deadlines.watch(early)
    assert deadlines.next() == 10.0
    deadlines.run(now=9.99)
    assert early.ticks == []
    deadlines.run(now=10.0)
    assert (early.ticks, late.ticks) == ([10.0], [])
    assert deadlines.next() == 20.0
    deadlines.run(now=30.0)
    assert late.ticks == [30.0]
    assert len(deadlines) == 0


def test_a_deadline_that_moved_later_is_only_put_back() -> None:
    deadlines = Deadlines()
    thing = Thing(10.0)
    deadlines.watch(thing)
    thing.at = 50.0
    deadlines.run(now=10.0)
    assert thing.ticks == []
    assert deadlines.next() == 50.0


def test_a_deadline_that_moved_earlier_counts_when_it_is_watched_again() -> None:
    deadlines = Deadlines()
    thing = Thing(50.0)
    deadlines.watch(thing)
    thing.at = 10.0
    deadlines.watch(thing)
    deadlines.run(now=10.0)
    assert thing.ticks == [10.0]
    deadlines.run(now=60.0)
    assert thing.ticks == [10.0]


def test_a_thing_with_periods_is_called_again() -> None:
    deadlines = Deadlines()
    thing = Thing(1.0, period=5.0)
    deadlines.watch(thing)
    for now in range(1, 20):
        deadlines.run(now=float(now))
    assert thing.ticks == [1.0, 6.0, 11.0, 16.0]


def test_a_thing_that_stays_due_does_not_keep_the_others_waiting() -> None:
    deadlines = Deadlines()
    stubborn, other = Thing(1.0, period=0.0), Thing(1.0)
    deadlines.watch(stubborn)
    deadlines.watch(other)
    deadlines.run(now=1.0)
    assert (stubborn.ticks, other.ticks) == ([1.0], [1.0])
    assert len(deadlines) == 1


def test_a_thing_that_is_over_is_let_go_long_before_its_deadline() -> None:
    deadlines = Deadlines()

    def watch_and_end() -> weakref.ref[Thing]:
        thing = Thing(3600.0)
        deadlines.watch(thing)
        thing.at = None
        deadlines.watch(thing)
        return weakref.ref(thing)

    gone = [watch_and_end() for _ in range(1000)]
    gc.collect()
    assert len(deadlines) == 0
    assert sum(ref() is not None for ref in gone) < 100


def test_a_tick_that_raises_is_not_repeated_forever() -> None:
    class Broken(Thing):
        def tick(self, *, now: float) -> None:
            raise RuntimeError("a defect")

    deadlines = Deadlines()
    broken, other = Broken(1.0), Thing(1.0)
    deadlines.watch(broken)
    deadlines.watch(other)
    try:
        deadlines.run(now=1.0)
    except RuntimeError:
        deadlines.run(now=1.0)
    assert other.ticks == [1.0]


def test_no_deadline_is_forgotten_whatever_happens() -> None:
    rng = random.Random(7)
    deadlines = Deadlines()
    things = [Thing(None) for _ in range(50)]
    for now in range(2000):
        thing = rng.choice(things)
        thing.at = rng.choice([None, now + rng.uniform(0.1, 100.0)])
        deadlines.watch(thing)
        deadlines.run(now=float(now))
        assert all(thing.at is None or thing.at > now for thing in things)
