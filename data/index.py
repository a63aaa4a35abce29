# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of an MP3 file: where its frames lie, and which byte is heard at which time.

"Audio bytes" are all audio frames put together; tags, a leading Xing, Info or VBRI frame, and
garbage are none. An "audio offset" counts audio bytes, a "file offset" the file's.
"""

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import BinaryIO, Self

from data.frame_walk import Extent, FrameWalk, Segment, Window
from data.index_codec import StoredIndex, decode, encode
from data.mpeg import LONGEST_FRAME
from data.not_mp3 import HEAD_SIZE, NotMp3, describe
from data.runs import Cuts, Run
from data.tags import audio_end

__all__ = ["AudioIndex", "Extent", "NotMp3", "Run", "Segment", "index_audio"]

# Offsets are kept in 32 bits; the room above is for a frame that claims to reach past the end.
LARGEST_FILE = (1 << 32) - (1 << 16)  # bytes
# Junk of some megabytes holds two matching headers by chance, but never this many in a row.
_CONVINCING_RUN = 8  # frames
_SECOND = 1_000_000  # microseconds
_RESERVOIR = 511  # bytes of earlier main data that a frame may refer to
# Bytes of a frame that are no main data, by its samples: header, CRC, side information of stereo.
_MOST_OVERHEAD = {1152: 4 + 2 + 32, 576: 4 + 2 + 17}


@dataclass(frozen=True, slots=True)
class AudioIndex:
    """Where the frames of one file lie; holds four bytes a frame and no sound."""

    extents: tuple[Extent, ...]
    segments: tuple[Segment, ...]
    frame_ends: "array[int]"  # audio offset of each frame's end
    channels: int  # of the first frame: 1 or 2
    delay: int  # samples in front of the music, as LAME's tag tells it; 0 when unknown
    # Samples behind the music, as LAME's tag tells it; 0 when unknown, and less by what is
    # missing where the file has been cut short since.
    padding: int
    has_gapless: bool  # delay and padding are known
    digest: bytes  # SHA-256 of the audio bytes
    # Time at which each segment begins, microseconds; derived.
    _segment_times: tuple[int, ...] = field(init=False, repr=False, compare=False)
    # The time maps that were asked for, by their most points: every listener asks for the same.
    _time_maps: dict[int, tuple[int, tuple[int, ...]]] = field(
        init=False,
        repr=False,
        compare=False,
        default_factory=dict[int, tuple[int, tuple[int, ...]]],
    )

    # The runs that were asked for, by their most bytes, which are MAX_PAYLOAD for every listener.
    _cuts: dict[int, Cuts] = field(
        init=False, repr=False, compare=False, default_factory=dict[int, Cuts]
    )

    def __post_init__(self) -> None:
        times = [0]
        following = [segment.first_frame for segment in self.segments[1:]]
        for segment, end in zip(self.segments, [*following, len(self.frame_ends)], strict=True):
            times.append(times[-1] + _duration_us(segment, end - segment.first_frame))
        object.__setattr__(self, "_segment_times", tuple(times))

    @property
    def total(self) -> int:
        """Audio bytes."""
        return self.frame_ends[-1]

    @property
    def frame_count(self) -> int:
        """Audio frames."""
        return len(self.frame_ends)

    @property
    def sample_rate(self) -> int:
        """Hz, of the first frame."""
        return self.segments[0].sample_rate

    @property
    def duration_us(self) -> int:
        """Length of all frames in microseconds; delay and padding are part of it."""
        return self._segment_times[-1]

    @property
    def duration_ms(self) -> int:
        """The same in milliseconds, rounded down, at least 1. Source: RFC.md, STREAM."""
        return max(1, self.duration_us // 1000)

    def time_of_frame(self, frame: int) -> int:
        """When frame `frame` begins, in microseconds rounded up; `frame_count` gives the end.

        Raises IndexError outside of 0 to `frame_count`.
        """
        self._check_frame(frame)
        if frame == self.frame_count:
            return self.duration_us
        at = bisect_right(self.segments, frame, key=_first_frame) - 1
        segment = self.segments[at]
        return self._segment_times[at] + _duration_us(segment, frame - segment.first_frame)

    def frame_at_time(self, time_us: int) -> int:
        """The frame that is heard at `time_us`; the last one for any time behind the end.

        Raises ValueError for a negative time.
        """
        if time_us < 0:
            raise ValueError("a time before the beginning")
        if time_us >= self.duration_us:
            return self.frame_count - 1
        at = bisect_right(self._segment_times, time_us) - 1
        segment = self.segments[at]
        into = (time_us - self._segment_times[at]) * segment.sample_rate
        return segment.first_frame + into // (segment.samples * _SECOND)

    def offset_of_frame(self, frame: int) -> int:
        """Audio offset at which frame `frame` begins; `frame_count` gives `total`.

        Raises IndexError outside of 0 to `frame_count`.
        """
        self._check_frame(frame)
        return self.frame_ends[frame - 1] if frame else 0

    def frame_at_offset(self, audio_offset: int) -> int:
        """The frame that holds the byte at `audio_offset`; `frame_count` for `total`.

        Raises ValueError outside of 0 to `total`.
        """
        if not 0 <= audio_offset <= self.total:
            raise ValueError("an offset outside of the audio")
        return bisect_right(self.frame_ends, audio_offset)

    def end_of_frame_at(self, audio_offset: int) -> int:
        """Audio offset at which the frame ends that holds the byte at `audio_offset`.

        Raises IndexError where there is no such byte.
        """
        return self.frame_ends[bisect_right(self.frame_ends, audio_offset)]

    def frame_to_decode_from(self, frame: int) -> int:
        """The frame to begin with so that the sound of `frame` is right. Source: RFC.md, STREAM.

        Raises IndexError outside of 0 to `frame_count`.
        """
        self._check_frame(frame)
        at = bisect_right(self.segments, frame, key=_first_frame) - 1
        segment = self.segments[at]
        # Each frame's sound overlaps with that of the one before, which is needed whole.
        frame = max(segment.first_frame, frame - 1)
        wanted = _RESERVOIR
        while wanted > 0 and frame > segment.first_frame:
            frame -= 1
            length = self.frame_ends[frame] - self.offset_of_frame(frame)
            wanted -= max(0, length - _MOST_OVERHEAD[segment.samples])
        return frame

    def time_map(self, max_points: int) -> tuple[int, tuple[int, ...]]:
        """(interval in milliseconds, audio bytes in each interval), of at most `max_points`.

        The first k counts add up to the audio offset of the frame heard at k intervals; all add
        up to `total`. No interval is shorter than a second. Source: RFC.md, STREAM.
        """
        if max_points < 1:
            raise ValueError("a map of no points")
        known = self._time_maps.get(max_points)
        if known is not None:
            return known
        interval_ms = max(1000, -(-self.duration_ms // max_points))
        offsets = [
            self.offset_of_frame(self.frame_at_time(time_ms * 1000))
            for time_ms in range(0, self.duration_ms, interval_ms)
        ]
        counts = tuple(b - a for a, b in pairwise([*offsets, self.total]))
        made = self._time_maps[max_points] = interval_ms, counts
        return made

    def runs(self, start: int, limit: int, max_payload: int) -> tuple[Run, ...]:
        """The audio bytes from `start` to at most `limit`, cut into runs of whole frames.

        Each run lies together in the file and is at most `max_payload` long; the cuts are the same
        wherever one begins. Ends before `limit` where the next frame would reach past it. Raises
        ValueError when `start` is not where a frame begins or the audio ends, or `max_payload` is
        less than the longest frame.
        """
        cuts = self._cuts.get(max_payload)
        if cuts is None:
            cuts = self._cuts[max_payload] = Cuts(self.frame_ends, self.extents, max_payload)
        return cuts.between(start, limit)

    def to_bytes(self) -> bytes:
        """A compact form to store; `from_bytes` takes it back."""
        return encode(
            StoredIndex(
                channels=self.channels,
                delay=self.delay,
                padding=self.padding,
                has_gapless=self.has_gapless,
                digest=self.digest,
                extents=self.extents,
                segments=self.segments,
                frame_ends=self.frame_ends,
            ),
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Takes back what `to_bytes` gave. Raises ValueError for anything else."""
        stored = decode(data)
        return cls(
            extents=stored.extents,
            segments=stored.segments,
            frame_ends=stored.frame_ends,
            channels=stored.channels,
            delay=stored.delay,
            padding=stored.padding,
            has_gapless=stored.has_gapless,
            digest=stored.digest,
        )

    def _check_frame(self, frame: int) -> None:
        if not 0 <= frame <= self.frame_count:
            raise IndexError("no such frame")


