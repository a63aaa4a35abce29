# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns for all listeners that have something to send: one callback in the hub walks them.

A socket that never blocks never yields, so each gets a budget of bytes a turn, and the loop looks
at everything else between the rounds.
"""

import logging
from collections import deque
from typing import Final, Protocol

import gevent

LOG = logging.getLogger("antiphon.server")

BUDGET: Final = 128 * 1024  # bytes a turn


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

    def __init__(self) -> None:
        """Nobody is due."""
        self._due: deque[Turn] = deque()
        self._waiting: set[Turn] = set()
        self._scheduled = False
        self._loop = gevent.get_hub().loop

    def wake(self, link: Turn) -> None:
        """`link` gets a turn soon."""
        if link not in self._waiting:
            self._waiting.add(link)
            self._due.append(link)
            self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.run_callback(self._round)

    def _round(self) -> None:
        self._scheduled = False
        for _ in range(len(self._due)):
            link = self._due.popleft()
            self._waiting.discard(link)
            if self._turn(link):
                self.wake(link)
        if self._due:
            self._schedule()

    def _turn(self, link: Turn) -> bool:
        try:
            return link.turn(BUDGET)
        except Exception:  # a defect here must cost one listener and nobody else
            LOG.exception("a defect of the server; closing one connection")
            link.drop()
            return False
