# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator allows of relays."""

from dataclasses import dataclass
from typing import Final

TOPS: Final = 2  # relays below the server, so that each has another branch to fall back to


@dataclass(frozen=True, slots=True)
class RelayPlan:
    """How the tree of a station is to look."""

    offered: bool = True  # False: no listener feeds another
    fan_out: int = 3  # children of a relay at most; 1: the tree is a chain
    feeds: int = 8  # listeners that the server feeds itself while relays have room; 0: any number

    @property
    def tops(self) -> int:
        """Relays that the server feeds, where there are so many."""
        wanted = 1 if self.fan_out == 1 else TOPS
        return min(wanted, self.feeds) if self.feeds else wanted
