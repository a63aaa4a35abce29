# SPDX-License-Identifier: GPL-3.0-or-later
"""A station that was tuned in: what has arrived of it, what is heard, and what it waits for."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from client.tuning.axis import Axis
from client.tuning.reports import SongOnAir
from common.constants import START_BACK
from control.station_messages import Tuned
from data.station.listener import Sound, StationReceiver
from data.station.passing import seconds_of
from data.station.seals import Verify
from data.station_frames import Song

# What may wait to be heard. More comes only where the sink takes no sound, or from a server that
# does not keep its schedule.
MOST_SONGS: Final = 60  # a Programme has room for a few more
MOST_HELD: Final = 60.0  # seconds
CAPACITY: Final = 4 << 20  # bytes
START: Final = 1.0  # seconds of sound with which it starts
RESUME: Final = 2.0  # seconds of sound with which it goes on behind a stall
SILENT: Final = 10.0  # seconds without a stretch, behind which the station itself was silent
LEAST_MISSED: Final = 0.001  # seconds, where bytes are missing whatever the clocks say
MOST_START: Final = float(START_BACK)  # seconds; more would not come at once


@dataclass(frozen=True, slots=True)
class StartMarks:
    """Seconds of sound with which a station starts, and goes on behind a stall."""

    start: float = START
    resume: float = RESUME


def start_marks(least: float | None) -> StartMarks:
    """The marks where the user wants at least so many seconds of sound before a song starts."""
    if least is None:
        return StartMarks()
    start = min(least, MOST_START)
    return StartMarks(start, min(2 * start, MOST_START))


def song_on_air(song: Song) -> SongOnAir:
    """What SONG says, for the shell."""
    return SongOnAir(song.number, song.title, song.artist, song.album, song.duration, song.by)


def frame_seconds(song: Song) -> float:
    """How long an MPEG frame of the song lasts, by its sample rate."""
    samples = 1152 if song.sample_rate >= 32000 else 576  # MPEG-1; MPEG-2 and 2.5
    return samples / song.sample_rate


@dataclass(slots=True)
class Aired:
    """A song of which something has arrived."""

    song: Song
    joined: float  # seconds of the song that were missed at its beginning, as far as known
    arrived: float = 0.0  # seconds of sound


class Station:
    """What is tuned in, from TUNED until something else takes its place.

    Attributes:
        number: the number of its first stream, by which reports and the player name it.
        name: the station's.
        station_id: from TUNED.
        stream: the number of the stream that brings it; 0 while there is none.
        receiver: checks what comes.
        axis: when what has arrived was due.
        asked_at: when the listener asked for it, in seconds.
        heard: the song that is heard; None before the first one.
        held: seconds of sound that have arrived and were not decoded.
        held_bytes: the same in bytes.
        gate_open: whether the player may take bytes.
        has_sounded: whether its first sound was heard.
        stalls: how often the sound stopped because nothing had arrived.
        stalled_at: when it stopped so, while it has not gone on.
        starts_at_once: the listener does not want to wait for more.
        received: audio bytes that have arrived.
        failure: code and sentence, where nothing more will ever come.
    """

    def __init__(
        self,
        name: str,
        tuned: Tuned,
        *,
        verify: Callable[[bytes], Verify],
        asked_at: float,
        now: float,
    ) -> None:
        """TUNED has come; `verify` makes of a public key what checks its signatures."""
        self.number = self.stream = tuned.stream
        self.name = name
        self.asked_at = asked_at
        self.heard: Aired | None = None
        self.held = 0.0
        self.held_bytes = 0
        self.gate_open = False
        self.has_sounded = False
        self.stalls = 0
        self.stalled_at: float | None = None
        self.starts_at_once = False
        self.received = 0
        self.failure: tuple[str, str] | None = None
        self._verify = verify
        self._waiting: deque[Aired] = deque()  # not heard yet, the next one first
        self._latest: Aired | None = None  # of which sound comes
        self._song_at: int | None = None  # station offset of the latest song; None behind a gap
        self._fresh = 0.0  # seconds of sound that have come since the gate was closed
        self._has_stalled = False
        self._arrived_at = now  # when the latest stretch has
        self._begin(tuned, now)

    def _begin(self, tuned: Tuned, now: float) -> None:
        self.station_id = tuned.station_id
        self._key = tuned.key
        self.receiver = StationReceiver(tuned.station_id, self._verify(tuned.key), tuned.offset)
        self.axis = Axis(now - tuned.behind / 1000)

    # -- the server

    def continued(self, tuned: Tuned, *, now: float) -> float | None:
        """Another TUNED of the same station.

        Returns how many seconds of it are missing, 0 where it goes on without a gap; None where it
        is another stream altogether.
        """
        self.stream = tuned.stream
        due = now - tuned.behind / 1000
        missed: float | None = None
        if (tuned.station_id, tuned.key) != (self.station_id, self._key):
            self._begin(tuned, now)
            self._song_at = None
        elif self.receiver.tuned(tuned.offset):
            missed = max(LEAST_MISSED, due - self.axis.due)
            self.axis = Axis(due)
            self._song_at = None
        else:
            missed = 0.0
            if tuned.offset == self.receiver.next:
                self.axis = Axis(due)  # the station may have been silent meanwhile
        return missed

    def arrived(self, sound: Sound, *, now: float) -> bool:
        """A stretch is there; whether the player must be told that a song begins with it."""
        begins = sound.song_offset != self._song_at
        joins_at = sound.offset - sound.song_offset
        if begins and joins_at == 0 and not self.held and now > self._arrived_at + SILENT:
            self.axis = Axis(now)  # it had nothing to play, and is on the air again
        self._arrived_at = now
        if begins:
            self._song_at = sound.song_offset
            self._song_begins(sound.song, joins_at)
        seconds = seconds_of(sound.audio)
        self.axis.arrived(seconds)
        self.received += len(sound.audio)
        self.held += seconds
        self.held_bytes += len(sound.audio)
        if self._latest is not None:
            self._latest.arrived += seconds
        if not sound.primes:
            self._fresh += seconds
        return begins

    def ended(self, song: Song, *, whole: bool) -> None:
        """The song has no more sound."""
        self.axis.ended(song, whole=whole)

    def _song_begins(self, song: Song, joins_at: int) -> None:
        self.axis.begins(song, at_start=joins_at == 0)
        # Where it was joined is told in bytes; in time, that is a good guess.
        joined = song.duration / 1000 * joins_at / song.total
        self._latest = Aired(song, joined)
        self._waiting.append(self._latest)

    def has_room(self, sound: Sound) -> bool:
        """Whether this may wait to be heard together with what does already."""
        fits = self.held_bytes + len(sound.audio) <= CAPACITY
        return fits and self.held < MOST_HELD and len(self._waiting) < MOST_SONGS

    # -- the gate

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.failure is not None

    @property
    def needs_resume(self) -> bool:
        """Whether its stream was lost."""
        return self.stream == 0 and not self.is_over

    def is_ready(self, marks: StartMarks) -> bool:
        """Whether the gate is closed, and there is enough to open it."""
        if self.gate_open or self.is_over or not self._fresh:
            return False
        return self.starts_at_once or self._fresh >= self.mark(marks)

    def mark(self, marks: StartMarks) -> float:
        """Seconds of sound with which it starts, or goes on."""
        return marks.resume if self._has_stalled else marks.start

    def opened(self) -> None:
        """The gate is open."""
        self.gate_open, self.starts_at_once = True, False

    def ran_dry(self) -> None:
        """Everything was decoded, and the gate is closed."""
        self.gate_open, self._has_stalled = False, self.has_sounded
        self._fresh, self.held, self.held_bytes = 0.0, 0.0, 0

    def forget_waiting(self) -> None:
        """What waits will not be heard."""
        self._waiting.clear()
        self._song_at, self.gate_open = None, False
        self._fresh, self.held, self.held_bytes = 0.0, 0.0, 0

    # -- what is heard

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

    def behind(self, *, now: float) -> float:
        """How many seconds behind the live edge it is heard, or will go on."""
        return max(0.0, now - self.axis.due + self.held)