def index_audio(file: BinaryIO) -> AudioIndex:
    """Reads the file once, from front to back, and indexes it.

    Raises NotMp3 with a reason, or OSError as the file does.
    """
    end = audio_end(file)
    if end > LARGEST_FILE:
        raise NotMp3("it is larger than 4 GiB")
    if end == 0:
        raise NotMp3("it is empty" if file.seek(0, 2) == 0 else "it holds tags and no audio")
    walk = FrameWalk(Window(file, end))
    walk.walk()
    if not walk.frame_ends or _is_chance(walk):
        raise NotMp3(_why(file, end))
    info = walk.info
    has_gapless = info is not None and bool(info.delay or info.padding)
    return AudioIndex(
        extents=tuple(walk.extents),
        segments=tuple(walk.segments),
        frame_ends=walk.frame_ends,
        channels=walk.channels,
        delay=(info.delay or 0) if info is not None else 0,
        padding=_padding_left(walk),
        has_gapless=has_gapless,
        digest=walk.digest(),
    )


def _is_chance(walk: FrameWalk) -> bool:
    """Whether the few frames found are more likely bytes of something else."""
    rest = walk.window.end - walk.tag_bytes - walk.total
    # A last frame cut short is no sign of anything.
    return walk.longest_run < _CONVINCING_RUN and rest > walk.total + LONGEST_FRAME


def _padding_left(walk: FrameWalk) -> int:
    info = walk.info
    if info is None or not info.padding:
        return 0
    if info.frames is None:
        return info.padding
    missing = info.frames - len(walk.frame_ends)
    # More frames than the encoder wrote: other pieces follow, and the padding is in the middle.
    return max(0, info.padding - missing * walk.segments[-1].samples) if missing >= 0 else 0


def _why(file: BinaryIO, end: int) -> str:
    window = Window(file, end)
    at = 0
    while tag := window.tag_at(at):
        at += tag
    if at >= end:
        return "it holds tags and no audio"
    return describe(window.bytes_at(at, HEAD_SIZE))


def _duration_us(segment: Segment, frames: int) -> int:
    # Rounded up, so that the time at which a frame begins is never a time in the one before.
    return -(-frames * segment.samples * _SECOND // segment.sample_rate)


def _first_frame(segment: Segment) -> int:
    return segment.first_frame
