# SPDX-License-Identifier: GPL-3.0-or-later
"""How late the event loop is: one timer of the hub, and by how much it comes after its time."""

from collections.abc import Callable
from typing import Final

import gevent

from server.channel import clock

EVERY: Final = 1.0  # seconds


class LoopLag:
    """Observes once a second, until it is closed."""

    def __init__(
        self, observe: Callable[[float], None], *, clock: Callable[[], float] = clock
    ) -> None:
        """Begin; `observe` is given seconds."""
        self._observe = observe
        self._clock = clock
        self._timer = gevent.get_hub().loop.timer(EVERY, EVERY, ref=False)
        self._due = 0.0
        self._start()

    def close(self) -> None:
        """Observe no more. May be called again."""
        self._timer.stop()
        self._timer.close()

    def ring(self) -> None:
        """The timer has come."""
        self._observe(max(0.0, self._clock() - self._due))
        self._start()

    def _start(self) -> None:
        self._due = self._clock() + EVERY
        # A timer that has come and is started anew comes at once; this is what libev has for it.
        self._timer.again(self.ring)
