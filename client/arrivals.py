# SPDX-License-Identifier: GPL-3.0-or-later
"""What the link brings of songs: whether the server owes something, how fast it comes; pure.

The estimate is of one song's arrivals; what the link was found to need outlives the song.
"""

from data.credit import Flight
from data.estimate import Estimate, Measured


class Arrivals:
    """Everything that is learnt from the times at which sound arrives, in seconds.

    Attributes:
        owed_since: since when the server could send and nothing came; None where it owes nothing.
    """

    def __init__(self) -> None:
        """Nothing has come."""
        self.owed_since: float | None = None
        self._estimate: Estimate | None = None  # of the latest song's arrivals
        self._flight = Flight()  # what the link was found to need

    @property
    def in_flight(self) -> int:
        """How many bytes the link needs to be granted ahead."""
        return self._flight.size

    def measured(self, *, now: float) -> Measured | None:
        """The link, by what it brought of the latest song; None before that."""
        return None if self._estimate is None else self._estimate.measured(now=now)

    # -- the link

    def connected(self, round_trip: float) -> None:
        """It may be another one; its first answer took so many seconds."""
        self._flight.connected()
        self._flight.round_trip(round_trip)

    def answered(self, seconds: float) -> None:
        """Another answer took so long."""
        self._flight.round_trip(seconds)

    # -- the sound

    def begins(self, needed: float) -> None:
        """What comes from here on is of a song that consumes `needed` bytes per second."""
        self._estimate = Estimate(needed)

    def something_came(self, *, now: float) -> None:
        """A frame of sound is there, of whichever stream."""
        self.owed_since = now

    def received(self, size: int, *, now: float) -> None:
        """So many bytes of the song are there."""
        if self._estimate is not None:
            self._estimate.received(size, now=now)
        self._flight.arrived(size, now=now)

    def owed(self, *, now: float) -> None:
        """The server may send."""
        if self._estimate is not None:
            self._estimate.busy(now=now)
        self.owed_since = now if self.owed_since is None else self.owed_since

    def not_owed(self, *, now: float) -> None:
        """The server has nothing to send; such a time says nothing about the link."""
        if self._estimate is not None:
            self._estimate.idle(now=now)
        self.owed_since = None

    def unasked(self) -> None:
        """The server may not have heard of the latest grant."""
        self.owed_since = None
