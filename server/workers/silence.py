# SPDX-License-Identifier: GPL-3.0-or-later
"""Which workers hang: those that have said nothing for longer than a busy one ever would. Pure.

Counted are not seconds but looks, of which one comes a second at most: where the whole machine
sleeps, or is too busy even for the parent, or somebody stops the parent (Ctrl-Z), no looks come,
and no silence is held against anybody.
"""

from typing import Final

TICK: Final = 1.0  # seconds between two looks
LONGEST: Final = 15  # looks without a word; a worker says one a second (`server.workers.wire.BEAT`)


class Silence:
    """Since when nothing was heard of each. Times are in seconds on a clock that does not jump."""

    def __init__(self, *, longest: int = LONGEST, tick: float = TICK) -> None:
        """Nobody is watched. `longest` is in looks, `tick` in seconds."""
        self._longest = longest
        self._tick = tick
        self._looks: dict[int, int] = {}  # since each was heard
        self._next = 0.0

    @property
    def deadline(self) -> float | None:
        """When `tick` is to be called, if at all."""
        return self._next if self._looks else None

    @property
    def patience(self) -> float:
        """For how many seconds one may say nothing, where looks come as they should."""
        return self._longest * self._tick

    def watch(self, number: int, *, now: float) -> None:
        """A worker serves, and has to be heard from now on."""
        if not self._looks:
            self._next = now + self._tick
        self._looks[number] = 0

    def heard(self, number: int) -> None:
        """A worker has said something; nothing to one that is not watched."""
        if number in self._looks:
            self._looks[number] = 0

    def forget(self, number: int) -> None:
        """A worker is no more, or about to be no more."""
        self._looks.pop(number, None)

    def tick(self, *, now: float) -> list[int]:
        """Look, if it is time; who hangs, and is not watched any more."""
        if not self._looks or now < self._next:
            return []
        self._next = now + self._tick  # what was missed is not made up for
        for number in self._looks:
            self._looks[number] += 1
        hang = [number for number, looks in self._looks.items() if looks > self._longest]
        for number in hang:
            self.forget(number)
        return hang
