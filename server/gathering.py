# SPDX-License-Identifier: GPL-3.0-or-later
"""Passes of the loop, spaced where they are many, so that each finds several sockets ready.

A core that falls asleep between two top-ups wakes with cold caches, each time anew. libev knows
that and has an "io collect interval" (ev(3), `ev_set_io_collect_interval`: to "spend more time
sleeping and less time polling"), which gevent does not expose, and which would hold back a click
on a quiet server too. Here nothing waits where there are few listeners: one who clicks without a
pause makes as many passes as thousands who listen, and has no company to wait for. Where there are
many, the passes come out of a bucket, of which fewer than 1 / GAP a second never see the bottom.
"""

import time
from collections.abc import Callable
from typing import Final

import gevent

from server.channel import clock

GAP: Final = 0.005  # seconds between two passes, and the longest that anything waits here
BURST: Final = 32  # passes in the bucket when it is full, as it is after BURST * GAP of quiet
CROWD: Final = 1000  # listeners; fewer do not make 1 / GAP passes a second by listening
_LAST: Final = -2  # libev's EV_MINPRI


class Gathering:
    """Waits a moment before the loop asks the kernel which sockets are ready."""

    def __init__(
        self,
        busy: Callable[[], bool],
        listeners: Callable[[], int],
        *,
        clock: Callable[[], float] = clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Begin; while `busy`, the loop has work for which the kernel need not be asked."""
        self._busy = busy
        self._listeners = listeners
        self._clock = clock
        self._sleep = sleep
        self._empty_until = float("-inf")  # the bucket; BURST * GAP ago and before: it is full
        loop = gevent.get_hub().loop
        # After the loop's own prepare watcher, which runs what greenlets and callbacks are ready.
        # Where that leaves some, it has run for GAP (sys.getswitchinterval), and this pass is paid.
        self._watcher = loop.prepare(ref=False, priority=_LAST)
        self._watcher.start(self.gather)

    def close(self) -> None:
        """Let every pass come when it will."""
        self._watcher.stop()
        self._watcher.close()

    def gather(self) -> None:
        """Take a pass out of the bucket; where there is none, wait for it, no longer than GAP."""
        if self._busy() or self._listeners() < CROWD:
            return
        now = self._clock()
        self._empty_until = max(self._empty_until, now - BURST * GAP) + GAP
        if self._empty_until > now:
            self._sleep(min(GAP, self._empty_until - now))
