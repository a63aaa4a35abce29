# SPDX-License-Identifier: GPL-3.0-or-later
"""State tables as data: every state and input has a cell, and a table with a hole does not load."""

from collections.abc import Mapping
from enum import Enum
from itertools import product
from typing import Generic, TypeVar

from common.errors import MisuseError


class Symbol(Enum):
    """What a table speaks of: a state, an input or an action.

    Members of an Enum are hashed by their names, in Python, and each step of a table hashes two.
    The member itself is as good a key, and a step takes less than half the time. Nor does Python
    3.11 find a member in its class as fast as any other attribute: what is asked for in the life of
    every connection is kept in constants of its module.
    """

    __hash__ = object.__hash__


State = TypeVar("State", bound=Enum)
Input = TypeVar("Input", bound=Enum)
Action = TypeVar("Action", bound=Enum)


class Table(Generic[State, Input, Action]):
    """(state, input) -> (next state, action), complete over both enumerations."""

    def __init__(
        self,
        states: type[State],
        inputs: type[Input],
        cells: Mapping[tuple[State, Input], tuple[State, Action]],
    ) -> None:
        """Raises MisuseError where a cell is missing."""
        self._cells = dict(cells)
        missing = [cell for cell in product(states, inputs) if cell not in self._cells]
        if missing:
            raise MisuseError(f"the table has no cell for {missing}")

    def step(self, state: State, what: Input) -> tuple[State, Action]:
        """The next state and what to do on the way."""
        return self._cells[state, what]


def row(
    what: Input, states: type[State], cells: tuple[tuple[State, Action], ...]
) -> dict[tuple[State, Input], tuple[State, Action]]:
    """One line of an RFC table: a cell for each state, in the order of the enumeration."""
    members = list(states)
    if len(members) != len(cells):
        raise MisuseError(f"{len(cells)} cells for {len(members)} states in row {what}")
    return {(state, what): cell for state, cell in zip(members, cells, strict=True)}
