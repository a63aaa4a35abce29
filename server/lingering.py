# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that are over and wait for their peers to take the last word: not too many of them.

They belong to nobody any more, so no limit of sessions or of those who wait counts them; but each
has a descriptor for as long as LINGER, and whoever is refused can come again at once.
"""

from typing import Final, Protocol

MOST: Final = 256  # in all


class Ending(Protocol):
    """A connection that is over."""

    def close(self) -> None:
        """Close now; calls `Lingering.leave`."""
        ...


class Lingering:
    """Those who linger, the oldest first."""

    def __init__(self, most: int = MOST) -> None:
        """Nobody does."""
        self._most = most
        self._endings: dict[Ending, None] = {}

    def __len__(self) -> int:
        return len(self._endings)

    def enter(self, ending: Ending) -> None:
        """Linger from now on; where that makes one too many, the oldest has had its time."""
        self._endings[ending] = None
        if len(self._endings) > self._most:
            next(iter(self._endings)).close()

    def leave(self, ending: Ending) -> None:
        """It is closed. May be called for one that never lingered."""
        self._endings.pop(ending, None)
