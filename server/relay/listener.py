# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener and its station, as the relays' desk knows them beside the tree."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from common.errors import ProtocolError
from control.relay_messages import Parents, Relaying
from data.station.seals import Verify
from server.relay.probe import Probe

OFFERS: Final = 3  # RELAYs that a session may send at once

Tell = Callable[[Relaying | ProtocolError], None]


class RelayedStation(Protocol):
    """The station, as its relays need it."""

    def send_parents(self, node: int, notice: Parents) -> None:
        """Send PARENTS to a session; does nothing where its control connection is lost."""

    def station_id(self) -> bytes:
        """As in TUNED."""
        ...

    def verify(self) -> Verify:
        """Checks the station's seals."""
        ...

    def live(self) -> int:
        """The station offset of the live edge."""
        ...

    def rate(self) -> float:
        """Bytes of sound per second; 0.0 where it is not known."""
        ...


@dataclass(slots=True, eq=False)
class Listener:
    """What the tree need not know of a listener."""

    address: str
    stream: int
    key: bytes = b""  # of its RELAY
    renewed: float = 0.0  # when it was given its tickets
    probe: Probe | None = None
    refuse: Tell | None = None  # who waits for the probe
    offers: float = OFFERS  # RELAYs that are left
    offered: float = 0.0  # when that was so
