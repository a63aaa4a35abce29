# SPDX-License-Identifier: GPL-3.0-or-later
"""The songs of the station that is measured: noise, of which no two stretches are alike."""

import subprocess
import wave
from pathlib import Path
from random import Random
from typing import Final

import numpy as np

from bench.chaos.editions import LOUDNESS, RATE, TITLES, EditionError

KBPS: Final = 128
SECONDS: Final = (40, 70)


def make_songs(folder: Path, *, count: int, seed: int) -> dict[str, Path]:
    """MP3 files of KBPS in `folder`, by title; raises EditionError."""
    folder.mkdir(parents=True)
    return {title: _make(folder / f"{title}.mp3", title, seed) for title in TITLES[:count]}


def _make(target: Path, title: str, seed: int) -> Path:
    dice = Random(f"{seed} {title}")
    noise = np.random.default_rng(dice.getrandbits(32)).standard_normal(
        (RATE * dice.randint(*SECONDS), 2)
    )
    source = target.with_suffix(".wav")
    with wave.open(str(source), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes((noise * LOUDNESS).clip(-32767, 32767).astype("<i2").tobytes())
    command = ["lame", "--quiet", "-f", "--cbr", "-b", str(KBPS), "--tt", title]
    try:
        done = subprocess.run(
            [*command, str(source), str(target)], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise EditionError(f"The songs need lame ({error.strerror}); install it.") from error
    source.unlink()
    if done.returncode:
        raise EditionError(f"lame failed: {done.stderr.strip()}")
    return target
