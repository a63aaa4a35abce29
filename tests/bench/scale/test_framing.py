# SPDX-License-Identifier: GPL-3.0-or-later
"""The count of sound is right however TCP cut the frames, and refuses what is no song."""

import pytest

from bench.scale.framing import FrameCount
from data.frames import Attached, Data, End

STREAM = Attached(7).encode() + b"".join(
    Data(7, 1, offset, bytes(100)).encode() for offset in range(0, 300, 100)
)


@pytest.mark.parametrize("piece", range(1, len(STREAM) + 1))
def test_sound_is_counted_at_every_cut(piece: int) -> None:
    count = FrameCount()
    total = 0
    for at in range(0, len(STREAM), piece):
        part = STREAM[at : at + piece]
        total += count.take(bytearray(part) + bytearray(50), len(part))
    assert total == 300
    assert count.next == 300


def test_a_gap_is_an_error() -> None:
    frames = bytearray(Data(7, 1, 0, b"abc").encode() + Data(7, 1, 4, b"e").encode())
    with pytest.raises(ValueError, match="sound from 4 on where 3 was next"):
        FrameCount().take(frames, len(frames))


def test_the_end_of_a_song_is_an_error() -> None:
    frame = bytearray(End(7, 1, 0, bytes(32)).encode())
    with pytest.raises(ValueError, match="END"):
        FrameCount().take(frame, len(frame))
