# SPDX-License-Identifier: GPL-3.0-or-later
"""A station's songs between the link that receives them and the player that decodes them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from client.gated_buffer import GatedBuffer, PlayoutOverflowError, nothing
from client.radio.queued_song import WARM_UP, QueuedSong, measure
from client.trimmer import Cuts

MOST_SONGS: Final = 64  # that wait; with nothing but beginnings a server could fill the memory


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a song has come: audio bytes from where it was joined."""

    number: int
    received: int
    consumed: int


class Programme(GatedBuffer):
    """A bounded queue of songs with a gate."""

    def __init__(self, capacity: int, on_starved: Callable[[], None] = nothing) -> None:
        super().__init__(capacity, on_starved)
        self._songs: deque[QueuedSong] = deque()  # the first is the one being read
        self._owed = 0
        self._slipped = 0
        self._is_taken = False  # the player has the first song

    # -- for whoever feeds it

    def begin_song(
        self,
        number: int,
        cuts: Cuts,
        *,
        total_bytes: int,
        joins_at: int = 0,
        warm_up: int = WARM_UP,
    ) -> None:
        """Ends the song so far, skipped where its total has not come in, and begins the next.

        Args:
            number: the song's in the station.
            cuts: what to take off; the front only where `joins_at` is 0.
            total_bytes: audio bytes of the whole song.
            joins_at: the audio offset in the song of the next byte that is appended.
            warm_up: where `joins_at` is not 0, the sound of the first stretches, of together at
                least so many bytes, is thrown away.

        Raises PlayoutOverflowError where MOST_SONGS wait, ValueError after `finish`.
        """
        if joins_at:
            cuts = replace(cuts, front=0)
        else:
            warm_up = 0
        song = QueuedSong(number, cuts, total_bytes - joins_at, joins_at, warm_up)
        with self._lock:
            if self._is_aborted:
                return
            if self._is_finished:
                raise ValueError("a song after the end of the station")
            if len(self._songs) >= MOST_SONGS:
                raise PlayoutOverflowError(f"{MOST_SONGS} songs wait")
            self._follow()
            self._songs.append(song)
            wake = self._on_change
        wake()

    def append(self, piece: bytes) -> None:
        """Takes in the next stretch of the latest song; after an abort it is dropped.

        Raises PlayoutOverflowError where it does not fit, ValueError where no song has it.
        """
        stretch = measure(piece)
        with self._lock:
            if self._is_aborted or not piece:
                return
            latest = self._songs[-1] if self._songs else None
            if latest is None or self._is_finished or len(piece) > latest.left:
                raise ValueError("bytes that belong to no song")
            level = self._level() + len(piece)
            if level > self.capacity:
                raise PlayoutOverflowError(f"{level} bytes for a programme of {self.capacity}")
            latest.append(stretch)
            self._received += len(piece)
            wake = self._on_change if self._is_open else nothing
        wake()

    def slip(self, frames: int) -> None:
        """Has so many MPEG frames left out, or, less than 0, repeated, where it is not heard.

        Takes the place of what was still owed.
        """
        with self._lock:
            self._owed = frames

    # -- for whoever looks

    @property
    def owed(self) -> int:
        """MPEG frames still to be left out (repeated, where less than 0)."""
        return self._owed

    @property
    def slipped(self) -> int:
        """MPEG frames left out so far, less those repeated."""
        return self._slipped

    @property
    def consumed(self) -> int:
        """Bytes that the player took, in all."""
        with self._lock:
            return self._received - self._level()

    @property
    def level(self) -> int:
        """Bytes that wait for the player."""
        with self._lock:
            return self._level()

    @property
    def seconds(self) -> float:
        """How long the bytes that wait will sound, by their frame headers."""
        with self._lock:
            return sum(song.seconds for song in self._songs)

    def songs(self) -> tuple[Progress, ...]:
        """The songs that the player has not left behind, the oldest first."""
        with self._lock:
            return tuple(Progress(s.number, s.received, s.consumed) for s in self._songs)

    # -- for the player's thread

    @property
    def is_over(self) -> bool:
        """Whether no song will ever follow the one that the player has read."""
        with self._lock:
            waiting = len(self._songs) - self._is_taken
            return self._is_aborted or (self._is_finished and not waiting)

    def next_song(self) -> QueuedSong | None:
        """The song behind the one that was read to its end, or dropped; None where it must wait."""
        with self._lock:
            if self._is_aborted:
                return None
            if self._is_taken and self._songs[0].has_ended:
                self._songs.popleft()
                self._is_taken = False
            if not self._is_open:
                return None
            if self._songs and not self._is_taken:
                self._is_taken = True
                return self._songs[0]
            if self._is_finished:
                return None
            self._is_open = False
        self._on_starved()
        return None

    def read(self, song: QueuedSong, size: int) -> bytes | None:
        """Takes 1 to `size` bytes of it; `b""` at its end; None where it must wait."""
        with self._lock:
            if self._is_aborted or song.is_over:
                return b""
            if not self._is_open:
                return None
            if song.has_bytes:
                return song.take(size)
            self._is_open = False
        self._on_starved()
        return None

    def drop(self, song: QueuedSong) -> None:
        """Nobody wants the rest of this song."""
        with self._lock:
            song.drop()

    def take_slip(self, *, out: int = 0, again: int = 0) -> int:
        """Of what is owed, what can be done: up to `out` frames left out or `again` repeated.

        Returns the frames, less than 0 where they are to be repeated. They count as done.
        """
        with self._lock:
            frames = max(-again, min(out, self._owed))
            self._owed -= frames
            self._slipped += frames
            return frames

    # -- inside, with the lock

    def _level(self) -> int:
        return sum(song.received - song.consumed for song in self._songs)

    def _follow(self) -> None:
        if self._songs:
            self._songs[-1].is_followed = True

    def _at_finish(self) -> None:
        self._follow()

    def _at_abort(self) -> None:
        self._songs.clear()
        self._is_taken = False
