# SPDX-License-Identifier: GPL-3.0-or-later
"""What listeners of a station are given in tests, and what should come of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from data.station.listener import Event, SongBegan, SongEnded, Sound, StationReceiver
from data.station_frames import SongFrame
from tests.data.station.station import (
    OTHER_KEY,
    STATION,
    VERIFY,
    Aired,
    Frame,
    Sealed,
    air,
    programme,
    stretches_of,
)

SERVER, PARENT, OTHER = 0, 7, 8
AIRED = programme(3, skipped=(2,))  # 1000..1160, 1160..1240, 1240..1400; stretches of 40 bytes
STRETCHES = stretches_of(AIRED)


def tuned(offset: int = 1000) -> StationReceiver:
    return StationReceiver(STATION, VERIFY, offset)


def give(receiver: StationReceiver, frames: Iterable[Frame], node: int = SERVER) -> list[Event]:
    return [event for frame in frames for event in receiver.receive(node, frame)]


def expected(begin: int = 1000, aired: Sequence[Aired] = AIRED, primes: int = 0) -> list[Event]:
    """What comes of the whole programme from `begin` on, `primes` stretches not to be heard."""
    events, before = list[Event](), None
    for one in aired:
        stretches = [stretch for stretch in one.stretches if stretch.offset >= begin]
        if not stretches:
            continue
        if before is not None and before.end != before.offset + before.song.total:
            events.append(SongEnded(before.song, whole=False))
        events.append(SongBegan(one.song, one.offset))
        for stretch in stretches:
            events.append(sound_of(one, stretch, primes=primes > 0))
            primes -= 1
        if one.end == one.offset + one.song.total:
            events.append(SongEnded(one.song, whole=True))
        before = one
    return events


def sound_of(one: Aired, stretch: Sealed, *, primes: bool = False) -> Sound:
    return Sound(
        offset=stretch.offset,
        audio=stretch.audio,
        song=one.song,
        song_offset=one.offset,
        before=stretch.before,
        signature=stretch.signature,
        primes=primes,
    )


def song_frame(one: Aired, offset: int) -> SongFrame:
    return replace(one.frame(), offset=offset)


def moved(frame: Frame, by: int) -> Frame:
    return replace(frame, offset=frame.offset + by)


FIRST = AIRED[0].frame()
DATA, SEAL = STRETCHES[0].frames()
DATA_2, SEAL_2 = STRETCHES[1].frames()
OTHER_SIGNED = air(1, 1000, key=OTHER_KEY)


def frames_until(end: int) -> list[Frame]:
    """All frames of the stretches that end there or before, with their songs."""
    out = list[Frame]()
    for one in AIRED:
        stretches = [stretch for stretch in one.stretches if stretch.end <= end]
        if stretches:
            out.append(one.frame())
        for stretch in stretches:
            out += stretch.frames()
    return out
