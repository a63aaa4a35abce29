# SPDX-License-Identifier: GPL-3.0-or-later
"""Songs without a silent moment, so that every silence at the sink is a stall."""

import array
import sys
from itertools import repeat
from math import sin, tau
from pathlib import Path
from random import Random
from typing import Final

from bench.songs import RATE, encode

AMPLITUDE: Final = 0.3  # of full scale, for the tone and for the noise on it
TITLES: Final = ("first", "second")  # in the order of their track numbers


def make_songs(folder: Path, *, kbps: int, seconds: int, seed: int) -> list[Path]:
    """Two MP3 files of constant bitrate in `folder`, each `seconds` long; raises SongError."""
    folder.mkdir(parents=True)
    return [
        _make(folder / f"{number} {title}.mp3", kbps, seconds, Random(seed + number))
        for number, title in enumerate(TITLES, 1)
    ]


def _make(target: Path, kbps: int, seconds: int, random: Random) -> Path:
    options = ("--cbr", "-b", str(kbps), "-m", "j")
    encode(target, repeat(_second(random), seconds), channels=1, options=options)
    return target


def _second(random: Random) -> bytes:
    """One second of a tone under noise; whole periods, so that seconds join without a click."""
    hertz = random.randrange(300, 600)
    tone = [sin(tau * hertz * sample / RATE) for sample in range(RATE)]
    full = AMPLITUDE * 32767
    samples = array.array("h", (round(full * (t + random.uniform(-1, 1))) for t in tone))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
