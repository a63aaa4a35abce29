# SPDX-License-Identifier: GPL-3.0-or-later
"""Songs as large as a test wants, which no encoder has to make: every frame is unlike the others.

They make a terrible noise, and their audio bytes are the whole file, so a listener's bytes can be
compared whole.
"""

import random
from pathlib import Path

HEADER = bytes.fromhex("fffb9064")  # MPEG 1, 128 kbit/s, 44.1 kHz stereo: frames of 417 bytes
FRAME = 417  # bytes
SIDE_INFO = 32  # bytes; zero: no main data of earlier frames is needed


def song(seed: int, frames: int) -> bytes:
    """Audio that no other seed has; 38 frames are a second."""
    rng = random.Random(seed)
    return b"".join(
        HEADER + bytes(SIDE_INFO) + rng.randbytes(FRAME - len(HEADER) - SIDE_INFO)
        for _ in range(frames)
    )


def write_songs(folder: Path, *, count: int = 3, frames: int = 2000) -> list[bytes]:
    """Songs `1.mp3`, `2.mp3` ... that get the track ids 1, 2 ...; their audio bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = [song(seed, frames) for seed in range(1, count + 1)]
    for number, content in enumerate(contents, 1):
        (folder / f"{number}.mp3").write_bytes(content)
    return contents
