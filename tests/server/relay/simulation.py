# SPDX-License-Identifier: GPL-3.0-or-later
"""An audience without sockets: listeners that obey PARENTS, fall back, die and come anew."""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from common.constants import GRACE, REPORT_EVERY, SPARE
from server.relay.allowed import RelayPlan
from server.relay.node import SERVER
from server.relay.reach import address_of
from server.relay.tree import Tree

ON_THE_WAY = (0.01, 0.05)  # seconds that a message takes
CONNECTED = (0.02, 0.15)  # seconds until a parent's first frame is there
NOTICED = (0.01, 0.3)  # seconds until a child notices that its parent was killed
PROBED = (0.3, 1.5)  # seconds from TUNED to RELAYING


@dataclass(slots=True, eq=False)
class Listener:
    """A client, as far as the tree concerns it."""

    id: int
    room: int  # children that it offers to take; 0: it is no relay
    fed_by: int | None = None
    parents: tuple[int, ...] = ()
    children: set[int] = field(default_factory=set[int])
    alive: bool = True
    fed_at: float | None = None  # when something new last came; None: it never has
    worst: float = 0.0  # the longest time in which nothing came
    attempt: int = 0  # outdates those before it


class Simulation:
    """Time, messages and listeners."""

    def __init__(self, allowed: RelayPlan, *, seed: int) -> None:
        self.now = 0.0
        self.tree = Tree(allowed)
        self.random = Random(seed)
        self.listeners: dict[int, Listener] = {}
        self.streams: Counter[int] = Counter()  # streams of the server: samples
        self.sent = 0  # PARENTS
        self._ids = itertools.count(1)
        self._order = itertools.count()
        self._events: list[tuple[float, int, Callable[[], object]]] = []

    def after(self, delay: float | tuple[float, float], act: Callable[[], object]) -> None:
        """Act later; a pair of delays is a range."""
        least, most = delay if isinstance(delay, tuple) else (delay, delay)
        at = self.now + self.random.uniform(least, most)
        heapq.heappush(self._events, (at, next(self._order), act))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while self._events and self._events[0][0] <= until:
            self.now, _, act = heapq.heappop(self._events)
            act()
        self.now = until

    def sample_every(self, step: float) -> None:
        """Count the server's streams and who hears something, from now on."""

        def sample() -> None:
            self.streams[sum(one.fed_by == SERVER for one in self.alive())] += 1
            for one in self.alive():
                if self._is_fed(one):
                    one.fed_at = self.now
                elif one.fed_at is not None:
                    one.worst = max(one.worst, self.now - one.fed_at)
            self.after(step, sample)

        sample()

    def alive(self) -> list[Listener]:
        return [one for one in self.listeners.values() if one.alive]

    # -- listeners

    def tune_in(self, room: int) -> Listener:
        one = Listener(next(self._ids), room)
        self.listeners[one.id] = one
        placed = self.tree.join(one.id, address_of("127.0.0.1"), placeable=True, now=self.now)
        if not placed:
            self.after(ON_THE_WAY, lambda: self._fed(one, SERVER, one.attempt))
        if room:
            self.after(PROBED, lambda: self._offer(one))
        self.after(REPORT_EVERY, lambda: self._report_again(one))
        self._settle()
        return one

    def kill(self, one: Listener, *, grace: float = GRACE) -> None:
        """SIGKILL: the kernel closes its connections."""
        one.alive = False
        self._leave_parent(one)
        for child in list(one.children):
            self.after(NOTICED, partial(self._orphaned, self.listeners[child], one.id))
        self.after(ON_THE_WAY, lambda: self._tell(lambda: self.tree.lost(one.id)))
        self.after(grace, lambda: self._tell(lambda: self.tree.leave(one.id, now=self.now)))

    def _offer(self, one: Listener) -> None:
        if one.alive:
            self._tell(lambda: self.tree.offer(one.id, port=1, room=one.room, rate=1e6))

    def _told(self, one: Listener, parents: tuple[int, ...]) -> None:
        if not one.alive:
            return
        one.parents = parents
        if (parents[0] if parents else SERVER) != one.fed_by:
            self._try(one, list(parents))

    def _orphaned(self, one: Listener, parent: int) -> None:
        if one.alive and one.fed_by == parent:
            self._leave_parent(one)
            self._try(one, [other for other in one.parents if other != parent])

    def _try(self, one: Listener, parents: list[int]) -> None:
        one.attempt += 1
        parent = parents.pop(0) if parents else SERVER
        attempt = one.attempt

        def connected() -> None:
            if attempt != one.attempt or not one.alive:
                return
            if parent != SERVER and not self._takes(parent, one):
                self._try(one, parents)
            else:
                self._fed(one, parent, attempt)

        self.after(CONNECTED, connected)

    def _takes(self, parent: int, one: Listener) -> bool:
        other = self.listeners[parent]
        is_above = one.id in self._branch(other)  # BRANCH shows the circle
        return other.alive and not is_above and len(other.children) < other.room + SPARE

    def _fed(self, one: Listener, parent: int, attempt: int) -> None:
        if not one.alive or attempt != one.attempt:
            return
        self._leave_parent(one)
        one.fed_by = parent
        if parent != SERVER:
            self.listeners[parent].children.add(one.id)
        self._report(one)

    def _leave_parent(self, one: Listener) -> None:
        if one.fed_by is not None and one.fed_by != SERVER:
            self.listeners[one.fed_by].children.discard(one.id)
        one.fed_by = None

    def _report(self, one: Listener) -> None:
        fed_by = one.fed_by

        if fed_by is not None:
            self.after(ON_THE_WAY, partial(self._reported, one, fed_by))

    def _reported(self, one: Listener, fed_by: int) -> None:
        if one.alive:
            self._tell(
                lambda: self.tree.report(
                    one.id, fed_by, behind=1, buffered=6000, pace=0, now=self.now
                )
            )

    def _report_again(self, one: Listener) -> None:
        if one.alive:
            self._report(one)
            self.after(REPORT_EVERY, lambda: self._report_again(one))

    def _branch(self, one: Listener) -> list[int]:
        found: list[int] = []
        at: int | None = one.id
        while at is not None and at != SERVER and at not in found:
            found.append(at)
            at = self.listeners[at].fed_by
        return found

    def _is_fed(self, one: Listener) -> bool:
        top = self.listeners[self._branch(one)[-1]]
        return top.fed_by == SERVER and all(self.listeners[at].alive for at in self._branch(one))

    # -- the server

    def _tell(self, what: Callable[[], object]) -> None:
        what()
        self._settle()

    def _settle(self) -> None:
        for node, parents in self.tree.plan(now=self.now).items():
            self.sent += 1
            self.after(ON_THE_WAY, partial(self._told, self.listeners[node], parents))
        deadline = self.tree.deadline(now=self.now)
        if deadline is not None:
            self.after(max(0.02, deadline - self.now), self._due)

    def _due(self) -> None:
        deadline = self.tree.deadline(now=self.now)
        if deadline is not None and deadline <= self.now:
            self._settle()
