# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns for all listeners that have something to send: one callback in the hub walks them.

A socket that never blocks never yields, so each gets a budget of bytes a turn, and a round a budget
of time. Between two rounds the loop looks at everything else: whoever knocks waits for one round.
What is costly waits in a line of its own: many who search the library must not keep sound waiting.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import gevent

from server.channel import clock
from server.logbook import Logbook

EVENTS = Logbook("antiphon.server")

BUDGET: Final = 256 * 1024  # bytes a turn: a top-up of the client's at 128 kbit/s
ROUND: Final = 0.005  # seconds; the turn that is being had then is the round's last


class Turn(Protocol):
    """Somebody who may have something to send."""

    def turn(self, budget: int) -> bool:
        """Send about `budget` bytes; whether there is more that the kernel would take."""
        ...

    def drop(self) -> None:
        """Close."""
        ...


class Pump:
    """The listeners that are due, in the order in which they became so."""

    def __init__(self, clock: Callable[[], float] = clock) -> None:
        """Nobody is due; `clock` gives seconds, for the rounds."""
        self._clock = clock
        self._due: deque[Turn] = deque()
        self._costly: deque[Turn] = deque()
        self._costly_from = 0.0  # when the next of these may have its turn, while others are due
        self._waiting: set[Turn] = set()
        self._scheduled = False
        # Callbacks of the loop that ask for callbacks run many times before it looks at a socket; a
        # timer, even of no time, runs once.
        self._next_round = gevent.get_hub().loop.timer(0)

    @property
    def busy(self) -> bool:
        """Whether somebody is due."""
        return self._scheduled

    def wake(self, link: Turn, *, costly: bool = False) -> None:
        """`link` gets a turn soon; a `costly` one when the others had as much time as the last."""
        if link not in self._waiting:
            self._waiting.add(link)
            (self._costly if costly else self._due).append(link)
            self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._next_round.start(self._round)

    def _round(self) -> None:
        self._scheduled = False
        until = self._clock() + ROUND
        for _ in range(len(self._due)):
            self._next_of(self._due)
            if self._clock() >= until:
                break
        if self._costly:
            self._costly_round()
        if self._due or self._costly:
            self._schedule()

    def _costly_round(self) -> None:
        begin = self._clock()
        if not self._due or begin >= self._costly_from:
            self._next_of(self._costly)
            end = self._clock()
            self._costly_from = end + (end - begin)

    def _next_of(self, line: deque[Turn]) -> None:
        link = line.popleft()
        self._waiting.discard(link)
        if self._turn(link):
            self.wake(link, costly=line is self._costly)

    def _turn(self, link: Turn) -> bool:
        try:
            return link.turn(BUDGET)
        except Exception:  # noqa: BLE001 - a defect here must cost one listener and nobody else
            EVENTS.defect("a defect of the server; closing one connection")
            link.drop()
            return False
