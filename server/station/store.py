# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a station's schedule is kept, and the clock it goes by; in memory, for one server alone.

`redis_store` keeps it for several.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from server.channel import clock
from server.station.schedule import SEED_SIZE, STATION_ID_SIZE, Schedule

T = TypeVar("T")

# One schedule into the next, with an answer for whoever asked. May be called several times before
# its outcome counts, so it does nothing else.
Transition = Callable[[Schedule], tuple[Schedule, T]]


class Store(Protocol):
    """A schedule that several may change."""

    def load(self) -> Schedule:
        """The schedule as it is known here; at once."""
        ...

    def update(self, transition: Transition[T]) -> T:
        """Apply a transition to the newest schedule, all of it or nothing, and give its answer.

        May wait for a moment while others change it.
        """
        ...

    def watch(self, callback: Callable[[Schedule], None]) -> None:
        """Have `callback` called in the hub with each schedule that somebody else has made.

        It must not wait, nor call `update`: it starts a greenlet that does.
        """
        ...

    def now_us(self) -> int:
        """Unix µs on the clock that all servers of the station share; never goes back."""
        ...

    def close(self) -> None:
        """Let go of everything; nothing is called back any more."""
        ...


class MemoryStore:
    """The schedule of a station that lives and dies with one server."""

    def __init__(self, schedule: Schedule | None = None) -> None:
        """Begin with `schedule`, or with a new station."""
        self._schedule = schedule or new_station()
        # The wall's time once, and then a clock that nobody sets.
        self._began_us = time.time_ns() // 1000 - round(clock() * 1e6)

    def load(self) -> Schedule:
        """The schedule."""
        return self._schedule

    def update(self, transition: Transition[T]) -> T:
        """Apply a transition; at once."""
        changed, answer = transition(self._schedule)
        self._schedule = next_version(self._schedule, changed)
        return answer

    def watch(self, callback: Callable[[Schedule], None]) -> None:
        """There is nobody else."""

    def now_us(self) -> int:
        """Unix µs."""
        return self._began_us + round(clock() * 1e6)

    def close(self) -> None:
        """Nothing is held."""


def new_station() -> Schedule:
    """The schedule of a station that did not exist before."""
    return Schedule(
        station_id=secrets.token_bytes(STATION_ID_SIZE),
        seed=secrets.token_bytes(SEED_SIZE),
    )


def next_version(current: Schedule, changed: Schedule) -> Schedule:
    """`changed` with the version after `current`'s; `current` itself where nothing is different."""
    if changed is current or replace(changed, version=current.version) == current:
        return current
    return replace(changed, version=current.version + 1)
