# SPDX-License-Identifier: GPL-3.0-or-later
"""What a relay needs of the listener that it is a part of."""

from dataclasses import dataclass
from typing import Protocol

from control.relay_messages import Accuse, Relay, Report
from data.frames import Data
from data.station_frames import Seal, SongFrame

StationFrame = SongFrame | Data | Seal


@dataclass(frozen=True, slots=True)
class Standing:
    """How the listener stands, for REPORT.

    Attributes:
        offset: the first station offset that is lacking.
        buffered_ms: milliseconds of sound that are held.
        pace: seconds of sound played in a million seconds of the station's; 0 where not known.
    """

    offset: int
    buffered_ms: int
    pace: int


class Listening(Protocol):
    """The listener's side: where frames go, and what can be said to the server."""

    def deliver(self, node: int, frame: StationFrame) -> None:
        """Take a frame that this node has sent.

        Raises ProtocolError where it breaks a rule, or completes a stretch that is forged.
        """
        ...

    def switch(self, node: int, offset: int) -> None:
        """Listen to this node from now on, whose first stretch is at `offset`; not to others."""
        ...

    def standing(self) -> Standing:
        """How things are."""
        ...

    def notify(self, message: Report | Accuse) -> None:
        """Tell the server, if it can be told."""
        ...

    def request(self, message: Relay) -> None:
        """Ask the server, if it can be asked."""
        ...
