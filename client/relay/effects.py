# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node wants done: with its connections to parents, and told to its user."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DialParent:
    """Open a connection to a parent, to be called `link`; `address` is a numeric one."""

    link: int
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class SendParent:
    """Write bytes to it."""

    link: int
    data: bytes


@dataclass(frozen=True, slots=True)
class CloseParent:
    """Close it, and report nothing more of it."""

    link: int


@dataclass(frozen=True, slots=True)
class Warn:
    """Tell the user this sentence."""

    text: str


RelayEffect = DialParent | SendParent | CloseParent | Warn


class RelayOutbox:
    """Collects effects while an input is worked on."""

    def __init__(self) -> None:
        self._effects: list[RelayEffect] = []

    def put(self, effect: RelayEffect) -> None:
        """Add one behind those that are there."""
        self._effects.append(effect)

    def take(self) -> list[RelayEffect]:
        """All effects since the last call."""
        effects, self._effects = self._effects, []
        return effects
