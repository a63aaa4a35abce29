# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener's tape, held against the station's sound: one continuous stretch of it, or not.

The client's labels say where on the tape each song begins, where frames slipped, and what silence
is the tape's own. Every sample in between is compared, so a label that is wrong is found out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from struct import unpack
from typing import Final

import numpy as np

from bench.chaos.editions import Samples
from bench.chaos.tape import read_tape
from bench.station.sound import Aircheck, Aired
from client.radio.broadcast import JOIN_LABEL, SLIP_LABEL, SONG_LABEL, TUNE_LABEL
from client.radio.slips import SILENT_PEAK
from client.sinks.labels import SILENCE_LABEL, SUFFIX

KEY: Final = 64  # samples by which the place is looked for where a song was joined
RATE_AT: Final = 24  # the byte of a WAV file's header at which its sample rate stands


@dataclass(frozen=True, slots=True)
class Label:
    """A line of the labels, see client/sinks/labels.py."""

    part: int
    at: int
    what: str
    number: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece of the tape that is a song's: so many samples of both, from these places on."""

    part: int
    at: int
    number: int
    place: int
    samples: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """Sound that is not the station's there."""

    part: int
    at: int
    samples: int
    what: str


@dataclass(slots=True)
class Heard:
    """All that is on one tape.

    Attributes:
        joins: how often it went on in the middle of a song: tuned in, or behind a hole.
        left_out, repeated: samples that slipped.
        silent: samples of silence that the tape met, of stalls and pauses.
        unplaced: samples of silence in front of the first sound of a song that was joined.
        jumps: what does not follow from what was before, in sentences.
    """

    pieces: list[Placed] = field(default_factory=list[Placed])
    wrong: list[Wrong] = field(default_factory=list[Wrong])
    jumps: list[str] = field(default_factory=list[str])
    joins: int = 0
    left_out: int = 0
    repeated: int = 0
    silent: int = 0
    unplaced: int = 0

    @property
    def is_continuous(self) -> bool:
        """Whether it is nothing but the station's sound, as it was on the air."""
        return not self.wrong and not self.jumps

    @property
    def samples(self) -> int:
        """That were found where they belong."""
        return sum(piece.samples for piece in self.pieces)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One file of a tape."""

    rate: int
    samples: Samples


def read_parts(path: Path) -> dict[int, Part]:
    """The files of a tape by their numbers, from 1 on."""
    parts: dict[int, Part] = {}
    number = 1
    file = path
    while file.exists():
        with file.open("rb") as tape:
            header = tape.read(RATE_AT + 4)
        if len(header) == RATE_AT + 4:
            parts[number] = Part(unpack("<I", header[RATE_AT:])[0], read_tape(file))
        number += 1
        file = path.with_suffix(f".{number}{path.suffix}")
    return parts


def read_labels(path: Path) -> list[Label]:
    """Of the tape at `path`; a line that a killed client has not completed is left out."""
    file = path.with_name(path.name + SUFFIX)
    lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
    return [Label(**json.loads(line)) for line in lines]


def check(path: Path, aired: Aircheck) -> Heard:
    """Listens to the tape at `path`; raises OSError."""
    return listen(read_parts(path), read_labels(path), aired)


def listen(parts: dict[int, Part], labels: list[Label], aired: Aircheck) -> Heard:
    """Compares every sample behind the first label."""
    judge = _Judge(aired)
    for label, until in _spans(parts, labels):
        judge.label(label)
        part = parts.get(label.part)
        if part is not None:
            judge.sound(label, part.rate, part.samples[label.at : until])
    return judge.heard


def _spans(parts: dict[int, Part], labels: list[Label]) -> Iterator[tuple[Label, int]]:
    """Each label, and where in its part the next one stands or the part ends."""
    for at, label in enumerate(labels):
        following = labels[at + 1] if at + 1 < len(labels) else None
        if following is not None and following.part == label.part:
            yield label, following.at
        else:
            yield label, len(parts[label.part].samples) if label.part in parts else label.at


class _Judge:
    """Follows a tape from label to label."""

    def __init__(self, aired: Aircheck) -> None:
        self.heard = Heard()
        self._aired = aired
        self._song: Aired | None = None
        self._pcm: Samples = np.zeros(0, np.uint32)  # what is to be heard of it
        self._place: int | None = 0  # the next sample of it; None: to be looked for
        self._is_joining = False
        self._silence = 0  # samples to come that are the tape's own
        self._repeat = 0  # samples to come that were heard before, or are silence

    def label(self, label: Label) -> None:
        """What follows on the tape."""
        match label.what:
            case what if what == TUNE_LABEL:
                self._song = None
            case what if what == SONG_LABEL:
                self._begin(label.number)
            case what if what == JOIN_LABEL:
                self._is_joining = True
                self.heard.joins += 1
            case what if what == SILENCE_LABEL:
                self._silence = label.number
                self.heard.silent += label.number
            case what if what == SLIP_LABEL:
                self._slip(label.number)
            case _:
                self.heard.jumps.append(f"nobody knows the label {label.what}")

    def sound(self, label: Label, rate: int, tape: Samples) -> None:
        """The samples behind a label, up to the next."""
        at = label.at
        own = min(self._silence, len(tape))
        if np.any(tape[:own]):
            self._wrong(label, at, own, "the tape's own silence is none")
        self._silence -= own
        at, tape = at + own, tape[own:]
        again = min(self._repeat, len(tape))
        if again:
            self._again(label, at, tape[:again])
            at, tape = at + again, tape[again:]
        if not len(tape):
            return
        song = self._song
        if song is None:
            if np.any(tape):
                self._wrong(label, at, len(tape), "sound in front of the first song")
        elif rate != song.recording.rate:
            self._wrong(label, at, len(tape), f"song {song.number} at {rate} Hz")
        else:
            self._compare(label, at, tape, song)

    def _begin(self, number: int) -> None:
        song = self._aired.get(number)
        if self._song is not None and not self._is_joining:
            self._end(self._song, number)
        if song is None:
            self.heard.jumps.append(f"song {number} was not on the air")
        self._song = song
        self._place = None if self._is_joining else 0
        self._is_joining = False
        self._pcm = song.pcm if song is not None else self._pcm[:0]

    def _end(self, song: Aired, following: int) -> None:
        place, end = self._place, len(self._pcm)
        if place is not None and place < end:
            self.heard.jumps.append(f"song {song.number} ends at sample {place} of {end}")
        if following != song.number + 1:
            self.heard.jumps.append(f"song {following} follows song {song.number}")

    def _slip(self, samples: int) -> None:
        if samples < 0:
            self._repeat -= samples
            self.heard.repeated -= samples
            return
        self.heard.left_out += samples
        if self._place is None or self._song is None:
            return
        gone = self._pcm[self._place : self._place + samples]
        self._place += samples
        is_at_the_cut = self._song.is_cut and self._place == len(self._pcm)
        if _peak(gone) > SILENT_PEAK and not is_at_the_cut:
            place = self._place - samples
            self.heard.jumps.append(f"song {self._song.number}: no silence at sample {place}")

    def _again(self, label: Label, at: int, tape: Samples) -> None:
        """Repeated: silence, or what has just been heard."""
        self._repeat -= len(tape)
        if _peak(tape) > SILENT_PEAK:
            self._wrong(label, at, len(tape), "what is repeated is no silence")

    def _compare(self, label: Label, at: int, tape: Samples, song: Aired) -> None:
        if self._place is None:
            place, before = _find(self._pcm, tape)
            if place is None:
                if before == len(tape):
                    self.heard.unplaced += before
                else:
                    self._wrong(label, at, len(tape), f"not in song {song.number}")
                return
            self._place = place
        expected = self._pcm[self._place : self._place + len(tape)]
        if len(expected) < len(tape):
            more = len(tape) - len(expected)
            if np.any(tape[len(expected) :]):
                self._wrong(label, at + len(expected), more, f"song {song.number} was over")
        differ = np.flatnonzero(tape[: len(expected)] != expected)
        if len(differ):
            where = f"song {song.number} from sample {self._place + int(differ[0])} on"
            self._wrong(label, at + int(differ[0]), len(differ), where)
        placed = Placed(label.part, at, song.number, self._place, len(expected) - len(differ))
        self.heard.pieces.append(placed)
        self._place += len(expected)

    def _wrong(self, label: Label, at: int, samples: int, what: str) -> None:
        self.heard.wrong.append(Wrong(label.part, at, samples, what))


def _find(pcm: Samples, tape: Samples) -> tuple[int | None, int]:
    """The place of the tape's first sample in a song, by its first sound; and where that lies."""
    sounding = np.flatnonzero(tape)
    if not len(sounding):
        return None, len(tape)
    first = int(sounding[0])
    key = tape[first : first + KEY]
    # Of places that begin alike, the one that goes on alike.
    best, length = None, 0
    for found in np.flatnonzero(pcm[: max(0, len(pcm) - len(key) + 1)] == key[0]):
        begin = int(found)
        if begin < first or not np.array_equal(pcm[begin : begin + len(key)], key):
            continue
        both = min(len(pcm) - begin, len(tape) - first)
        differ = np.flatnonzero(pcm[begin : begin + both] != tape[first : first + both])
        same = int(differ[0]) if len(differ) else both
        if same > length:
            best, length = begin - first, same
    return best, first


def _peak(samples: Samples) -> int:
    return int(np.abs(samples.view(np.int16).astype(np.int32)).max(initial=0))
