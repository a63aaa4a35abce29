# SPDX-License-Identifier: GPL-3.0-or-later
"""How a song is cut into stretches, and when each of them is due (RFC.md, "The Schedule").

The cut depends on the song's MPEG frames alone: whoever has the file derives the same one.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from common.constants import MAX_STRETCH, STRETCH_TIME
from data.index import AudioIndex

_SECOND: Final = 1_000_000  # microseconds
_LONGEST: Final = int(STRETCH_TIME * _SECOND)  # microseconds of a stretch
# A schedule of songs that last no time would never get anywhere.
MIN_PLAYING_US: Final = 1000  # however much of a song its encoder calls padding


class Stretch(NamedTuple):
    """Whole MPEG frames that are due, sent and sealed together."""

    begin: int  # audio offset of the first byte
    end: int  # audio offset behind the last byte
    time_us: int  # frame time of the first MPEG frame

    @property
    def length(self) -> int:
        """Bytes."""
        return self.end - self.begin


class Piece(NamedTuple):
    """A part of a stretch that lies together in the file."""

    file_offset: int  # bytes
    length: int  # bytes


class Stretches:
    """All stretches of one song, in order; holds twelve bytes for each.

    Played times are microseconds since the song began; a stretch is due at one. For the place
    behind the last stretch, `len`, there are an offset and a due time too: Total and the song's
    playing time.
    """

    __slots__ = ("_begins", "_index", "_starts_us", "playing_us")

    def __init__(self, index: AudioIndex, firsts: Sequence[int]) -> None:
        """`firsts` are the first MPEG frames of the stretches."""
        self._index = index
        # An index holds no offset that would not fit.
        self._begins = array("I", map(index.offset_of_frame, firsts))
        self._starts_us = array("Q", map(index.time_of_frame, firsts))
        self.playing_us = playing_us(index)

    def __len__(self) -> int:
        return len(self._begins)

    def __getitem__(self, number: int) -> Stretch:
        if not 0 <= number < len(self._begins):
            raise IndexError("no such stretch")
        return Stretch(self._begins[number], self.offset(number + 1), self._starts_us[number])

    def __iter__(self) -> Iterator[Stretch]:
        return map(self.__getitem__, range(len(self._begins)))

    def offset(self, number: int) -> int:
        """The audio offset at which stretch `number` begins; Total for `len`."""
        return self._begins[number] if number < len(self._begins) else self._index.total

    def due_us(self, number: int) -> int:
        """The played time at which stretch `number` is due; the playing time for `len`.

        None is due before the song begins or after it is over, however long Delay and Padding.
        """
        if number >= len(self._begins):
            return self.playing_us
        return min(max(0, self._starts_us[number] - _delay_us(self._index)), self.playing_us)

    def at(self, audio_offset: int) -> int:
        """The number of the stretch that holds the byte at `audio_offset`; `len` for Total.

        Raises ValueError outside of 0 to Total.
        """
        if not 0 <= audio_offset <= self._index.total:
            raise ValueError("an offset outside of the audio")
        if audio_offset == self._index.total:
            return len(self._begins)
        return bisect_right(self._begins, audio_offset) - 1

    def begins_at(self, audio_offset: int) -> bool:
        """Whether a stretch begins there."""
        at = bisect_right(self._begins, audio_offset) - 1
        return at >= 0 and self._begins[at] == audio_offset

    def due_by(self, played_us: int) -> int:
        """How many stretches are due at `played_us`: the number of the first that is not.

        The live edge is at its offset.
        """
        if played_us < 0:
            return 0
        if played_us >= self.playing_us:
            return len(self._begins)
        return bisect_right(self._starts_us, played_us + _delay_us(self._index))

    def skipped_at(self, played_us: int) -> tuple[int, int]:
        """Where a song that is skipped at `played_us` ends.

        Returns the audio offset behind its last stretch, which is not due yet, and the played time
        at which the next song begins. Where none is left that is not due, the song ends as it
        would have. Source: RFC.md, "The Schedule".
        """
        following = min(self.due_by(played_us) + 1, len(self._begins))
        return self.offset(following), self.due_us(following)

    def pieces(self, number: int) -> list[Piece]:
        """Where stretch `number` lies in the file, in order. Raises IndexError."""
        begin, end, _ = self[number]
        return list(_pieces(self._index, begin, end))


def cut(index: AudioIndex) -> Stretches:
    """Cut a song. Takes some microseconds a stretch, so whoever plays a song keeps the result."""
    firsts = array("I")
    frame = 0
    while frame < index.frame_count:
        firsts.append(frame)
        # No sum of MPEG frames' times is so near to STRETCH_TIME that its rounding would matter.
        until_us = index.time_of_frame(frame) + _LONGEST
        by_time = (
            index.frame_at_time(until_us) if until_us < index.duration_us else index.frame_count
        )
        largest = index.offset_of_frame(frame) + MAX_STRETCH
        by_size = bisect_right(index.frame_ends, largest, frame, by_time)
        frame = max(frame + 1, by_size)
    return Stretches(index, firsts)


def playing_us(index: AudioIndex) -> int:
    """How long a song is on the air, in microseconds, at least a millisecond.

    Its duration less Delay and Padding, both at the rate that SONG tells. Source: RFC.md, "The
    Schedule".
    """
    unheard = (index.delay + index.padding) * _SECOND // index.sample_rate
    return max(MIN_PLAYING_US, index.duration_us - unheard)


def _delay_us(index: AudioIndex) -> int:
    return index.delay * _SECOND // index.sample_rate


def _pieces(index: AudioIndex, begin: int, end: int) -> Iterator[Piece]:
    extents = index.extents
    at = bisect_right(extents, begin, key=lambda extent: extent.audio_offset) - 1
    while begin < end:
        extent = extents[at]
        up_to = min(end, extent.audio_offset + extent.length)
        yield Piece(extent.file_offset + begin - extent.audio_offset, up_to - begin)
        begin, at = up_to, at + 1
