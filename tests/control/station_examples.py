# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of stations and relays with their bytes, written by hand after RFC.md."""

from control.message import Message
from control.queue_messages import Entries, Now, OnAir, Queue, QueueEntry, Skip, Votes
from control.relay_messages import Accuse, Parent, Parents, Relay, Relaying, Report
from control.station_messages import (
    Browse,
    Enqueue,
    Enqueued,
    StationEntry,
    Stations,
    Tune,
    Tuned,
)

STATION_ID = bytes.fromhex("e0e1e2e3e4e5e6e7e8e9eaebecedeeef")
KEY = bytes.fromhex("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf" * 2)
JOIN_TICKET = bytes.fromhex("909192939495969798999a9b9c9d9e9f" * 2)

# Number of the header, the message, the header in hex, the body in hex.
GOLDEN: list[tuple[int, Message, str, str]] = [
    (2, Browse(), "0000 0200 00000002", ""),
    (2, Stations(()), "0002 0201 00000002", "0000"),
    (
        2,
        Stations((StationEntry("m", 258), StationEntry("\u00e9", 1, "t", "a"))),
        "001b 0201 00000002",
        "0002 0001 6d 00000102 0000 0000 0002 c3a9 00000001 0001 74 0001 61",
    ),
    (
        3,
        Tune(4, "m"),
        "001f 0202 00000003",
        "00000004 0000000000000000 00000000000000000000000000000000 0001 6d",
    ),
    (
        3,
        Tune(4, "m", 1 << 33, STATION_ID),
        "001f 0202 00000003",
        "00000004 0000000200000000 e0e1e2e3e4e5e6e7e8e9eaebecedeeef 0001 6d",
    ),
    (
        3,
        Tuned(4, 1 << 33, 5870, STATION_ID, KEY),
        "0041 0203 00000003",
        (
            "00000004 0000000200000000 000016ee e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
            "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf 00"
        ),
    ),
    (
        3,
        Tuned(4, 0, 0, STATION_ID, KEY, placed=True),
        "0041 0203 00000003",
        (
            "00000004 0000000000000000 00000000 e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
            "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf 01"
        ),
    ),
    (4, Enqueue(258, "m"), "0007 0204 00000004", "00000102 0001 6d"),
    (4, Enqueued(False, 2, 3), "0007 0205 00000004", "00 0002 00000003"),
    (4, Enqueued(True, 0xFFFF, 0), "0007 0205 00000004", "01 ffff 00000000"),
    (5, Queue(1, 20, "m"), "0007 0206 00000005", "0001 0014 0001 6d"),
    (5, Entries(3, ()), "0004 0207 00000005", "0003 0000"),
    (
        5,
        Entries(2, (QueueEntry(0, 1, 2, "a"), QueueEntry(9, 3, 4, "b", "c", "d"))),
        "002c 0207 00000005",
        (
            "0002 0002"
            "00000000 00000001 00000002 0001 61 0000 0000"
            "00000009 00000003 00000004 0001 62 0001 63 0001 64"
        ),
    ),
    (6, Now("m"), "0003 0208 00000006", "0001 6d"),
    (
        6,
        OnAir(1, 2, 3, 4, 5, 6, 7, "a", "b", "c", "d"),
        "0024 0209 00000006",
        ("00000001 00000002 00000003 00000004 00000005 0006 00070001 61 0001 62 0001 63 0001 64"),
    ),
    (7, Skip(258, "m"), "0007 020a 00000007", "00000102 0001 6d"),
    (7, Votes(False, 3, 7), "0005 020b 00000007", "00 0003 0007"),
    (7, Votes(True, 7, 7), "0005 020b 00000007", "01 0007 0007"),
    (
        8,
        Relay(0x1234, 8, 320000, KEY),
        "0028 0300 00000008",
        "1234 0008 0004e200 c0c1c2c3c4c5c6c7c8c9cacbcccdcecfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf",
    ),
    (
        8,
        Relay(),
        "0028 0300 00000008",
        "0000 0000 00000000 0000000000000000000000000000000000000000000000000000000000000000",
    ),
    (8, Relaying(6, 1 << 33), "000a 0301 00000008", "0006 0000000200000000"),
    (0, Parents(4, ()), "0006 0302 00000000", "00000004 0000"),
    (
        0,
        Parents(
            4,
            (
                Parent(7, 0x1234, 1 << 33, JOIN_TICKET, "192.0.2.1"),
                Parent(9, 1, 5, KEY, "2001:db8::9"),
            ),
        ),
        "007a 0302 00000000",
        (
            "00000004 0002"
            "00000007 1234 0000000200000000"
            "909192939495969798999a9b9c9d9e9f909192939495969798999a9b9c9d9e9f"
            "0009 3139322e302e322e31"
            "00000009 0001 0000000000000005"
            "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
            "000b 323030313a6462383a3a39"
        ),
    ),
    (
        0,
        Report(4, 7, 1 << 33, 6120, 999980),
        "0018 0303 00000000",
        "00000004 00000007 0000000200000000 000017e8 000f422c",
    ),
    (0, Accuse(4, 7, 1 << 33), "0010 0304 00000000", "00000004 00000007 0000000200000000"),
]
