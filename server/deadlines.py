# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of many things wants to be looked at next; one timer serves them all.

A deadline that moves later (a peer was heard) costs nothing here: when the old one comes, the
thing is asked again and put back. So thousands of idle connections cost a look a minute each.
"""

import heapq
from collections.abc import Hashable
from typing import Final, Protocol


class Watched(Hashable, Protocol):
    """Something that wants to be called at some time."""

    def deadline(self) -> float | None:
        """When, on the server's clock; None for never again."""
        ...

    def tick(self, *, now: float) -> None:
        """The deadline may have come; called again at the next one."""
        ...


SLACK: Final = 64  # entries of the heap that may be out of date beside every current one


class Deadlines:
    """A heap of deadlines; owns no clock."""

    def __init__(self) -> None:
        """Nothing is watched yet."""
        self._heap: list[tuple[float, int, Watched]] = []
        self._current: dict[Watched, float] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._current)

    def watch(self, thing: Watched) -> None:
        """Look at `thing` at its deadline; call again where that has moved earlier or is None."""
        deadline = thing.deadline()
        if deadline is None:
            self._current.pop(thing, None)
            self._tidy()
        elif deadline < self._current.get(thing, float("inf")):
            self._put(thing, deadline)

    def next(self) -> float | None:
        """When to call `run`; no later than any deadline that is watched."""
        while self._heap and self._current.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run(self, *, now: float) -> None:
        """Tick everything that is due."""
        while (at := self.next()) is not None and at <= now:
            _, _, thing = heapq.heappop(self._heap)
            del self._current[thing]
            deadline = thing.deadline()
            if deadline is not None and deadline <= now:
                thing.tick(now=now)
                deadline = thing.deadline()
            if deadline is not None and thing not in self._current:
                # A thing that stays due is looked at again the next time, not forever in this one.
                self._put(thing, max(deadline, now + 0.001))

    def _tidy(self) -> None:
        # What is over must not stay in memory until a deadline that may be an hour away.
        if len(self._heap) > 2 * len(self._current) + SLACK:
            self._heap = [entry for entry in self._heap if self._current.get(entry[2]) == entry[0]]
            heapq.heapify(self._heap)

    def _put(self, thing: Watched, deadline: float) -> None:
        self._count += 1
        self._current[thing] = deadline
        heapq.heappush(self._heap, (deadline, self._count, thing))
