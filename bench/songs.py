# SPDX-License-Identifier: GPL-3.0-or-later
"""How the measurements get MP3 files: sound without a silent moment, through lame."""

import subprocess
import wave
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

RATE: Final = 44100  # Hz
LOUDNESS: Final = 6000  # of 32767, of noise
TITLES: Final = (
    *("Adagio", "Bourree", "Courante", "Double", "Entree", "Fugue"),
    *("Gigue", "Hornpipe", "Intrada", "Jig", "Kyrie", "Loure"),
)


class SongError(Exception):
    """The songs cannot be made; the argument is a sentence."""


def noise(seed: int, seconds: int) -> bytes:
    """16-bit stereo, of which no two stretches are alike, and none is silent."""
    drawn = np.random.default_rng(seed).standard_normal((RATE * seconds, 2))
    return (drawn * LOUDNESS).clip(-32767, 32767).astype("<i2").tobytes()


def encode(target: Path, pcm: Iterable[bytes], *, channels: int, options: Sequence[str]) -> None:
    """Make an MP3 file of 16-bit sound at RATE; raises SongError.

    `options` are lame's.
    """
    source = target.with_suffix(".wav")
    with wave.open(str(source), "wb") as wav:
        wav.setparams((channels, 2, RATE, 0, "NONE", "not compressed"))
        for piece in pcm:
            wav.writeframes(piece)
    command = ["lame", "--quiet", *options, str(source), str(target)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise SongError(f"The songs need lame ({error.strerror}); install it.") from error
    source.unlink()
    if done.returncode:
        raise SongError(f"lame failed: {done.stderr.strip()}")
