# SPDX-License-Identifier: GPL-3.0-or-later
"""When to start playing, and when to go on after the buffer ran dry: what a rule sees and says.

Every rule implements `StartRule`; the client asks it on every arrival and on a timer.
"""

from dataclasses import dataclass
from typing import Protocol

from data.demand import Demand
from data.estimate import Measured


@dataclass(frozen=True, slots=True)
class Situation:
    """What a rule may know.

    Attributes:
        buffered: seconds of sound that have arrived and are not played yet.
        held: the same in bytes.
        demand: what the song consumes from the playing position to its end.
        complete: nothing more will arrive.
        resuming: the buffer ran dry in this song before.
        waited: seconds since the first byte, or since the buffer ran dry.
        measured: the link; None where nothing has arrived yet.
    """

    buffered: float
    held: int
    demand: Demand
    complete: bool
    resuming: bool
    waited: float
    measured: Measured | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says, once.

    Attributes:
        ready: whether sound starts now.
        confidence: the probability, as the rule sees it, that it would not stop again.
    """

    ready: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """Why the listener waits, if the link goes on as it did.

    Attributes:
        mark: seconds of sound with which it will start.
        wait: seconds until then; None where nobody can tell.
    """

    mark: float
    wait: float | None


class StartRule(Protocol):
    """Decides whether the sound starts now."""

    def decide(self, situation: Situation) -> Decision:
        """Whether to start, or to go on after a stall."""
        ...

    def outlook(self, situation: Situation) -> Outlook:
        """With how much sound and when that will be; for people, so not asked often."""
        ...


@dataclass(frozen=True, slots=True)
class FixedStart:
    """A fixed amount of sound, and `after_stall` times that to go on."""

    seconds: float = 0.5
    after_stall: float = 2.0

    def decide(self, situation: Situation) -> Decision:
        """Whether enough has arrived, or everything."""
        ready = situation.complete or situation.buffered >= self._mark(situation)
        return Decision(ready, float(ready))

    def outlook(self, situation: Situation) -> Outlook:
        """The fixed mark, and how long the link needs for the rest of it."""
        mark, measured = self._mark(situation), situation.measured
        missing = max(0.0, mark - situation.buffered) * situation.demand.rate
        if situation.complete or missing == 0:
            return Outlook(min(mark, situation.buffered), 0.0)
        if measured is None or measured.mean <= 0:
            return Outlook(mark, None)
        return Outlook(mark, missing / measured.mean)

    def _mark(self, situation: Situation) -> float:
        factor = self.after_stall if situation.resuming else 1.0
        return min(self.seconds * factor, situation.demand.left)
