# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of a data frame, and what each type allows in it (RFC.md, "Data Frames")."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from common.constants import (
    DIGEST_SIZE,
    JOIN_TICKET_SIZE,
    MAX_DEPTH,
    MAX_PAYLOAD,
    MAX_TEXT,
    MAX_USER,
    MAY_IGNORE,
    SIGNATURE_SIZE,
    STATION_ID_SIZE,
    TICKET_SIZE,
)
from common.errors import ErrorCode, ProtocolError
from common.fields import malformed

HEADER: Final = struct.Struct("!HHIIQ")

SMALLEST_SONG: Final = 34 + DIGEST_SIZE  # bytes of a SONG's payload with four empty texts
LARGEST_SONG: Final = SMALLEST_SONG + 3 * MAX_TEXT + MAX_USER
JOIN_SIZE: Final = STATION_ID_SIZE + 8 + JOIN_TICKET_SIZE
SEAL_SIZE: Final = DIGEST_SIZE + SIGNATURE_SIZE
LARGEST_BRANCH: Final = 2 + 4 * MAX_DEPTH


class FrameType(IntEnum):
    """Data frame types."""

    ATTACH = 0x0001
    ATTACHED = 0x0002
    DATA = 0x0003
    END = 0x0004
    FAIL = 0x0005
    SONG = 0x0200
    SEAL = 0x0201
    JOIN = 0x0300
    BRANCH = 0x0301
    LEAVE = 0x0302


DATA: Final = int(FrameType.DATA)  # as a plain number, for what is done with every frame


@dataclass(frozen=True, slots=True)
class Shape:
    """What RFC.md's tables of data frame types allow in a header."""

    stream: tuple[int, int]  # lowest and highest
    offset: tuple[int, int]
    length: tuple[int, int]


_ANY32 = (0, 0xFFFFFFFF)
_ANY64 = (0, 0xFFFFFFFFFFFFFFFF)
_NUMBER = (1, 0xFFFFFFFF)
_ZERO = (0, 0)

SHAPES: Final[dict[int, Shape]] = {
    FrameType.ATTACH: Shape(_ZERO, _ZERO, (TICKET_SIZE, TICKET_SIZE)),
    FrameType.ATTACHED: Shape(_ZERO, _ZERO, _ZERO),
    FrameType.DATA: Shape(_NUMBER, _ANY64, (1, MAX_PAYLOAD)),
    FrameType.END: Shape(_NUMBER, _ANY64, (DIGEST_SIZE, DIGEST_SIZE)),
    FrameType.FAIL: Shape(_ANY32, _ANY64, (4, 4 + MAX_TEXT)),
    FrameType.SONG: Shape(_NUMBER, _ANY64, (SMALLEST_SONG, LARGEST_SONG)),
    FrameType.SEAL: Shape(_NUMBER, _ANY64, (SEAL_SIZE, SEAL_SIZE)),
    FrameType.JOIN: Shape(_NUMBER, _ANY64, (JOIN_SIZE, JOIN_SIZE)),
    FrameType.BRANCH: Shape(_NUMBER, _ANY64, (6, LARGEST_BRANCH)),
    FrameType.LEAVE: Shape(_NUMBER, _ZERO, (4, 4)),
}


def check_header(length: int, kind: int, stream: int, offset: int) -> None:
    """Raise ProtocolError where a header does not fit its type, or its type is not to be read."""
    if length > MAX_PAYLOAD:
        text = f"a payload of {length} bytes, the limit is {MAX_PAYLOAD}"
        raise ProtocolError(ErrorCode.TOO_LARGE, text)
    shape = SHAPES.get(kind)
    if shape is None:
        if kind & MAY_IGNORE:
            return
        raise ProtocolError(ErrorCode.UNKNOWN_TYPE, f"frame type 0x{kind:04X} is not known here")
    # Three comparisons and no loop: this is asked of every frame that comes.
    if not shape.stream[0] <= stream <= shape.stream[1]:
        raise _breaks(kind, "Stream", stream)
    if not shape.offset[0] <= offset <= shape.offset[1]:
        raise _breaks(kind, "Offset", offset)
    if not shape.length[0] <= length <= shape.length[1]:
        raise _breaks(kind, "Length", length)


def _breaks(kind: int, field: str, value: int) -> ProtocolError:
    return malformed(f"{FrameType(kind).name}: {field} is {value}")


def encoded(kind: FrameType, session: int, stream: int, offset: int, payload: bytes) -> bytes:
    """A frame; raises ValueError where it does not fit its type."""
    shape = SHAPES[kind]
    for value, (lowest, highest), what in (
        (len(payload), shape.length, "a payload of {} bytes"),
        (stream, shape.stream, "a Stream of {}"),
        (offset, shape.offset, "an Offset of {}"),
    ):
        if not lowest <= value <= highest:
            raise ValueError(f"{kind.name}: {what.format(value)}")
    return HEADER.pack(len(payload), kind, session, stream, offset) + payload
