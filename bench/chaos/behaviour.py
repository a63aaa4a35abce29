# SPDX-License-Identifier: GPL-3.0-or-later
"""What listeners do, by their seed: commands as one would type them, and the time between. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

LIVES: Final = (40.0, 150.0)  # seconds until a listener leaves, to come again
READ_AHEAD: Final = (4, 15, 60, 600)  # seconds that a client fetches ahead; the last is the default
CALM: Final = 6.0  # mean seconds between two commands
LONGEST_CALM: Final = 30.0  # seconds
PAUSE: Final = (0.3, 6.0)  # seconds


@dataclass(frozen=True, slots=True)
class Act:
    """Wait so many seconds, then give the command."""

    wait: float
    command: str


@dataclass(frozen=True, slots=True)
class Life:
    """One client from its start to its end.

    Attributes:
        read_ahead: of its command line, seconds.
        seconds: how long it stays.
    """

    read_ahead: int
    seconds: float


def lives(seed: int, client: int) -> Iterator[tuple[Life, Random]]:
    """One after the other, each with the dice for what it does."""
    dice = Random(f"{seed} lives of {client}")
    number = 0
    while True:
        number += 1
        life = Life(dice.choice(READ_AHEAD), round(dice.uniform(*LIVES), 2))
        yield life, Random(f"{seed} life {number} of {client}")


def acts(dice: Random, titles: Sequence[str], *, song_seconds: float) -> Iterator[Act]:
    """What one client is told, without an end; it begins with a song."""
    yield Act(0.0, _play(dice, titles))
    while True:
        wait = min(dice.expovariate(1 / CALM), LONGEST_CALM)
        what = dice.random()
        if what < 0.40:
            yield Act(wait, _play(dice, titles))
        elif what < 0.65:
            yield Act(wait, _seek(dice, song_seconds))
        elif what < 0.80:
            yield Act(wait, "pause")
            yield Act(dice.uniform(*PAUSE), "resume")
        elif what < 0.85:
            yield Act(wait, "stop")
            yield Act(dice.uniform(*PAUSE), _play(dice, titles))
        elif what < 0.95:
            yield Act(wait, "list")
        else:
            # In a hurry: what is under way is overtaken before it is answered.
            yield Act(wait, _play(dice, titles))
            yield Act(0.01, _play(dice, titles))
            yield Act(0.01, _seek(dice, song_seconds))


def _play(dice: Random, titles: Sequence[str]) -> str:
    number = dice.randrange(len(titles))
    # Numbers are tracks as the server counts them; a title is looked for first.
    return f"play {number + 1}" if dice.random() < 0.5 else f"play {titles[number]}"


def _seek(dice: Random, song_seconds: float) -> str:
    if dice.random() < 0.5:
        return f"seek {dice.uniform(0, song_seconds):.3f}"
    return f"seek {dice.choice('+-')}{dice.uniform(0, song_seconds / 3):.3f}"
