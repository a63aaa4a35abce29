# SPDX-License-Identifier: GPL-3.0-or-later
"""Which stretch of which song is due when: the schedule, and the cuts of the songs' files.

Times are Unix µs on the station's clock, offsets station offsets (RFC.md, "The Schedule").
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from data.index import AudioIndex
from data.station.stretches import Stretches, cut
from server.library.errors import TrackUnavailableError
from server.station.schedule import Entry, Schedule, on_air
from server.station.votes import SKIP_AHEAD_US, Boundary

CUTS: Final = 8  # songs whose cuts are at hand: what is in the ring, unless the songs last no time

IndexOf = Callable[[bytes], AudioIndex | None]


class Place(NamedTuple):
    """A stretch of a song, or the place behind its last one."""

    entry: Entry
    stretches: Stretches
    number: int  # of the stretch

    @property
    def offset(self) -> int:
        """The station offset of its first byte."""
        return self.entry.offset + self.stretches.offset(self.number)

    @property
    def due_us(self) -> int:
        """When it is due."""
        return self.entry.begins_us + self.stretches.due_us(self.number)

    @property
    def is_end(self) -> bool:
        """Whether the song is over there."""
        return self.stretches.offset(self.number) >= self.entry.until


class Timeline:
    """The stretches of a station's songs."""

    def __init__(self, index_of: IndexOf) -> None:
        """`index_of` finds the index of a song by its digest; None where it cannot be had."""
        self._index_of = index_of
        self._cuts: OrderedDict[bytes, Stretches] = OrderedDict()

    def stretches(self, entry: Entry) -> Stretches | None:
        """How its song is cut; None where the file cannot be had here."""
        found = self._cuts.get(entry.digest)
        if found is None:
            try:
                index = self._index_of(entry.digest)
            except TrackUnavailableError:
                index = None
            if index is None or index.total != entry.total:
                return None
            found = self._cuts[entry.digest] = cut(index)
            if len(self._cuts) > CUTS:
                self._cuts.popitem(last=False)
        self._cuts.move_to_end(entry.digest)
        return found

    def forget(self, digest: bytes) -> None:
        """Its file has turned out to be another one."""
        self._cuts.pop(digest, None)

    def due_after(self, schedule: Schedule, at_us: int, *, first: int = 0) -> Place | None:
        """The first stretch that is due later than `at_us`; None where none is known.

        Nothing of songs with a number below `first`.
        """
        for entry in schedule.entries:
            if entry.number < first:
                continue
            if entry.until and entry.ends_us > at_us and (found := self.stretches(entry)):
                number = found.due_by(at_us - entry.begins_us)
                place = Place(entry, found, number)
                if not place.is_end:
                    return place
        return None

    def at(self, schedule: Schedule, offset: int) -> Place | None:
        """The stretch that begins at a station offset; None where none begins there."""
        for entry in reversed(schedule.entries):
            if entry.offset <= offset < entry.end_offset:
                found = self.stretches(entry)
                if found is None or not found.begins_at(offset - entry.offset):
                    return None
                return Place(entry, found, found.at(offset - entry.offset))
        return None

    def edge(self, schedule: Schedule, now_us: int) -> int:
        """The live edge: the station offset behind the last stretch that is due."""
        place = self.due_after(schedule, now_us)
        if place is not None:
            return place.offset
        ends = (entry.end_offset for entry in reversed(schedule.entries))
        return next(ends, 0)

    def boundary(self, schedule: Schedule, now_us: int) -> Boundary | None:
        """Where the song on the air would end if it were skipped now; None where it cannot be."""
        heard = on_air(schedule, now_us)
        found = self.stretches(heard[0]) if heard else None
        if heard is None or found is None:
            return None
        until, lasts_us = found.skipped_at(heard[1] + SKIP_AHEAD_US)
        return Boundary(until, lasts_us)
