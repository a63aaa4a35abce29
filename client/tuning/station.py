# SPDX-License-Identifier: GPL-3.0-or-later
"""A station that was tuned in: the stream that brings it, and what has arrived of that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from client.tuning.axis import Axis
from client.tuning.backlog import Backlog
from client.tuning.gate import Gate
from control.station_messages import Tuned
from data.station.listener import Sound, StationReceiver
from data.station.passing import seconds_of
from data.station.seals import Verify
from data.station_frames import Song

LEAST_MISSED: Final = 0.001  # seconds, where bytes are missing whatever the clocks say


@dataclass(frozen=True, slots=True)
class Seamless:
    """The stream goes on where it was."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The stream goes on, and so many seconds of it are missing."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Anew:
    """The station has begun another stream: what is missing of it cannot be told."""


Continuation = Seamless | Gap | Anew


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing more will ever come: the code's name and a sentence."""

    code: str
    reason: str


class Station:
    """What is tuned in, from TUNED until something else takes its place.

    Attributes:
        number: the number of its first stream, by which reports and the player name it.
        name: the station's.
        asked_at: when the listener asked for it, in seconds.
        station_id: from TUNED.
        stream: the number of the stream that brings it; 0 while there is none.
        receiver: checks what comes.
        axis: when what has arrived was due.
        latency: milliseconds from when the listener asked until its first sound; None before.
        backlog: what has arrived and waits to be heard.
        gate: whether it may be.
        failure: why nothing more will ever come; None while more may.
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
        self.latency: float | None = None
        self.backlog = Backlog()
        self.gate = Gate()
        self.failure: Failure | None = None
        self._verify = verify
        self._song_at: int | None = None  # station offset of the latest song; None behind a gap
        self.axis = Axis(behind=tuned.behind / 1000, now=now)
        self._begin(tuned)

    def _begin(self, tuned: Tuned) -> None:
        self.station_id = tuned.station_id
        self._key = tuned.key
        self.receiver = StationReceiver(tuned.station_id, self._verify(tuned.key), tuned.offset)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.failure is not None

    @property
    def needs_resume(self) -> bool:
        """Whether its stream was lost."""
        return self.stream == 0 and not self.is_over

    def behind(self, *, now: float) -> float:
        """How many seconds behind the live edge it is heard, or will go on."""
        return max(0.0, now - self.axis.due + self.backlog.held)

    # -- the stream

    def continued(self, tuned: Tuned, *, now: float) -> Continuation:
        """Another TUNED of the same station: how it goes on."""
        self.stream = tuned.stream
        behind, due_before = tuned.behind / 1000, self.axis.due
        if (tuned.station_id, tuned.key) != (self.station_id, self._key):
            self._begin(tuned)
            self.axis.tuned(behind=behind, now=now)
            self._song_at = None
            return Anew()
        if self.receiver.tuned(tuned.offset):
            self.axis.tuned(behind=behind, now=now)
            self._song_at = None
            return Gap(max(LEAST_MISSED, self.axis.due - due_before))
        if tuned.offset == self.receiver.next:
            self.axis.tuned(behind=behind, now=now)  # it may have been silent meanwhile
        return Seamless()

    def lost(self) -> None:
        """Its stream brings nothing more; another one may."""
        self.stream = 0

    def fail(self, code: str, reason: str) -> None:
        """Nothing more will ever come: what there is may be heard."""
        self.failure = Failure(code, reason)
        self.stream = 0
        self.gate.open()

    # -- what has arrived

    def arrived(self, sound: Sound, *, now: float) -> bool:
        """A stretch is there; whether the player must be told that a song begins with it."""
        begins = sound.song_offset != self._song_at
        if begins:
            self._song_at = sound.song_offset
            is_dry = not self.backlog.held
            self.axis.begins(sound.song, at_start=sound.begins_song, is_dry=is_dry, now=now)
            self.backlog.begins(sound.song, sound.offset - sound.song_offset)
        seconds = seconds_of(sound.audio)
        self.axis.arrived(seconds, now=now)
        self.backlog.arrived(len(sound.audio), seconds)
        if not sound.primes:
            self.gate.arrived(seconds)
        return begins

    def ended(self, song: Song, *, whole: bool) -> None:
        """The song has no more sound."""
        self.axis.ended(song, whole=whole)

    def ran_dry(self) -> None:
        """Everything was decoded, and the player waits."""
        self.gate.ran_dry()
        self.backlog.ran_dry()

    def drop_waiting(self) -> None:
        """What waits will not be heard."""
        self._song_at = None
        self.gate.shut()
        self.backlog.drop()
