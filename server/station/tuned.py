# SPDX-License-Identifier: GPL-3.0-or-later
"""One session that is tuned in to a station: what of the ring it is sent next."""

from typing import Protocol

from data.station.ring import Behind, Cursor, Out, Ring


class OnAir(Protocol):
    """The station, as one of its listeners sees it."""

    @property
    def ring(self) -> Ring:
        """What is there to send."""
        ...


class StationStream:
    """A place in a station's stream.

    Attributes:
        station: its name.
        stream: the number of the session's stream.
        is_fed: whether the server sends it; else another listener does, or nobody yet.
    """

    __slots__ = ("_broadcast", "_cursor", "_next", "_ring", "is_fed", "station", "stream")

    def __init__(
        self, broadcast: OnAir, station: str, stream: int, offset: int, *, is_fed: bool
    ) -> None:
        """The first stretch to be sent is the one at the station offset `offset`."""
        self.station = station
        self.stream = stream
        self.is_fed = is_fed
        self._broadcast = broadcast
        self._ring: Ring | None = None
        self._cursor: Cursor | None = None
        self._next = offset

    @property
    def next(self) -> int:
        """The station offset of the next stretch to be sent to it."""
        return self._next if self._cursor is None else self._cursor.next

    def feed(self, offset: int) -> None:
        """Send from this station offset on, where nothing is sent yet."""
        if not self.is_fed:
            self.is_fed = True
            self._cursor, self._next = None, offset

    def starve(self) -> None:
        """Send nothing more: another listener does."""
        self._next, self._cursor = self.next, None
        self.is_fed = False

    def next_frames(self, session: int, budget: int) -> list[Out]:
        """Frames of about `budget` bytes; raises Behind where what comes next is not there."""
        if not self.is_fed:
            return []
        ring = self._broadcast.ring
        if self._cursor is None:
            # The ring is being filled, a parent was a little ahead, or the song's file is not known
            # yet: then it will begin far enough back.
            if self._next >= ring.edge or ring.oldest == ring.edge:
                return []
            try:
                self._cursor, self._ring = ring.begin(self._next), ring
            except ValueError as error:
                raise Behind(str(error)) from None
        if ring is not self._ring:
            raise Behind("the station has made a jump")
        return self._cursor.next_frames(session, self.stream, budget)
