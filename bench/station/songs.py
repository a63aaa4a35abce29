# SPDX-License-Identifier: GPL-3.0-or-later
"""The songs of the station that is measured: noise, of which no two stretches are alike."""

from pathlib import Path
from random import Random
from typing import Final

from bench.songs import TITLES, encode, noise

KBPS: Final = 128
SECONDS: Final = (40, 70)
_OPTIONS: Final = ("-f", "--cbr", "-b", str(KBPS))


def make_songs(folder: Path, *, count: int, seed: int) -> dict[str, Path]:
    """MP3 files of KBPS in `folder`, by title; raises SongError."""
    folder.mkdir(parents=True)
    return {title: _make(folder / f"{title}.mp3", title, seed) for title in TITLES[:count]}


def _make(target: Path, title: str, seed: int) -> Path:
    dice = Random(f"{seed} {title}")
    pcm = noise(dice.getrandbits(32), dice.randint(*SECONDS))
    encode(target, [pcm], channels=2, options=(*_OPTIONS, "--tt", title))
    return target
