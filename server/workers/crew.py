# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the workers: who is started when, who is told what, and how it ends.

Without processes: it is told what happens to them, and returns what is to be done. The first worker
is started alone, since the others read the library that it opens; they follow when it is ready.
Until all were ready once, a worker that ends ends the server: there is something wrong that trying
again does not mend. From then on it is started again, at once at first, and ever more seldom where
it does not live long. Who was told to end at once, and does not, is killed.
"""

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from common.constants import BYE_TIMEOUT
from server.draining import Asked, Ending, Mode, Step

STEADY: Final = 10.0  # seconds of life, behind which a death is not held against a worker
FIRST_PAUSE: Final = 0.5  # seconds before a second start in a row; each further one waits double
LONGEST_PAUSE: Final = 30.0  # seconds
LEAVE_WITHIN: Final = BYE_TIMEOUT + 5.0  # seconds; goodbyes, and what is written behind them

SIGNALS: Final = {
    Step.DRAIN: signal.SIGTERM,
    Step.LEAVE: signal.SIGINT,
    Step.EXIT: signal.SIGKILL,
}


class Phase(Enum):
    """How far one worker is."""

    ABSENT = auto()  # not started, or to be started again
    STARTING = auto()
    SERVING = auto()


class Word(Enum):
    """What the service manager is told of all of them."""

    READY = auto()
    RELOADING = auto()
    STOPPING = auto()


@dataclass(frozen=True, slots=True)
class Start:
    """Start a worker."""

    number: int


@dataclass(frozen=True, slots=True)
class Send:
    """Send a signal to a worker, which is there."""

    number: int
    signal: signal.Signals


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill a worker, which was told to end at once LEAVE_WITHIN seconds ago."""

    number: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the service manager."""

    word: Word


Act = Start | Send | Kill | Tell


@dataclass(slots=True)
class _Worker:
    number: int
    phase: Phase = Phase.ABSENT
    began: float = 0.0
    deaths: int = 0  # in a row
    due: float | None = None  # when it is to be started again
    owes_reload: bool = False  # what has changed may have come too late for it


def pause_after(deaths: int) -> float:
    """Seconds before a start behind so many deaths in a row: 0, 0.5, 1, 2 and so on."""
    return 0.0 if deaths == 0 else min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(deaths - 1, 16))


class Crew:
    """The workers of one server. Times are in seconds on any clock that does not jump.

    Attributes:
        status: the exit status of the server: 0 unless a worker could not start, or died while all
            were ending.
        failed: which worker ended before all were ready once, and the server with it, if one did.
    """

    def __init__(self, count: int) -> None:
        """Nobody is started."""
        self.status = 0
        self.failed: int | None = None
        self._workers = {number: _Worker(number) for number in range(1, count + 1)}
        # Whether there is time to drain the workers know; here that only delays the last resort.
        self._ending = Ending(drains=True)
        self._has_been_ready = False
        self._reloading: set[int] | None = None  # whose word is awaited; None: no reload
        self._leave_by: float | None = None  # None: nobody was told to end at once

    @property
    def is_over(self) -> bool:
        """Whether everybody has gone, for good."""
        gone = all(worker.phase is Phase.ABSENT for worker in self._workers.values())
        return gone and self._ending.mode is not Mode.SERVING

    @property
    def deadline(self) -> float | None:
        """When `tick` is to be called, if at all."""
        dues = [worker.due for worker in self._workers.values() if worker.due is not None]
        if self._leave_by is not None and not self.is_over:
            dues.append(self._leave_by)
        return min(dues, default=None)

    def begin(self, *, now: float) -> list[Act]:
        """Start the first one."""
        return self._start([1], now)

    def ready(self, number: int, *, now: float) -> list[Act]:
        """A worker serves, or serves with what it has read again."""
        worker = self._workers[number]
        worker.phase = Phase.SERVING
        acts: list[Act] = []
        if worker.owes_reload:
            worker.owes_reload = False
            acts.append(Send(number, signal.SIGHUP))
        elif self._reloading is not None:
            self._reloading.discard(number)
            acts += self._reloaded()
        if self._has_been_ready or self._ending.mode is not Mode.SERVING:
            return acts
        absent = [one.number for one in self._workers.values() if one.phase is Phase.ABSENT]
        acts += self._start(absent, now)
        if all(one.phase is Phase.SERVING for one in self._workers.values()):
            self._has_been_ready = True
            acts.append(Tell(Word.READY))
        return acts

    def ended(self, number: int, status: int, *, now: float) -> list[Act]:
        """A worker is no more; `status` is below 0 where a signal ended it."""
        worker = self._workers[number]
        was_serving = worker.phase is Phase.SERVING
        worker.phase = Phase.ABSENT
        worker.owes_reload = False
        if self._ending.mode is not Mode.SERVING:
            if was_serving and status != 0:
                self.status = 1
            return []
        if not self._has_been_ready:
            self.status, self.failed = 1, number
            return self._end(self._ending.happens(Asked.NOW), now)
        if now - worker.began >= STEADY:
            worker.deaths = 0
        worker.due = now + pause_after(worker.deaths)
        worker.deaths += 1
        acts: list[Act] = []
        if self._reloading is not None:
            self._reloading.discard(number)
            acts += self._reloaded()
        return acts

    def phase(self, number: int) -> Phase:
        """How far a worker is."""
        return self._workers[number].phase

    def due(self, number: int) -> float | None:
        """When a worker that has ended is started again; None: never."""
        return self._workers[number].due

    def tick(self, *, now: float) -> list[Act]:
        """Start whose time has come, and kill whose time is up."""
        if self._leave_by is not None and now >= self._leave_by:
            self._leave_by = None
            there = [one for one in self._workers.values() if one.phase is not Phase.ABSENT]
            return [Kill(one.number) for one in there]
        due = [one for one in self._workers.values() if one.due is not None and one.due <= now]
        return self._start([one.number for one in due], now)

    def asked(self, asked: Asked, *, now: float) -> list[Act]:
        """A signal wants the end."""
        was_serving = self._ending.mode is Mode.SERVING
        acts = self._end(self._ending.signalled(asked, now=now), now)
        return [Tell(Word.STOPPING), *acts] if was_serving else acts

    def reload(self) -> list[Act]:
        """A signal wants everything to be read again."""
        if self._ending.mode is not Mode.SERVING:
            return []
        serving: set[int] = set()
        for worker in self._workers.values():
            worker.owes_reload = worker.phase is Phase.STARTING
            if worker.phase is Phase.SERVING:
                serving.add(worker.number)
        acts: list[Act] = [Send(number, signal.SIGHUP) for number in sorted(serving)]
        if not self._has_been_ready:
            return acts
        is_first, self._reloading = self._reloading is None, serving
        return [Tell(Word.RELOADING), *acts, *self._reloaded()] if is_first else acts

    def _reloaded(self) -> list[Act]:
        if self._reloading:
            return []
        self._reloading = None
        return [Tell(Word.READY)]

    def _start(self, numbers: Iterable[int], now: float) -> list[Act]:
        acts: list[Act] = []
        for number in numbers:
            worker = self._workers[number]
            worker.phase, worker.began, worker.due = Phase.STARTING, now, None
            acts.append(Start(number))
        return acts

    def _end(self, step: Step, now: float) -> list[Act]:
        number = SIGNALS.get(step)
        if number is None:
            return []
        if step is Step.LEAVE:
            self._leave_by = now + LEAVE_WITHIN
        acts: list[Act] = []
        for worker in self._workers.values():
            worker.due = None
            if worker.phase is Phase.SERVING:
                acts.append(Send(worker.number, number))
            elif worker.phase is Phase.STARTING:
                acts.append(Send(worker.number, signal.SIGKILL))  # it cannot be talked to yet
        return acts
