# SPDX-License-Identifier: GPL-3.0-or-later
"""One station from tuning in to the end: each song's sound right behind the one before.

Runs on the player's thread.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from client.decoder import SAMPLE_BYTES, DecodeError, Decoder, Pcm
from client.feed import ByteSource
from client.intake import Intake
from client.outlet import Outlet
from client.performance import NO_SOUND
from client.player_commands import Tune
from client.player_events import Event, Failed, Finished, Slipped, SongFailed, SongHeard, Stopped
from client.radio.queued_song import QueuedSong
from client.radio.slips import Slips
from client.sinks.sink import SinkError
from client.trimmer import Trimmer

# What labels say, with a number: a station's stream; the audio offset at which the song is joined
# that follows; a song; samples left out or, less than 0, repeated.
TUNE_LABEL: Final = "tune"
JOIN_LABEL: Final = "join"
SONG_LABEL: Final = "song"
SLIP_LABEL: Final = "slip"


class Broadcast:
    """Decodes the songs of a programme into one outlet, which never knows where a song ends.

    Every song has a decoder and a trimmer of its own, so what is heard of it is what would be heard
    of it alone.
    """

    def __init__(self, tune: Tune, outlet: Outlet, on_event: Callable[[Event], None]) -> None:
        self._stream = tune.stream
        self._programme = tune.source
        self._outlet = outlet
        self._on_event = on_event
        self._slips = Slips(tune.source, outlet.put, self._slipped)
        self._was_cut = False  # the song before the one that plays was skipped

    def run(self, make_decoder: Callable[[ByteSource], Decoder]) -> Event:
        """Plays until a command ends it, or the programme does; returns how it ended."""
        self._outlet.label(TUNE_LABEL, self._stream)
        try:
            while (song := self._next_song()) is not None:
                intake = Intake(partial(self._programme.read, song), self._outlet)
                decoder = make_decoder(intake)
                self._play(song, decoder, intake)
                intake.raise_error()
            if not self._is_given_up:
                self._outlet.flush()
                self._outlet.drain()
            if self._is_given_up:
                self._outlet.drop()
                return Stopped(self._stream)
        except (DecodeError, SinkError) as error:
            self._programme.abort()
            self._outlet.give_up()
            return Failed(self._stream, str(error))
        return Finished(self._stream)

    @property
    def _is_given_up(self) -> bool:
        return self._outlet.is_left or self._programme.is_aborted

    def _next_song(self) -> QueuedSong | None:
        """Waits for a song; None at the end."""
        while not (self._outlet.is_left or self._programme.is_over):
            song = self._programme.next_song()
            if song is not None:
                return song
            self._outlet.await_bytes()
        return None

    def _play(self, song: QueuedSong, decoder: Decoder, intake: Intake) -> None:
        trimmer = Trimmer(song.cuts)
        is_first = True
        failure = ""
        try:
            for pcm in self._sound(song, decoder):
                for piece in trimmer.push(pcm):
                    if is_first:
                        self._begin(song, piece.rate)
                        is_first = False
                    self._slips.put(piece)
        except DecodeError as error:
            failure = str(error)
        if not failure and not decoder.decoded and intake.taken and not song.joins_at:
            failure = NO_SOUND
        # The beginning of a song that was given up may look like none.
        if failure and not (self._is_given_up or intake.is_broken):
            self._on_event(SongFailed(self._stream, song.number, failure))
            self._programme.drop(song)
        if is_first:
            # Without any sound it is heard for no time, but it is.
            self._announce(song)
        self._was_cut = not song.is_whole
        if self._was_cut:
            self._slips.end(trimmer.rest())

    def _sound(self, song: QueuedSong, decoder: Decoder) -> Iterator[Pcm]:
        """What is heard of a song that was joined in the middle: not its first stretches."""
        decoded = 0
        while (pcm := decoder.read()) is not None and not self._outlet.is_left:
            decoded += len(pcm.samples) // SAMPLE_BYTES
            if decoded > song.thrown:
                yield pcm

    def _begin(self, song: QueuedSong, rate: int) -> None:
        self._slips.between(rate=rate, was_cut=self._was_cut)
        self._announce(song)

    def _announce(self, song: QueuedSong) -> None:
        if song.joins_at:
            self._outlet.label(JOIN_LABEL, song.joins_at)
        self._outlet.label(SONG_LABEL, song.number)
        self._outlet.when_heard(partial(self._heard, song.number))

    def _heard(self, number: int, at: float) -> None:
        self._on_event(SongHeard(self._stream, number, at))

    def _slipped(self, frames: int, samples: int) -> None:
        self._outlet.label(SLIP_LABEL, samples)
        self._on_event(Slipped(self._stream, frames))
