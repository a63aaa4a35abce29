# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong, and when: a list that a seed gives before anything runs. Pure.

Each kind draws from dice of its own, so that one more kind leaves the others where they were.
"""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Final

FIRST_AT: Final = 5.0  # seconds after the start: everybody plays by then
CALM: Final = 10.0  # seconds without new faults at the end, at most a fifth of the run
REST: Final = 3.0  # seconds that one and the same thing has between two faults
SERVER_REST: Final = 12.0  # the same for the server, which all clients have to find again


class Kind(Enum):
    """What happens; the value says it in words."""

    CLIENT_KILL = "a client is killed"
    CLIENT_STOP = "a client stands still"  # SIGSTOP, and SIGCONT at the end
    SERVER_STOP = "the server stands still"
    SERVER_KILL = "the server is killed and started anew"
    SERVER_END = "the server is told to end, and a successor takes its port"
    RESET = "connections are reset"
    CUT = "a link carries nothing"
    BURST = "a link loses and delays"
    MOVE = "a link's clients get another address"
    REPLACE = "a file is replaced by another recording"
    OVERWRITE = "a file is written over in place with another recording"
    SHORTEN = "a file is cut short in place, and restored"
    DELETE = "a file is deleted, and restored"
    FLOOD = "a hostile peer floods the server"


class Target(Enum):
    """What a kind of fault happens to."""

    CLIENT = "client"
    LINK = "link"
    SONG = "song"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Habit:
    """How a kind of fault usually is.

    Attributes:
        every: mean seconds between two of them.
        shortest, longest: seconds that one lasts; 0 for one that is but a moment.
    """

    target: Target
    every: float
    shortest: float = 0.0
    longest: float = 0.0


HABITS: Final = {
    Kind.CLIENT_KILL: Habit(Target.CLIENT, 10),
    Kind.CLIENT_STOP: Habit(Target.CLIENT, 15, 0.5, 15),
    Kind.SERVER_STOP: Habit(Target.SERVER, 60, 0.5, 12),
    Kind.SERVER_KILL: Habit(Target.SERVER, 90, 0.0, 5),
    Kind.SERVER_END: Habit(Target.SERVER, 90),
    Kind.RESET: Habit(Target.LINK, 8),
    Kind.CUT: Habit(Target.LINK, 20, 1, 20),
    Kind.BURST: Habit(Target.LINK, 20, 2, 15),
    Kind.MOVE: Habit(Target.LINK, 40),
    Kind.REPLACE: Habit(Target.SONG, 20),
    Kind.OVERWRITE: Habit(Target.SONG, 30),
    Kind.SHORTEN: Habit(Target.SONG, 40, 3, 15),
    Kind.DELETE: Habit(Target.SONG, 40, 3, 15),
    Kind.FLOOD: Habit(Target.SERVER, 45, 2, 6),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        at: seconds after the start.
        which: the number of the client, link or song, from 0; 0 where there is but one.
        seconds: how long it lasts.
        chance: a number from 0 up to 1, for what else there is to choose.
    """

    at: float
    kind: Kind
    which: int
    seconds: float
    chance: float

    @property
    def end(self) -> float:
        """Seconds after the start."""
        return self.at + self.seconds

    def __str__(self) -> str:
        target = HABITS[self.kind].target
        where = "" if target is Target.SERVER else f" ({target.value} {self.which})"
        lasts = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.kind.value}{where}{lasts}"


@dataclass(frozen=True, slots=True)
class Stage:
    """How many there are of what faults happen to."""

    clients: int
    links: int
    songs: int


def draw(seed: int, *, seconds: float, stage: Stage, pace: float = 1.0) -> list[Fault]:
    """The faults of a run that lasts so long, in order; `pace` times as many as usual.

    Nothing has two faults at once, and all are over at the end.
    """
    last = seconds - min(CALM, seconds / 5)
    drawn = [
        fault for kind in Kind for fault in _of_kind(kind, seed, last=last, stage=stage, pace=pace)
    ]
    drawn.sort(key=lambda fault: fault.at)
    free_at: dict[tuple[Target, int], float] = {}
    found: list[Fault] = []
    for fault in drawn:
        target = HABITS[fault.kind].target
        if fault.kind is Kind.FLOOD:
            found.append(fault)  # it must do no harm, so it may meet anything
            continue
        if fault.at >= free_at.get((target, fault.which), 0.0):
            rest = SERVER_REST if target is Target.SERVER else REST
            free_at[target, fault.which] = fault.end + rest
            found.append(fault)
    return found


def _of_kind(kind: Kind, seed: int, *, last: float, stage: Stage, pace: float) -> list[Fault]:
    habit, dice = HABITS[kind], Random(f"{seed} {kind.name}")
    count = {
        Target.CLIENT: stage.clients,
        Target.LINK: stage.links,
        Target.SONG: stage.songs,
        Target.SERVER: 1,
    }[habit.target]
    found: list[Fault] = []
    at = FIRST_AT
    while True:
        at += dice.expovariate(pace / habit.every)
        which, chance = dice.randrange(count), dice.random()
        lasts = dice.uniform(habit.shortest, habit.longest)
        if at >= last:
            return found
        lasts = min(lasts, last - at)
        found.append(Fault(round(at, 3), kind, which, round(lasts, 3), round(chance, 6)))
