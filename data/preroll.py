# SPDX-License-Identifier: GPL-3.0-or-later
"""How far ahead of a seek to start, so that the sound at the target is right (RFC.md, STREAM)."""

from typing import Final

from data.index import AudioIndex

RESERVOIR: Final = 511  # bytes; main_data_begin has nine bits
_OVERHEAD: Final = 38  # bytes of a frame that are header, CRC and the largest side information


def preroll_frame(index: AudioIndex, target: int) -> int:
    """The frame to start from so that frame `target` decodes right.

    Frames before it are added until their main data covers the bit reservoir, and one more for
    the overlap of the transform.
    """
    frame, main_data = target, 0
    while frame > 0 and main_data < RESERVOIR:
        frame -= 1
        length = index.offset_of_frame(frame + 1) - index.offset_of_frame(frame)
        main_data += max(0, length - _OVERHEAD)
    return max(0, frame - 1)
