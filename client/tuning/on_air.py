# SPDX-License-Identifier: GPL-3.0-or-later
"""The station that is heard, and what the player makes of it; knows nothing of the server."""

from typing import Final

from client.effects import (
    BeginSong,
    Feed,
    FinishBuffer,
    LoadProgramme,
    OpenGate,
    Outbox,
    Silence,
    Slip,
)
from client.reports import Continued, Finished, Notice, SongFailed, Stalled, Started
from client.trimmer import cuts
from client.tuning.backlog import CAPACITY, frame_seconds, song_on_air
from client.tuning.gate import StartMarks
from client.tuning.reports import Missed, SongHeard
from client.tuning.station import Failure, Gap, Seamless, Station
from control.station_messages import Tuned
from data.station.distance import Distance
from data.station.listener import Sound

MOST_SLIPPED: Final = 1000  # MPEG frames at one place; the silence there bounds them first


class OnAir:
    """At most one station. What the player reports of another one is of the past and ignored.

    Attributes:
        station: what is heard, or None.
    """

    def __init__(self, outbox: Outbox, *, marks: StartMarks, keeps_time: bool) -> None:
        """`keeps_time`: whether the sink takes a second to play a second."""
        self.station: Station | None = None
        self._outbox = outbox
        self._marks = marks
        self._distance = Distance()
        self._keeps_time = keeps_time
        self._owed = 0  # MPEG frames to leave out, as the player was told

    @property
    def pace(self) -> int:
        """Seconds of sound played in a million seconds of the station's; 0: not known."""
        return self._distance.pace

    @property
    def drift(self) -> int | None:
        """How much faster the sink's clock is, in parts of a million; None: not known."""
        return self.pace - 1_000_000 if self.pace else None

    @property
    def mark(self) -> float | None:
        """Seconds of sound that it waits for; None where it does not wait."""
        station = self.station
        if station is None or station.gate.is_open or station.is_over:
            return None
        return station.gate.mark(self._marks)

    # -- the server's side

    def load(self, station: Station) -> None:
        """The server has accepted: from here on nothing older is heard."""
        self.station = station
        self._outbox.put(LoadProgramme(station.number, CAPACITY))
        self._distance, self._owed = Distance(), 0

    def sound(self, sound: Sound, *, now: float) -> None:
        """The next stretch has come."""
        station = self.station
        if station is None:
            return
        if not station.backlog.has_room(len(sound.audio)):
            self._drop(station)
        if self._keeps_time and station.gate.is_open and station.gate.has_sounded:
            self._distance.sample(now, station.backlog.held)
        if station.arrived(sound, now=now):
            song = sound.song
            cut = cuts(delay=song.delay, padding=song.padding, gapless=song.gapless)
            joins_at = sound.offset - sound.song_offset
            self._outbox.put(BeginSong(song.number, cut, song.total, joins_at))
        self._outbox.put(Feed(sound.audio))
        self._correct(station)

    def fail(self, code: str, reason: str) -> None:
        """Nothing more will come: what is there is heard, and then the reason is the end."""
        station = self.station
        if station is not None and not station.is_over:
            station.fail(code, reason)
            self._outbox.put(FinishBuffer())

    def resumed(self, tuned: Tuned, *, now: float) -> None:
        """The station goes on with another stream.

        Behind a gap the distance to the live edge is another one; and what waits in front of it and
        has not begun to be heard is not worth hearing any more.
        """
        station = self.station
        if station is None:
            return
        on = station.continued(tuned, now=now)
        if isinstance(on, Seamless):
            return
        self._distance = Distance()
        if not station.gate.is_open:
            self._reload(station)
        missed_ms = int(on.seconds * 1000) if isinstance(on, Gap) else None
        self._outbox.tell(Missed(station.number, station.name, missed_ms))

    @property
    def is_ready(self) -> bool:
        """Whether there is enough to start with, or to go on."""
        station = self.station
        return station is not None and not station.is_over and station.gate.is_ready(self._marks)

    def open_gate(self) -> None:
        """Let the player begin, or go on."""
        if self.station is not None:
            self.station.gate.open()
            self._outbox.put(OpenGate())

    # -- the listener's side

    def start_now(self) -> bool:
        """Let the station that waits go on with what there is; False where it does not wait."""
        return self.station is not None and self.station.gate.hurry()

    def give_way(self) -> None:
        """Something else was loaded: the station is not heard any more."""
        self.station = None

    def silence(self) -> bool:
        """End the station; False where there is none."""
        if self.station is None:
            return False
        self._outbox.put(Silence())
        self.station = None
        return True

    def hush(self) -> None:
        """Nothing more is heard, though it goes on coming."""
        if self.station is not None:
            self._outbox.put(Silence())

    # -- the player's side

    def holds(self, number: int, seconds: float, size: int) -> None:
        """So much sound waits for the decoder, and it is `size` bytes."""
        if station := self._is(number):
            station.backlog.holds(seconds, size)

    def ran_dry(self, number: int) -> None:
        """Everything was decoded, and the gate is closed."""
        station = self._is(number)
        if station and not station.is_over:
            station.ran_dry()

    def started(self, number: int, at: float) -> None:
        """The first sound went to the sink."""
        station = self._is(number)
        if station and station.gate.has_sounded:
            self.continued(number, now=at)  # with what came behind a gap
        elif station:
            station.gate.sounds()
            station.latency = max(0.0, at - station.asked_at) * 1000
            self._outbox.tell(Started(number, station.latency))

    def song_heard(self, number: int, song: int) -> None:
        """The first sound of a song is heard."""
        station = self._is(number)
        if station is None:
            return
        before = station.backlog.heard
        aired = station.backlog.song_heard(song)
        # Behind a gap in a song, its title is no news.
        if aired is not None and (before is None or before.song.number != song):
            self._outbox.tell(SongHeard(number, station.name, song_on_air(aired.song)))

    def song_failed(self, number: int, song: int, text: str) -> None:
        """A song cannot be decoded; the station goes on."""
        if station := self._is(number):
            title = station.backlog.title_of(song)
            self._outbox.tell(Notice(f"“{title}” cannot be heard: {text} The station goes on."))

    def starved(self, number: int, *, now: float) -> None:
        """The player has nothing more to give to the sink."""
        station = self._is(number)
        if station is None or station.is_over or not self._keeps_time:
            return
        if station.gate.stalled(now):
            self._outbox.tell(Stalled(number))

    def continued(self, number: int, *, now: float) -> None:
        """The player gives to the sink again."""
        station = self._is(number)
        seconds = None if station is None else station.gate.continued(now)
        if seconds is not None:
            self._distance.stalled(seconds)
            self._outbox.tell(Continued(number, seconds * 1000))

    def finished(self, number: int) -> None:
        """The last sample was heard, which only a failure leads to."""
        station = self._is(number)
        if station is None:
            return
        failure = station.failure
        if failure is None:
            self._outbox.tell(Finished(number, None))
        else:
            self._outbox.tell(SongFailed(number, failure.code, failure.reason))
        self.station = None

    def broke(self, number: int, reason: str) -> Station | None:
        """The player cannot go on; returns the station that ends so."""
        station = self._is(number)
        if station is None:
            return None
        failure = station.failure or Failure("", reason)
        self._outbox.tell(SongFailed(number, failure.code, failure.reason))
        self.station = None
        return station

    def slipped(self, number: int, frames: int) -> None:
        """So many MPEG frames were left out or, less than 0, repeated."""
        station = self._is(number)
        if station and station.backlog.heard is not None:
            self._distance.slipped(-frames * frame_seconds(station.backlog.heard.song))

    # -- inside

    def _drop(self, station: Station) -> None:
        """Nobody takes the sound, or there is too much of it: begin anew with what comes."""
        missed_ms = int(station.backlog.held * 1000)
        self._outbox.tell(Missed(station.number, station.name, missed_ms))
        self._distance = Distance()
        self._reload(station)

    def _reload(self, station: Station) -> None:
        station.drop_waiting()
        self._owed = 0
        self._outbox.put(LoadProgramme(station.number, CAPACITY))

    def _correct(self, station: Station) -> None:
        """Have what is too much left out, or too little repeated, where that is not heard."""
        if station.backlog.heard is not None:
            seconds = frame_seconds(station.backlog.heard.song)
            frames = self._distance.correction(seconds, MOST_SLIPPED)
            if frames != self._owed:
                self._owed = frames
                self._outbox.put(Slip(frames))

    def _is(self, number: int) -> Station | None:
        return self.station if self.station and self.station.number == number else None
