# SPDX-License-Identifier: GPL-3.0-or-later
"""Every message with its bytes, written by hand after the figures of RFC.md, field by field."""

from common.errors import ErrorCode
from control.message import Message
from control.music_messages import (
    Credit,
    List,
    Play,
    StartKind,
    Stop,
    Stream,
    TrackEntry,
    Tracks,
)
from control.session_messages import (
    Bye,
    Drain,
    Error,
    Goodbye,
    Hello,
    Ping,
    Pong,
    Port,
    Reopen,
    Welcome,
)
from tests.control import station_examples

SECRET = bytes.fromhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf")
TICKET = bytes.fromhex("b0b1b2b3b4b5b6b7b8b9babbbcbdbebf")
DIGEST = bytes.fromhex("d0d1d2d3d4d5d6d7d8d9dadbdcdddedf" * 2)

HELLO = Hello(1, 1, agent="x/1")
WELCOME = Welcome(
    version=1,
    resumed=False,
    session=9,
    secret=SECRET,
    data_port=0x1234,
    ticket=TICKET,
    ticket_lifetime=15,
    heartbeat=20,
    dead_after=60,
    grace=61,
    newest_stream=0,
    server="y",
)
STREAM = Stream(
    stream=4,
    track=3,
    offset=5,
    total=0x01020305,
    start_time=6,
    duration=2000,
    sample_rate=44100,
    channels=2,
    gapless=True,
    delay=576,
    padding=1000,
    digest=DIGEST,
    title="t",
    artist="",
    album="al",
    map_interval=1999,
    map=(0x01020304, 1),
)

# Number of the header, the message, the header in hex, the body in hex.
GOLDEN: list[tuple[int, Message, str, str]] = [
    (
        1,
        HELLO,
        "001f 0001 00000001",
        "414e5449 01 01 00000000 00000000000000000000000000000000 0003 782f31",
    ),
    (
        2,
        Hello(1, 255, 9, SECRET, ""),
        "001c 0001 00000002",
        "414e5449 01 ff 00000009 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 0000",
    ),
    (
        1,
        WELCOME,
        "0037 0002 00000001",
        (
            "01 00 00000009 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 1234"
            "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf 000f 0014 003c 003d 00000000 0001 79"
        ),
    ),
    (
        2,
        Welcome(1, True, 9, SECRET, 1, TICKET, 0, 1, 2, 0, 0xFFFFFFFF, ""),
        "0036 0002 00000002",
        (
            "01 01 00000009 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 0001"
            "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf 0000 0001 0002 0000 ffffffff 0000"
        ),
    ),
    (3, List(0, 100, ""), "0008 0003 00000003", "00000000 0064 0000"),
    (3, List(7, 1, "\u00e9"), "000a 0003 00000003", "00000007 0001 0002 c3a9"),
    (3, Tracks(0, False, False, ()), "0007 0004 00000003", "00000000 00 0000"),
    (
        0x01020304,
        Tracks(258, True, False, (TrackEntry(1, 2, "a", "b", "c"), TrackEntry(9, 0, "\U0001d11e"))),
        "002a 0004 01020304",
        (
            "00000102 01 0002"
            "00000001 00000002 0001 61 0001 62 0001 63"
            "00000009 00000000 0004 f09d849e 0000 0000"
        ),
    ),
    (3, Tracks(1, False, True, ()), "0007 0004 00000003", "00000001 02 0000"),
    (
        4,
        Play(3, 4, StartKind.TIME, 61000, 65536),
        "0016 0005 00000004",
        "00000003 00000004 00 000000000000ee48 00010000 00",
    ),
    (
        4,
        Play(3, 4, StartKind.OFFSET, 1 << 40, 1, DIGEST),
        "0036 0005 00000004",
        (
            "00000003 00000004 01 0000010000000000 00000001 20"
            "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
        ),
    ),
    (
        4,
        STREAM,
        "0065 0006 00000004",
        (
            "00000004 00000003 0000000000000005 0000000001020305 0000000000000006"
            "000007d0 0000ac44 02 01 0240 03e8"
            "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
            "0001 74 0000 0002 616c"
            "000007cf 0002 01020304 00000001"
        ),
    ),
    (5, Stop(4), "0004 0007 00000005", "00000004"),
    (6, Credit(4, 1 << 33), "000c 0008 00000006", "00000004 0000000200000000"),
    (7, Ping(0x0102030405060708), "0008 0009 00000007", "0102030405060708"),
    (7, Pong(0x0102030405060708), "0008 000a 00000007", "0102030405060708"),
    (8, Bye(0, ""), "0004 000b 00000008", "0000 0000"),
    (8, Bye(ErrorCode.SHUTTING_DOWN, "so"), "0006 000b 00000008", "000a 0002 736f"),
    (8, Goodbye(), "0000 000c 00000008", ""),
    (0, Error(ErrorCode.MALFORMED, "no"), "0006 000d 00000000", "0001 0002 6e6f"),
    (9, Error(0xFFFF, ""), "0004 000d 00000009", "ffff 0000"),
    (10, Reopen(), "0000 000e 0000000a", ""),
    (
        10,
        Port(0xD868, 15, TICKET),
        "0014 000f 0000000a",
        "d868 000f b0b1b2b3b4b5b6b7b8b9babbbcbdbebf",
    ),
    (0, Drain(600, "so"), "0006 8010 00000000", "0258 0002 736f"),
    *station_examples.GOLDEN,
]
