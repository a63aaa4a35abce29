# SPDX-License-Identifier: GPL-3.0-or-later
"""A small station with songs that were cut and sealed by the rules, and what forgers have."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from common.ed25519 import Signer, signer, verifier
from data.frames import Data
from data.station.ring import Ring
from data.station.seals import link, sealed, song_start
from data.station_frames import Seal, Song, SongFrame

SESSION, STREAM = 9, 3
STATION = bytes(range(16))
KEY = signer(bytes(32))
OTHER_KEY = signer(bytes([1]) * 32)
VERIFY = verifier(KEY.public_key)

Frame = SongFrame | Data | Seal


@dataclass(frozen=True, slots=True)
class Sealed:
    """A stretch as the station sends it."""

    offset: int
    audio: bytes
    before: bytes
    link: bytes
    signature: bytes

    @property
    def end(self) -> int:
        return self.offset + len(self.audio)

    def frames(self) -> list[Frame]:
        return [
            Data(SESSION, STREAM, self.offset, self.audio),
            Seal(SESSION, STREAM, self.end, self.before, self.signature),
        ]


@dataclass(frozen=True, slots=True)
class Aired:
    """A song at its place in the station."""

    offset: int
    song: Song
    start: bytes
    stretches: tuple[Sealed, ...]

    @property
    def end(self) -> int:
        return self.stretches[-1].end

    def frame(self) -> SongFrame:
        return SongFrame(SESSION, STREAM, self.offset, self.song)


def sound(number: int, stretch: int, size: int = 40) -> bytes:
    """The bytes of a stretch, which can be told from those of any other."""
    return (b"%03d/%03d " % (number, stretch) * (size // 8 + 1))[:size]


def song(number: int, total: int, title: str = "") -> Song:
    return Song(
        number=number,
        total=total,
        duration=500,
        sample_rate=44100,
        channels=2,
        gapless=True,
        delay=576,
        padding=700,
        digest=sha256(b"%d" % number).digest(),
        title=title or f"Song {number}",
    )


def air(
    number: int,
    offset: int,
    *,
    stretches: int = 4,
    size: int = 40,
    skipped: int = 0,
    title: str = "",
    key: Signer = KEY,
    station: bytes = STATION,
) -> Aired:
    """A song of so many stretches, of which the last `skipped` are not sent."""
    of = song(number, stretches * size, title)
    start = before = song_start(station, offset, of.payload())
    done = list[Sealed]()
    for at in range(stretches - skipped):
        place, audio = offset + at * size, sound(number, at, size)
        mine = link(before, place, audio)
        done.append(Sealed(place, audio, before, mine, key.sign(sealed(start, mine))))
        before = mine
    return Aired(offset, of, start, tuple(done))


def programme(songs: int = 3, *, first: int = 1000, skipped: Sequence[int] = ()) -> list[Aired]:
    """Songs behind one another; those numbered in `skipped` end two stretches early."""
    aired, offset = list[Aired](), first
    for number in range(1, songs + 1):
        aired.append(air(number, offset, skipped=2 if number in skipped else 0))
        offset = aired[-1].end
    return aired


def frames_of(aired: Sequence[Aired], *, begin: int = 0) -> list[Frame]:
    """What a stream that begins at `begin`, a stretch's, sends."""
    out = list[Frame]()
    for one in aired:
        stretches = [stretch for stretch in one.stretches if stretch.offset >= begin]
        if stretches:
            out.append(one.frame())
        for stretch in stretches:
            out += stretch.frames()
    return out


def stretches_of(aired: Sequence[Aired]) -> list[Sealed]:
    return [stretch for one in aired for stretch in one.stretches]


def fill(ring: Ring, aired: Sequence[Aired], *, seconds: float = 0.5) -> None:
    """Append all that the ring does not have."""
    for one in aired:
        if one.end <= ring.edge:
            continue
        if one.offset >= ring.edge or ring.oldest == ring.edge:
            ring.append_song(one.offset, one.song.payload())
        for stretch in one.stretches:
            if stretch.offset >= ring.edge:
                ring.append_stretch(
                    stretch.offset,
                    stretch.audio,
                    before=stretch.before,
                    signature=stretch.signature,
                    seconds=seconds,
                )
