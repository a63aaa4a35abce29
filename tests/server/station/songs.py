# SPDX-License-Identifier: GPL-3.0-or-later
"""Songs and stations for the tests, made up and told apart by a number."""

import hashlib

from server.station.schedule import Schedule
from server.station.songs import Song, Songs

SECOND = 1_000_000  # µs
NOW = 1_700_000_000 * SECOND
STATION = Schedule(station_id=bytes(range(16)), seed=bytes(range(32)))


def digest_of(number: int) -> bytes:
    return hashlib.sha256(b"song %d" % number).digest()


def song(number: int, seconds: float = 60) -> Song:
    return Song(
        digest=digest_of(number),
        total=int(seconds * 16_000) + 1,
        playing_us=max(1000, int(seconds * SECOND)),
        sample_rate=44_100,
        channels=2,
        delay=576,
        padding=1000 + number % 100,
        has_gapless=True,
        title=f"Song {number}",
        artist="The Tests",
        album="",
    )


def songs(count: int, seconds: float = 60) -> Songs:
    return Songs(song(number, seconds) for number in range(count))
