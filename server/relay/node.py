# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener in the tree, as the server knows it."""

from dataclasses import dataclass, field
from typing import Final

from server.relay.reach import Address

SERVER: Final = 0  # the server among the nodes


@dataclass(slots=True, eq=False)
class Node:
    """One listener of a station; times in seconds on the server's clock."""

    id: int  # of its session
    address: Address | None  # None: nobody is sent there, and it is sent nowhere
    since: float  # when it tuned in
    placeable: bool  # TUNE had RELAYED

    # -- what it offers
    port: int = 0  # 0: it is no relay
    room: int = 0  # children by plan
    rate: float = 0.0  # bytes per second that it was seen to send; 0.0: not known
    banned: bool = False  # a believed child has accused it
    doubted_until: float = 0.0  # a child has left it of its own accord

    # -- by plan
    parent: int | None = None  # None: it waits for a place
    depth: int = 0  # 1: the server feeds it; 0: it has no place
    children: set[int] = field(default_factory=set[int])
    heir: int | None = None  # the child that takes this node's place at the server
    backups: tuple[int, ...] = ()
    moved: float = 0.0  # when `parent` last changed

    # -- by its own word
    fed_by: int | None = None  # None: by nobody yet
    offset: int = 0  # first station offset that it does not have; 0: not known
    buffered: int = 0  # milliseconds
    pace: int = 0  # seconds played in a million of the station's; 0: not known
    behind: int | None = None  # bytes that it was behind the live edge then; None: not known
    lost: bool = False  # its control connection is

    # -- what it was told
    told: tuple[int, ...] | None = ()  # its parents, the best first; None: to be told in any case
    told_before: tuple[int, ...] = ()
    refused: dict[int, float] = field(default_factory=dict[int, float])  # relay: until when

    @property
    def is_relay(self) -> bool:
        """Whether it may have children."""
        return self.port != 0 and self.room > 0 and not self.banned and not self.lost

    @property
    def known(self) -> set[int]:
        """The relays that it may have gone to, as far as it was told of them lately."""
        return {*(self.told or ()), *self.told_before}

    @property
    def is_moving(self) -> bool:
        """Whether it has not yet said that it is where it should be."""
        return self.fed_by != self.parent
