# SPDX-License-Identifier: GPL-3.0-or-later
"""What has arrived of a station and waits to be heard, and the songs that it is of."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from client.tuning.reports import SongOnAir
from data.station_frames import Song

# What may wait to be heard. More comes only where the sink takes no sound, or from a server that
# does not keep its schedule.
MOST_SONGS: Final = 60  # a Programme has room for a few more
MOST_HELD: Final = 60.0  # seconds
CAPACITY: Final = 4 << 20  # bytes


@dataclass(slots=True)
class Aired:
    """A song of which something has arrived."""

    song: Song
    joined: float  # seconds of the song that were missed at its beginning, as far as known
    arrived: float = 0.0  # seconds of sound


class Backlog:
    """Sound in front of the decoder, and the songs that were not heard yet.

    Attributes:
        held: seconds of sound that have arrived and were not decoded.
        held_bytes: the same in bytes.
        received: audio bytes that have arrived in all.
        heard: the song that is heard; None before the first one.
    """

    def __init__(self) -> None:
        """Nothing has arrived."""
        self.held = 0.0
        self.held_bytes = 0
        self.received = 0
        self.heard: Aired | None = None
        self._waiting: deque[Aired] = deque()  # not heard yet, the next one first
        self._latest: Aired | None = None  # of which sound comes

    def has_room(self, size: int) -> bool:
        """Whether so many bytes may wait to be heard together with what does already."""
        fits = self.held_bytes + size <= CAPACITY
        return fits and self.held < MOST_HELD and len(self._waiting) < MOST_SONGS

    def begins(self, song: Song, joined_at: int) -> None:
        """What arrives from here on is of this song, `joined_at` bytes behind its beginning."""
        # Where it was joined is told in bytes; in time, that is a good guess.
        self._latest = Aired(song, song.duration / 1000 * joined_at / song.total)
        self._waiting.append(self._latest)

    def arrived(self, size: int, seconds: float) -> None:
        """So many bytes of sound are there, which last so long."""
        self.received += size
        self.held += seconds
        self.held_bytes += size
        if self._latest is not None:
            self._latest.arrived += seconds

    def holds(self, seconds: float, size: int) -> None:
        """So much waits for the decoder, as the player says."""
        self.held, self.held_bytes = seconds, size

    def ran_dry(self) -> None:
        """Everything was decoded."""
        self.holds(0.0, 0)

    def drop(self) -> None:
        """What waits will not be heard."""
        self._waiting.clear()
        self.holds(0.0, 0)

    def song_heard(self, number: int) -> Aired | None:
        """The first sound of this song is heard; those before it are over."""
        while self._waiting:
            aired = self._waiting.popleft()
            if aired.song.number == number:
                self.heard = aired
                return aired
        return None

    def title_of(self, number: int) -> str:
        """The title of a song that has arrived; empty where that is too long ago."""
        songs = [*self._waiting, *([self.heard] if self.heard else [])]
        return next((one.song.title for one in songs if one.song.number == number), "")


def song_on_air(song: Song) -> SongOnAir:
    """What SONG says, for the shell."""
    return SongOnAir(song.number, song.title, song.artist, song.album, song.duration, song.by)


def frame_seconds(song: Song) -> float:
    """How long an MPEG frame of the song lasts, by its sample rate."""
    samples = 1152 if song.sample_rate >= 32000 else 576  # MPEG-1; MPEG-2 and 2.5
    return samples / song.sample_rate
