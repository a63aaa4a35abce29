# SPDX-License-Identifier: GPL-3.0-or-later
"""Songs in several editions, each with the sound that the decoder makes of it, and who lay where.

The songs are noise: no two stretches of any of them are alike, and none is silent.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.songs import TITLES, encode, noise
from client.decoder import MadDecoder
from client.trimmer import cuts
from data.index import index_audio

Samples = NDArray[np.uint32]  # left and right together, so that a silent one is 0

ENCODERS: Final = (("-b", "128"), ("-V", "4"), ("-b", "64", "-m", "m"), ("-b", "192"))
SHORTENED: Final = 0.6  # of a file that was cut short


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """What a file may hold.

    Attributes:
        title: of the song, also its file's name.
        name: of the edition.
        path: a copy of the file, beside the music folder.
        pcm: all its sound in frame time.
        front, back: samples at either end that are no music.
    """

    title: str
    name: str
    path: Path
    pcm: Samples
    front: int
    back: int

    @property
    def end(self) -> int:
        """Where the music ends, in samples of frame time."""
        return len(self.pcm) - self.back


@dataclass(frozen=True, slots=True)
class Song:
    """A title with its editions: two recordings, and each of them cut short."""

    title: str
    recordings: tuple[Edition, Edition]
    shortened: tuple[Edition, Edition]

    @property
    def editions(self) -> tuple[Edition, ...]:
        """All of them."""
        return (*self.recordings, *self.shortened)


def make_songs(folder: Path, *, count: int, seconds: tuple[int, int], seed: int) -> list[Song]:
    """Songs whose recordings last between these `seconds`; raises SongError."""
    folder.mkdir(parents=True)
    return [_make_song(folder, title, seconds, seed) for title in TITLES[:count]]


def _make_song(folder: Path, title: str, seconds: tuple[int, int], seed: int) -> Song:
    dice = Random(f"{seed} {title}")
    recordings: list[Edition] = []
    shortened: list[Edition] = []
    for name in ("first", "second"):
        path = folder / f"{title} {name}.mp3"
        length = dice.randint(*seconds)
        pcm = noise(dice.getrandbits(32), length)
        encode(path, [pcm], channels=2, options=("-f", *dice.choice(ENCODERS), "--tt", title))
        recordings.append(_read(title, name, path))
        short = folder / f"{title} {name} short.mp3"
        content = path.read_bytes()
        short.write_bytes(content[: int(SHORTENED * len(content))])
        shortened.append(_read(title, f"{name}, cut short", short))
    return Song(title, (recordings[0], recordings[1]), (shortened[0], shortened[1]))


class _Source:
    """The audio bytes of a file, for the decoder."""

    def __init__(self, audio: bytes) -> None:
        self._audio = audio
        self._at = 0

    def read(self, size: int, /) -> bytes:
        piece = self._audio[self._at : self._at + size]
        self._at += len(piece)
        return piece


def _read(title: str, name: str, path: Path) -> Edition:
    content = path.read_bytes()
    with path.open("rb") as file:
        index = index_audio(file)
    extents = index.extents
    decoder = MadDecoder(
        _Source(b"".join(content[e.file_offset : e.file_offset + e.length] for e in extents))
    )
    sound: list[bytes] = []
    while (piece := decoder.read()) is not None:
        sound.append(piece.samples)
    pcm = np.frombuffer(b"".join(sound), np.uint32)
    trim = cuts(delay=index.delay, padding=index.padding, gapless=index.has_gapless)
    return Edition(title, name, path, pcm, trim.front, trim.back)


@dataclass(slots=True)
class _Lay:
    """An edition lay under its title from some time on; None: there was no file."""

    since: float
    edition: Edition | None


@dataclass(slots=True)
class Shelf:
    """The music folder, and what lay in it when. Times are those of the caller's clock."""

    folder: Path
    _history: dict[str, list[_Lay]] = field(default_factory=dict[str, list[_Lay]])

    def put(self, edition: Edition, *, now: float) -> None:
        """Replace the file, or make it, so that nobody ever sees half of it."""
        self._note(edition.title, edition, now)
        beside = self.folder / f".{edition.title}"
        shutil.copyfile(edition.path, beside)
        beside.replace(self._path(edition.title))

    def overwrite(self, edition: Edition, *, now: float) -> None:
        """Write another edition into the file that is there, as `cp` does."""
        self._note(edition.title, edition, now)
        with self._path(edition.title).open("wb") as file:
            file.write(edition.path.read_bytes())

    def shorten(self, edition: Edition, *, now: float) -> None:
        """Cut the file that is there to the length of this edition, which is its beginning."""
        self._note(edition.title, edition, now)
        os.truncate(self._path(edition.title), edition.path.stat().st_size)

    def delete(self, title: str, *, now: float) -> None:
        """Remove the file."""
        self._note(title, None, now)
        self._path(title).unlink()

    def holds(self, title: str) -> Edition | None:
        """What lies there now."""
        return self._history[title][-1].edition

    def held(self, title: str, *, since: float, until: float) -> list[Edition]:
        """What lay there at any time between, the latest first."""
        found: list[Edition] = []
        ends = until
        for lay in reversed(self._history[title]):
            if lay.since <= until and ends >= since and lay.edition is not None:
                found.append(lay.edition)
            ends = lay.since
        return found

    def _note(self, title: str, edition: Edition | None, now: float) -> None:
        self._history.setdefault(title, []).append(_Lay(now, edition))

    def _path(self, title: str) -> Path:
        return self.folder / f"{title}.mp3"


def other_recording(song: Song, now: Edition | None) -> Edition:
    """The recording that does not lie there now."""
    first, second = song.recordings
    return second if now in {first, song.shortened[0]} else first


def short_of(song: Song, now: Edition | None) -> Edition | None:
    """The recording that lies there, cut short; None where none of them does."""
    for whole, short in zip(song.recordings, song.shortened, strict=True):
        if whole is now:
            return short
    return None


def all_editions(songs: Sequence[Song]) -> list[Edition]:
    """Of all songs."""
    return [edition for song in songs for edition in song.editions]
