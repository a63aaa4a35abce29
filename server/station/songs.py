# SPDX-License-Identifier: GPL-3.0-or-later
"""The songs a station can play, known by what they sound like and not by a server's ids."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from common.constants import MAX_TEXT
from common.text import forbidden_character
from data.index import AudioIndex
from data.station.stretches import MIN_PLAYING_US, playing_us

DIGEST_SIZE: Final = 32  # bytes of a SHA-256
MAX_U16: Final = 0xFFFF
MAX_U32: Final = 0xFFFF_FFFF
MAX_U64: Final = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """A recording, as every server that has the file knows it.

    Attributes:
        digest: SHA-256 of the audio bytes.
        total: audio bytes.
        playing_us: how long it is heard, in µs: without the encoder's delay and padding.
        sample_rate: of the first frame, in Hz.
        channels: 1 or 2.
        delay: samples the encoder put in front, as they stand in its tag.
        padding: samples it put behind, likewise.
        has_gapless: whether delay and padding are known.
        title: clean text, never empty.
        artist: clean text, may be empty.
        album: clean text, may be empty.

    Raises:
        ValueError: a field out of its range.
    """

    digest: bytes
    total: int
    playing_us: int
    sample_rate: int
    channels: int
    delay: int
    padding: int
    has_gapless: bool
    title: str
    artist: str
    album: str

    def __post_init__(self) -> None:
        check_digest(self.digest)
        check_range("total", self.total, 1, MAX_U64)
        check_range("playing_us", self.playing_us, MIN_PLAYING_US, MAX_U64)
        check_range("sample_rate", self.sample_rate, 1, MAX_U32)
        check_range("channels", self.channels, 1, 2)
        check_range("delay", self.delay, 0, MAX_U16)
        check_range("padding", self.padding, 0, MAX_U16)
        check_text("title", self.title)
        check_text("artist", self.artist)
        check_text("album", self.album)
        if not self.title:
            raise ValueError("a song has a title")


class Playable(Protocol):
    """The songs that a station may play now."""

    @property
    def digests(self) -> Sequence[bytes]:
        """Of all of them, ascending, so that the same songs are in the same order everywhere."""
        ...

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __getitem__(self, digest: bytes) -> Song:
        """One of them; raises KeyError where it cannot be had this moment."""
        ...

    def get(self, digest: bytes) -> Song | None:
        """The song with this audio, if there is one and it can be had."""
        ...


class Songs:
    """Everything that can be played now; never changes."""

    __slots__ = ("_by_digest", "digests")

    def __init__(self, songs: Iterable[Song] = ()) -> None:
        """Of two songs with the same audio the later one gives title and artist."""
        self._by_digest = {song.digest: song for song in songs}
        #: Ascending, so that the same songs are in the same order on every server.
        self.digests: Final = tuple(sorted(self._by_digest))

    def __len__(self) -> int:
        return len(self.digests)

    def __iter__(self) -> Iterator[Song]:
        return (self._by_digest[digest] for digest in self.digests)

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._by_digest

    def __getitem__(self, digest: bytes) -> Song:
        return self._by_digest[digest]

    def get(self, digest: bytes) -> Song | None:
        """The song with this audio, if there is one."""
        return self._by_digest.get(digest)


def song_of(index: AudioIndex, *, title: str, artist: str, album: str) -> Song:
    """The song that a file is, from its index and its cleaned tags."""
    return Song(
        digest=index.digest,
        total=index.total,
        playing_us=playing_us(index),
        sample_rate=index.sample_rate,
        channels=index.channels,
        delay=index.delay,
        padding=index.padding,
        has_gapless=index.has_gapless,
        title=title,
        artist=artist,
        album=album,
    )


def check_range(name: str, value: int, least: int, most: int) -> None:
    """ValueError where `value` is not in least..most."""
    if not least <= value <= most:
        raise ValueError(f"{name} is {value}, and must be {least} to {most}")


def check_digest(digest: bytes) -> None:
    """ValueError where this is no SHA-256."""
    if len(digest) != DIGEST_SIZE:
        raise ValueError(f"digest has {len(digest)} bytes, and must have {DIGEST_SIZE}")


def check_text(name: str, text: str, most: int = MAX_TEXT) -> None:
    """ValueError where `text` is not fit for the wire: more than `most` bytes, or not clean."""
    if forbidden_character(text) is not None:
        raise ValueError(f"{name} has a character that must not cross the wire")
    if len(text.encode()) > most:
        raise ValueError(f"{name} has more than {most} bytes")
