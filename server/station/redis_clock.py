# SPDX-License-Identifier: GPL-3.0-or-later
"""Redis's clock, which all servers of a station go by; looked at now and then."""

import time
from typing import Final

import redis

from server.channel import clock
from server.logbook import Logbook
from server.station.shared_clock import RoundTrip, SharedClock

TIME_EVERY: Final = 30.0  # seconds between two looks at Redis's clock
TIME_TRIPS: Final = 5  # of which the quickest counts

_events = Logbook(__name__)


class RedisClock:
    """Unix µs; those of this machine until Redis was asked."""

    def __init__(self, client: redis.Redis, where: str) -> None:
        """`where` Redis is, for the log."""
        self._client = client
        self._where = where
        self._clock = SharedClock(time.time_ns() // 1000 - _local_us())
        self._looked_at = float("-inf")

    def now_us(self) -> int:
        """The time."""
        return self._clock.now_us(_local_us())

    @property
    def is_due(self) -> bool:
        """Whether it is time for another look."""
        return clock() >= self._looked_at + TIME_EVERY

    def look(self) -> None:
        """Ask Redis; raises what its client does."""
        trips: list[RoundTrip] = []
        for _ in range(TIME_TRIPS):
            sent_us = _local_us()
            seconds, micros = self._client.time()
            trips.append(RoundTrip(sent_us, _local_us(), seconds * 1_000_000 + micros))
        self._looked_at = clock()
        if self._clock.learn(trips, _local_us()):
            _events.warning(
                "store_clock_set",
                "the clock of Redis at {store} was set, and the station's with it",
                store=self._where,
            )


def _local_us() -> int:
    return round(clock() * 1e6)
