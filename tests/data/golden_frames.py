# SPDX-License-Identifier: GPL-3.0-or-later
"""Data frames and their bytes, written by hand after RFC.md's figure."""

from common.errors import ErrorCode
from data.frames import Attach, Attached, Data, Deframer, End, Fail, Frame
from data.station_frames import Branch, Join, Leave, Seal, Song, SongFrame

TICKET = bytes.fromhex("b0b1b2b3b4b5b6b7b8b9babbbcbdbebf")
DIGEST = bytes.fromhex("d0d1d2d3d4d5d6d7d8d9dadbdcdddedf" * 2)
SONG = Song(5, 0x100000002, 500, 44100, 2, True, 576, 1000, DIGEST, "t", "", "al", "\u00e9")
PLAIN = Song(5, 2, 0, 44100, 1, False, 0, 0, DIGEST)
# The frame, its header in hex, its payload in hex; written by hand after RFC.md's figure.
GOLDEN: list[tuple[Frame, str, str]] = [
    (
        Attach(9, TICKET),
        "0010 0001 00000009 00000000 0000000000000000",
        "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf",
    ),
    (Attached(9), "0000 0002 00000009 00000000 0000000000000000", ""),
    (
        Data(9, 3, 0x0102030405060708, b"\xff\xfb\x90"),
        "0003 0003 00000009 00000003 0102030405060708",
        "fffb90",
    ),
    (
        End(9, 3, 258, DIGEST),
        "0020 0004 00000009 00000003 0000000000000102",
        "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
    ),
    (
        Fail(9, 3, 257, ErrorCode.CHANGED, "\u00e9"),
        "0006 0005 00000009 00000003 0000000000000101",
        "0105 0002 c3a9",
    ),
    (
        Fail(0, 0, 0, ErrorCode.BAD_TICKET),
        "0004 0005 00000000 00000000 0000000000000000",
        "0107 0000",
    ),
    (
        SongFrame(9, 3, 258, SONG),
        "0047 0200 00000009 00000003 0000000000000102",
        (
            "00000005 0000000100000002 000001f4 0000ac44 02 01 0240 03e8"
            "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
            "0001 74 0000 0002 616c 0002 c3a9"
        ),
    ),
    (
        Seal(9, 3, 259, DIGEST, DIGEST + bytes(32)),
        "0060 0201 00000009 00000003 0000000000000103",
        (
            "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
            "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
            "0000000000000000000000000000000000000000000000000000000000000000"
        ),
    ),
    (
        Join(9, 3, 260, TICKET, 0x0102030405060708, DIGEST),
        "0038 0300 00000009 00000003 0000000000000104",
        (
            "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf 0102030405060708"
            "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
        ),
    ),
    (
        Join(0, 1, 0, TICKET, 1, DIGEST),
        "0038 0300 00000000 00000001 0000000000000000",
        (
            "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf 0000000000000001"
            "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
        ),
    ),
    (
        Branch(9, 3, 261, (7, 0x01020304)),
        "000a 0301 00000009 00000003 0000000000000105",
        "0002 00000007 01020304",
    ),
    (Leave(9, 3, 7), "0004 0302 00000009 00000003 0000000000000000", "00000007"),
]
ALL = b"".join(bytes.fromhex(header + payload) for _, header, payload in GOLDEN)


def fed(*pieces: bytes) -> list[Frame]:
    deframer = Deframer()
    return [frame for piece in pieces for frame in deframer.feed(piece)]
