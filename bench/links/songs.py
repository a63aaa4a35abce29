# SPDX-License-Identifier: GPL-3.0-or-later
"""Songs without a silent moment, so that every silence at the sink is a stall."""

import array
import subprocess
import sys
import wave
from math import sin, tau
from pathlib import Path
from random import Random
from typing import Final

RATE: Final = 44100  # Hz
AMPLITUDE: Final = 0.3  # of full scale, for the tone and for the noise on it
TITLES: Final = ("first", "second")  # in the order of their track numbers


class SongError(Exception):
    """The songs cannot be made; the argument is a sentence."""


def make_songs(folder: Path, *, kbps: int, seconds: int, seed: int) -> list[Path]:
    """Two MP3 files of constant bitrate in `folder`, each `seconds` long; raises SongError."""
    folder.mkdir(parents=True)
    return [
        _make(folder / f"{number} {title}.mp3", kbps, seconds, Random(seed + number))
        for number, title in enumerate(TITLES, 1)
    ]


def _make(target: Path, kbps: int, seconds: int, random: Random) -> Path:
    source = target.with_suffix(".wav")
    with wave.open(str(source), "wb") as wav:
        wav.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        second = _second(random)
        for _ in range(seconds):
            wav.writeframes(second)
    command = ["lame", "--quiet", "--cbr", "-b", str(kbps), "-m", "j", str(source), str(target)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise SongError(f"The songs need lame ({error.strerror}); install it.") from error
    source.unlink()
    if done.returncode:
        raise SongError(f"lame failed: {done.stderr.strip()}")
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
