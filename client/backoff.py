# SPDX-License-Identifier: GPL-3.0-or-later
"""How long to wait before the next attempt to connect (RFC.md, "Losing and Resuming")."""

from collections.abc import Callable

FIRST_WAIT = 0.5  # seconds
LONGEST_WAIT = 30.0  # seconds
AWAITED_WAIT = 5.0  # seconds; the longest while somebody wants to hear a song
STEADY = 10.0  # seconds; what lasted this long and is lost then is tried again at once


class Backoff:
    """The first attempt after a loss is made at once, each further one after twice the time."""

    def __init__(self, chance: Callable[[], float]) -> None:
        """`chance` gives numbers from 0 up to 1: up to half of each wait is left to it."""
        self._chance = chance
        self._attempts = 0
        self._up_since: float | None = None

    def succeeded(self, *, now: float) -> None:
        """The connection is there. Only if it lasts are the waits short again."""
        self._up_since = now

    def wait(self, *, now: float, longest: float = LONGEST_WAIT) -> float:
        """Seconds from the loss, or the failed attempt, at `now` to the next attempt."""
        if self._up_since is not None and now - self._up_since >= STEADY:
            self._attempts = 0
        self._up_since = None
        attempts, self._attempts = self._attempts, self._attempts + 1
        if attempts == 0:
            return 0.0
        # The power is bounded before it is taken: a night without a network is many attempts.
        wait = min(FIRST_WAIT * (1 << min(attempts - 1, 16)), longest)
        return wait * (1 - self._chance() / 2)
