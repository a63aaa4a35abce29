# SPDX-License-Identifier: GPL-3.0-or-later
"""Passes of the loop, spaced where they are many, so that each finds several sockets ready.

A core that falls asleep between two top-ups wakes with cold caches, each time anew, and what it has
sent to one listener has driven out of them what the next one needs. libev knows that and has an "io
collect interval" (ev(3), `ev_set_io_collect_interval`: to "spend more time sleeping and less time
polling"), which gevent does not expose, and which would hold back a click on a quiet server too.
Here nothing waits where there are few listeners: one who clicks without a pause makes as many
passes as thousands who listen, and has no company to wait for. Where there are many, the passes
come out of a bucket, of which fewer than 1 / gap a second never see the bottom. The gap grows with
the crowd, so that a pass finds as many of them again; for 9,500 listeners of 128 kbit/s, 47 ms
instead of 5 take a third of the server's own time away.
"""

import time
from collections.abc import Callable
from typing import Final

import gevent

from server.channel import clock

CROWD: Final = 1000  # listeners; fewer do not make 1 / GAP passes a second by listening
GAP: Final = 0.005  # seconds between two passes, for each CROWD
LONGEST: Final = 0.05  # seconds; nothing waits longer here, a click included
BURST: Final = 32  # passes in the bucket when it is full, as it is after as many gaps of quiet
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
        self._empty_until = float("-inf")  # the bucket; BURST gaps ago and before: it is full
        loop = gevent.get_hub().loop
        # After the loop's own prepare watcher, which runs what greenlets and callbacks are ready.
        # Where that leaves some, it has run for 5 ms (sys.getswitchinterval): this pass is paid.
        self._watcher = loop.prepare(ref=False, priority=_LAST)
        self._watcher.start(self.gather)

    def close(self) -> None:
        """Let every pass come when it will."""
        self._watcher.stop()
        self._watcher.close()

    def gather(self) -> None:
        """Take a pass out of the bucket; where there is none, wait for it, no longer than a gap."""
        if self._busy():
            return
        listeners = self._listeners()
        if listeners < CROWD:
            return
        now = self._clock()
        gap = min(LONGEST, GAP * listeners / CROWD)
        self._empty_until = max(self._empty_until, now - BURST * gap) + gap
        if self._empty_until > now:
            self._sleep(min(gap, self._empty_until - now))
