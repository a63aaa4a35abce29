# SPDX-License-Identifier: GPL-3.0-or-later
"""The song that is played, and what the player makes of it; knows nothing of the server."""

from client.effects import Feed, FinishBuffer, Hold, Load, OpenGate, Outbox, Release, Silence
from client.plays import Wish
from client.reports import (
    Accepted,
    Continued,
    Finished,
    Notice,
    SongFailed,
    Stalled,
    Started,
)
from client.settings import Bounds
from client.song import Song, cuts_of, track_line
from client.times import clock_words
from common.errors import code_name
from control.music_messages import Stream
from data.estimate import Measured
from data.waiting import StartRule


class NowPlaying:
    """At most one song. What the player reports of another one is of the past and ignored.

    Attributes:
        song: what is played, or None.
    """

    def __init__(
        self, outbox: Outbox, *, rule: StartRule, bounds: Bounds, keeps_time: bool
    ) -> None:
        """`keeps_time`: whether the sink takes a second to play a second."""
        self.song: Song | None = None
        self._outbox = outbox
        self._rule = rule
        self._bounds = bounds
        self._keeps_time = keeps_time

    # -- the server's side

    def load(self, wish: Wish, answer: Stream, *, window: int) -> Song:
        """The server has accepted: from here on nothing older is heard."""
        old = self.song if self.song and self.song.info.track == answer.track else None
        was_paused = wish.is_seek and old is not None and old.is_paused
        song = Song(
            answer,
            start_ms=wish.start_ms,
            asked_at=wish.asked_at,
            window=window,
            bounds=self._bounds,
        )
        song.starts_at_once = wish.at_once
        self.song = song
        cuts = cuts_of(answer, wish.start_ms)
        self._outbox.put(Load(song.number, self._bounds.max_buffer, cuts))
        if was_paused:
            self.pause(held=True)
        line = track_line(answer)
        self._outbox.tell(Accepted(wish.tag, song.number, line, wish.start_ms))
        return song

    def feed(self, audio: bytes, *, now: float) -> None:
        """The next bytes of the song have arrived."""
        if self.song is not None:
            self.song.arrived(len(audio), now=now)
            self._outbox.put(Feed(audio))

    def complete(self, *, intact: bool | None) -> None:
        """Everything has arrived."""
        if self.song is not None:
            self.song.is_complete, self.song.intact = True, intact
            self._finish(self.song)

    def fail(self, code: int, reason: str) -> None:
        """The rest will not come: what is there is heard, and then the reason is the end."""
        if self.song is not None and not self.song.is_over:
            self.song.failure = (code_name(code), reason)
            self._finish(self.song)
            if self.song.has_unplayed:
                arrived = clock_words(int(self.song.arrived_to * 1000))
                rest = f"The rest will not come; it plays up to {arrived}."
                self._outbox.tell(Notice(f"{reason} {rest}"))

    def open_gate(self, *, now: float, measured: Measured | None) -> None:
        """Let the player begin, or go on, if the start rule says so."""
        song = self.song
        if song is None or not song.waits:
            return
        situation = song.situation(now=now, measured=measured)
        # A rule that wants more than may be held would wait for ever.
        is_due = song.starts_at_once or song.is_full or self._rule.decide(situation).ready
        if song.has_unplayed and is_due:
            song.opened()
            self._outbox.put(OpenGate())
        elif song.wants_outlook(now=now):
            song.foresee(self._rule.outlook(situation), now=now)

    # -- the listener's side

    def pause(self, *, held: bool) -> bool:
        """Hold the song, or let it go on; False where there is none."""
        if self.song is None:
            return False
        if self.song.is_paused != held:
            self.song.is_paused = held
            self._outbox.put(Hold() if held else Release())
        return True

    def start_now(self) -> bool:
        """Let the song that waits or is paused go on with what there is; False where none does."""
        song = self.song
        if song is None or (song.gate_open and not song.is_paused):
            return False
        song.starts_at_once = not song.gate_open
        return self.pause(held=False)

    def silence(self) -> bool:
        """End the song; False where there is none."""
        if self.song is None:
            return False
        self._outbox.put(Silence())
        self.song = None
        return True

    # -- the player's side

    def took(self, number: int, consumed: int) -> None:
        """The decoder has taken this many bytes of the song's buffer."""
        if song := self._is(number):
            song.took(consumed)

    def ran_dry(self, number: int, *, now: float) -> None:
        """The buffer was emptied and has closed its gate."""
        song = self._is(number)
        if song and not song.is_over:
            song.ran_dry(now=now)

    def started(self, number: int, at: float) -> None:
        """The first sound went to the sink."""
        if song := self._is(number):
            song.has_sounded = True
            song.latency = max(0.0, at - song.asked_at) * 1000
            self._outbox.tell(Started(number, song.latency))

    def starved(self, number: int, *, now: float) -> None:
        """The player has nothing more to give to the sink."""
        song = self._is(number)
        # Where bytes came while it wrote the last ones, the gate is open again: no stall. And a
        # sink that is not in time always waits for bytes.
        if song is None or song.gate_open or song.is_over or not self._keeps_time:
            return
        if song.stalled_at is None:
            song.stalls += 1
            song.stalled_at = now
            self._outbox.tell(Stalled(number))

    def continued(self, number: int, *, now: float) -> None:
        """The player gives to the sink again."""
        song = self._is(number)
        if song and song.stalled_at is not None:
            self._outbox.tell(Continued(number, (now - song.stalled_at) * 1000))
            song.stalled_at = None

    def ended(self, number: int) -> None:
        """The last sample was heard."""
        song = self._is(number)
        if song is None:
            return
        if song.failure is None:
            self._outbox.tell(Finished(number, song.intact))
        else:
            self._outbox.tell(SongFailed(number, *song.failure))
        self.song = None

    def broke(self, number: int, reason: str) -> Song | None:
        """The player cannot go on; returns the song that ends so."""
        song = self._is(number)
        if song is None:
            return None
        code, reason = song.failure or ("", reason)
        self._outbox.tell(SongFailed(number, code, reason))
        self.song = None
        return song

    def _is(self, number: int) -> Song | None:
        return self.song if self.song is not None and self.song.number == number else None

    def _finish(self, song: Song) -> None:
        song.opened()
        self._outbox.put(FinishBuffer())
