# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on a tape, piece by piece: which song, from which sample on, and what has no place there.

The judge does not believe the client where a sample belongs: it looks for every one of them in the
sound of the songs. Only which song plays from where on, it lets the client announce.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from bench.chaos.editions import Edition, Samples
from bench.songs import RATE

HEADER: Final = 44  # bytes before the samples of a WAV file; a killed client leaves it incomplete
BYTES: Final = 4  # of a sample of both channels
LEAST: Final = 8  # samples that must agree; noise has as many in common with nothing else
KEY: Final = 64  # samples by which a stretch is looked for in all songs
DAMAGE: Final = 8192  # samples that may be wrong before the song goes on in step
EARLY: Final = 1.0  # seconds by which sound may come before the line that announced it was read


@dataclass(frozen=True, slots=True)
class Announced:
    """The client has said that it plays a song from some place on.

    Attributes:
        at: when its line was read, seconds.
        asked: when it was given the command, on the same clock.
        start_ms: frame time.
    """

    at: float
    asked: float
    stream: int
    title: str
    start_ms: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a song on the tape; places and lengths in samples."""

    begin: int
    samples: int
    announced: int  # which
    edition: Edition
    place: int  # in the edition's sound

    @property
    def end(self) -> int:
        """On the tape."""
        return self.begin + self.samples


@dataclass(frozen=True, slots=True)
class Wrong:
    """Sound that should not be there."""

    begin: int
    samples: int
    what: str


@dataclass(slots=True)
class Heard:
    """All that is on one tape.

    Attributes:
        jumps: where a song went on elsewhere than it should, in sentences.
    """

    pieces: list[Piece] = field(default_factory=list[Piece])
    wrong: list[Wrong] = field(default_factory=list[Wrong])
    jumps: list[str] = field(default_factory=list[str])

    @property
    def compared_bytes(self) -> int:
        """Of sound, right or wrong."""
        return BYTES * (sum(p.samples for p in self.pieces) + self.wrong_samples)

    @property
    def wrong_samples(self) -> int:
        """Of them."""
        return sum(wrong.samples for wrong in self.wrong)


def read_tape(path: Path) -> Samples:
    """The samples of a WAV file, whatever its header says of their number; none where it is not."""
    if not path.exists():
        return _NOTHING
    size = max(0, path.stat().st_size - HEADER)
    return np.fromfile(path, np.uint32, size // BYTES, offset=HEADER) if size else _NOTHING


_NOTHING: Final[Samples] = np.zeros(0, np.uint32)


class Judge:
    """Listens to one tape."""

    def __init__(
        self,
        tape: Samples,
        announced: Sequence[Announced],
        *,
        origin: float,
        allowed: Callable[[Announced], Sequence[Edition]],
        known: Sequence[Edition],
    ) -> None:
        """`origin`: when the tape began to run.

        `allowed`: what may be heard of an announced song; `known`: all there is, to name what is
        wrong.
        """
        self._tape = tape
        self._announced = announced
        self._times = [song.at for song in announced]
        self._origin = origin
        self._allowed = [tuple(allowed(song)) for song in announced]
        self._known = known
        self._heard = Heard()
        self._song = -1  # which is playing
        self._edition: Edition | None = None
        self._place = 0  # the next sample of it

    def listen(self) -> Heard:
        """All of it."""
        at = 0
        while (begin := _sound_from(self._tape, at)) is not None:
            at = self._one(begin)
        return self._heard

    def _one(self, at: int) -> int:
        """What begins here; where it ends."""
        now = self._origin + at / RATE
        newest = bisect_right(self._times, now + EARLY) - 1
        song, edition, place, length = max(
            self._expected(at, newest),
            # Of two that are alike, rather the one that had been announced by then.
            key=lambda found: (found[3], self._times[found[0]] <= now),
            default=(-1, None, 0, 0),
        )
        if edition is not None and (
            length >= LEAST or (length and self._falls_silent(at + length))
        ):
            self._take(song, edition, place, at, length)
            return at + length
        damaged = self._in_step_again(at)
        if damaged:
            self._wrong(at, damaged, "samples of no song")
            self._place += damaged
            return at + damaged
        return self._stray(at, newest)

    def _expected(self, at: int, newest: int) -> list[tuple[int, Edition, int, int]]:
        """Song, edition, place in it and samples that agree, for what may come here."""
        places: list[tuple[int, Edition, int]] = []
        for song in range(newest, self._song, -1):
            for edition in self._allowed[song]:
                begin = self._begin(song, edition)
                # The server counts in microseconds, which are rounded.
                places += [(song, edition, begin + off) for off in (0, -1, 1)]
        if self._edition is not None:
            places.append((self._song, self._edition, self._place))
        found: list[tuple[int, Edition, int, int]] = []
        for song, edition, place in places:
            sound = edition.pcm[max(0, place) : edition.end]
            silent = _sound_from(sound, 0) or 0  # which on the tape looks like the silence before
            length = in_common(self._tape[at:], sound[silent:])
            found.append((song, edition, place + silent, length))
        return found

    def _begin(self, song: int, edition: Edition) -> int:
        """The first sample of an announced song."""
        return max(edition.front, round(self._announced[song].start_ms * RATE / 1000))

    def _take(self, song: int, edition: Edition, place: int, at: int, length: int) -> None:
        self._song, self._edition, self._place = song, edition, place + length
        self._heard.pieces.append(Piece(at, length, song, edition, place))

    def _in_step_again(self, at: int) -> int:
        """Samples after which the song goes on as if nothing had been; 0 where it does not."""
        if self._edition is None:
            return 0
        sound = self._edition.pcm[self._place : self._edition.end]
        most = min(len(sound), len(self._tape) - at, DAMAGE)
        same = self._tape[at : at + most] == sound[:most]
        if most < LEAST:
            return 0
        runs = np.convolve(same, np.ones(LEAST, np.int32), "valid")
        found = np.flatnonzero(runs == LEAST)
        return int(found[0]) if len(found) else 0

    def _stray(self, at: int, newest: int) -> int:
        key = self._tape[at : at + KEY]
        for edition in self._known:
            place = _find(edition, key)
            if place is None:
                continue
            length = in_common(self._tape[at:], edition.pcm[place:])
            for song in range(newest, max(self._song, 0) - 1, -1):
                if edition in self._allowed[song]:
                    expected = self._expected_place(song)
                    if song != self._song or not self._begins_again(edition, place):
                        self._heard.jumps.append(
                            f"{edition.title} goes on at sample {place} instead of {expected}"
                        )
                    self._take(song, edition, place, at, length)
                    return at + length
            self._wrong(at, length, f"{edition.title} ({edition.name}) at sample {place}")
            return at + length
        length = len(np.trim_zeros(key, "b"))
        self._wrong(at, length, "samples of no song")
        return at + length

    def _begins_again(self, edition: Edition, place: int) -> bool:
        """Whether what was taken for the song so far was of one before it, just like it.

        Who asks for a song twice in a hurry hears a moment of the first one, and lines are read
        too late to tell them apart.
        """
        begin, pieces = self._begin(self._song, edition), self._heard.pieces
        mine = [at for at, piece in enumerate(pieces) if piece.announced == self._song]
        if abs(place - begin) > 1 or not mine:
            return False
        before = pieces[mine[0] - 1].announced if mine[0] else -1
        for older in range(self._song - 1, before, -1):
            is_alike = edition in self._allowed[older]
            if is_alike and abs(self._begin(older, edition) - begin) <= 1:
                for at in mine:
                    pieces[at] = replace(pieces[at], announced=older)
                return True
        return False

    def _expected_place(self, song: int) -> int:
        if song == self._song:
            return self._place
        return round(self._announced[song].start_ms * RATE / 1000)

    def _falls_silent(self, at: int) -> bool:
        return at >= len(self._tape) or self._tape[at] == 0

    def _wrong(self, begin: int, samples: int, what: str) -> None:
        before = self._heard.wrong[-1] if self._heard.wrong else None
        if before and before.what == what and before.begin + before.samples == begin:
            self._heard.wrong[-1] = Wrong(before.begin, before.samples + samples, what)
        else:
            self._heard.wrong.append(Wrong(begin, samples, what))


def _sound_from(samples: Samples, at: int) -> int | None:
    """Where the first sample lies that is not silent, from `at` on."""
    step = 1024
    while at < len(samples):
        found = np.flatnonzero(samples[at : at + step])
        if len(found):
            return at + int(found[0])
        at += step
        step *= 2
    return None


def in_common(one: Samples, other: Samples) -> int:
    """How many samples agree from the beginning on."""
    most, at, step = min(len(one), len(other)), 0, 256
    while at < most:
        end = min(at + step, most)
        different = np.flatnonzero(one[at:end] != other[at:end])
        if len(different):
            return at + int(different[0])
        at, step = end, step * 2
    return most


def _find(edition: Edition, key: Samples) -> int | None:
    """The place of these samples in an edition."""
    content, wanted, at = edition.pcm.tobytes(), key.tobytes(), 0
    while (at := content.find(wanted, at)) >= 0:
        if at % BYTES == 0:
            return at // BYTES
        at += 1
    return None
