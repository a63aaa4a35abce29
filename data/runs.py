# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the audio of a file is cut into payloads: once for all who listen to it."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from data.frame_walk import Extent
from data.mpeg import LONGEST_FRAME

KEPT: Final = 8  # stretches that a song's listeners asked for last, of some 3 KiB for a top-up

_new: Final = tuple.__new__  # spares the call of Python that a NamedTuple's constructor is


class Run(NamedTuple):
    """Whole frames that lie together in the file; a tuple, since a top-up makes many of them."""

    file_offset: int  # bytes
    offset: int  # audio offset, bytes
    length: int  # bytes


class Cuts:
    """Runs of whole frames, each as long as a payload may be, from the beginning to the end.

    Who begins in the middle of one gets the rest of it, and whose limit is in the middle of one
    the front, so that all in between is the same for everybody. Holds eight bytes a run.

    A crowd that came for one song asks for the same stretches of it, one after the other.
    """

    __slots__ = ("_ends", "_file_offsets", "_kept", "_offsets")

    def __init__(
        self, frame_ends: "array[int]", extents: Sequence[Extent], max_payload: int
    ) -> None:
        """Raises ValueError when `max_payload`, in bytes, is less than the longest frame."""
        if max_payload < LONGEST_FRAME:
            raise ValueError(f"a run of {max_payload} bytes cannot hold every frame")
        self._ends = frame_ends
        self._kept: dict[tuple[int, int], tuple[Run, ...]] = {}  # by start and limit, oldest first
        self._offsets = array("I")  # audio offset at which each begins
        self._file_offsets = array("I")
        frame = 0  # the first of the next run
        for extent in extents:
            start = extent.audio_offset
            end = start + extent.length
            while start < end:
                self._offsets.append(start)
                self._file_offsets.append(extent.file_offset + start - extent.audio_offset)
                frame = bisect_right(frame_ends, min(start + max_payload, end), frame)
                if frame_ends[frame - 1] <= start:
                    raise ValueError(f"no frame ends in the extent at {extent.file_offset}")
                start = frame_ends[frame - 1]

    def between(self, start: int, limit: int) -> tuple[Run, ...]:
        """The audio bytes from `start` to at most `limit`, as runs in order.

        Ends before `limit` where the next frame would reach past it. Raises ValueError when
        `start` is not where a frame begins or the audio ends.
        """
        stretch = start, limit
        runs = self._kept.get(stretch)
        if runs is None:
            runs = self._kept[stretch] = self._cut(start, limit)
            if len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return runs

    def _cut(self, start: int, limit: int) -> tuple[Run, ...]:
        ends = self._ends
        frame = bisect_right(ends, start)  # the next to go out
        if start != (ends[frame - 1] if frame else 0):
            raise ValueError(f"no frame begins at audio offset {start}")
        behind = bisect_right(ends, limit, frame)
        if behind == frame:
            return ()
        end = ends[behind - 1]
        offsets, file_offsets = self._offsets, self._file_offsets
        first = bisect_right(offsets, start)
        last = bisect_left(offsets, end, first)
        cuts = offsets[first:last]
        begins = (file_offsets[first - 1] + start - offsets[first - 1], *file_offsets[first:last])
        return tuple(
            [
                _new(Run, (file_offset, at, up_to - at))
                for file_offset, at, up_to in zip(begins, (start, *cuts), (*cuts, end), strict=True)
            ]
        )
