# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station's listeners should hear, sample for sample, from its songs and where they ended.

Every file is decoded once, into a file of samples that is mapped, not read: forty tapes can be
compared with it at the cost of comparing memory.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from bench.chaos.editions import Samples
from client.decoder import MadDecoder
from client.trimmer import cuts
from data.index import AudioIndex, index_audio

_NOTHING: Final[Samples] = np.zeros(0, np.uint32)


class SoundError(Exception):
    """A file's sound is not of the kind that can be compared; the argument is a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A file and all its sound.

    Attributes:
        pcm: in frame time.
        rate: Hz.
        front, back: samples at either end that are no music.
        total: audio bytes.
    """

    path: Path
    index: AudioIndex
    pcm: Samples
    rate: int
    front: int
    back: int

    @property
    def total(self) -> int:
        """Audio bytes."""
        return self.index.total

    def heard(self, until: int | None = None) -> Samples:
        """What is heard of it to its end, or up to that audio offset, where it was skipped.

        Raises ValueError where no MPEG frame ends there.
        """
        if until is None or until == self.total:
            return self.pcm[self.front : len(self.pcm) - self.back]
        frames = bisect_right(self.index.frame_ends, until)
        if until and (not frames or self.index.frame_ends[frames - 1] != until):
            raise ValueError(f"no MPEG frame of {self.path.name} ends at byte {until}")
        return self.pcm[self.front : _samples(self.index, frames)]


@dataclass(frozen=True, slots=True, eq=False)
class Aired:
    """A song in its place on a station.

    Attributes:
        number: of the song in the station.
        until: the audio offset at which it was skipped; None where it was not.
    """

    number: int
    recording: Recording
    until: int | None = None

    @property
    def pcm(self) -> Samples:
        """What was to be heard of it."""
        return self.recording.heard(self.until)

    @property
    def is_cut(self) -> bool:
        """Whether it ended before its end."""
        return self.until is not None and self.until < self.recording.total


Aircheck = Mapping[int, Aired]  # by the song's number


class Recordings:
    """The sound of files, decoded when it is asked for, and kept in a folder."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made; who made it removes it."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._known: dict[bytes, Recording] = {}  # by digest

    def of(self, path: Path) -> Recording:
        """Raises OSError, NotMp3, and SoundError where the file changes its sample rate."""
        with path.open("rb") as file:
            index = index_audio(file)
        known = self._known.get(index.digest)
        # Tags decide what is cut, and are no part of the digest.
        trim = cuts(delay=index.delay, padding=index.padding, gapless=index.has_gapless)
        if known is None:
            rates = {segment.sample_rate for segment in index.segments}
            if len(rates) > 1:
                raise SoundError(f"{path.name} changes its sample rate; take another song.")
            pcm = _decoded(path, index, self._folder / f"{index.digest.hex()}.pcm")
            known = Recording(path, index, pcm, rates.pop(), trim.front, trim.back)
            self._known[index.digest] = known
        if (known.front, known.back) == (trim.front, trim.back):
            return known
        return Recording(path, index, known.pcm, known.rate, trim.front, trim.back)


class _Source:
    """The audio bytes of a file, for the decoder."""

    def __init__(self, path: Path, index: AudioIndex) -> None:
        content = path.read_bytes()
        extents = index.extents
        self._audio = b"".join(content[e.file_offset : e.file_offset + e.length] for e in extents)
        self._at = 0

    def read(self, size: int, /) -> bytes:
        piece = self._audio[self._at : self._at + size]
        self._at += len(piece)
        return piece


def _decoded(path: Path, index: AudioIndex, target: Path) -> Samples:
    decoder = MadDecoder(_Source(path, index))
    with target.open("wb") as file:
        while (piece := decoder.read()) is not None:
            file.write(piece.samples)
    if not target.stat().st_size:
        return _NOTHING
    return np.memmap(target, np.uint32, "r")


def _samples(index: AudioIndex, frames: int) -> int:
    """Of so many MPEG frames, from the first on."""
    firsts = [segment.first_frame for segment in index.segments]
    edges = pairwise([*firsts, index.frame_count])
    return sum(
        segment.samples * max(0, min(frames, end) - begin)
        for segment, (begin, end) in zip(index.segments, edges, strict=True)
    )
