# SPDX-License-Identifier: GPL-3.0-or-later
"""One song from its first byte to its last sample heard; runs on the player's thread."""

from collections.abc import Callable

from client.decoder import DecodeError, Decoder
from client.feed import ByteSource
from client.intake import Intake
from client.outlet import Outlet
from client.player_commands import Play
from client.player_events import Event, Failed, Finished, Stopped
from client.sinks.sink import SinkError
from client.trimmer import Trimmer

NO_SOUND = "Nothing in this song could be decoded."


class Performance:
    """Decodes one song into the outlet."""

    def __init__(self, play: Play, outlet: Outlet) -> None:
        self._stream = play.stream
        self._buffer = play.source
        self._trimmer = Trimmer(play.cuts)
        self._outlet = outlet
        self._intake = Intake(play.source.read, outlet)

    def run(self, make_decoder: Callable[[ByteSource], Decoder]) -> Event:
        """Plays to the end or until a command ends it; returns how it ended."""
        try:
            decoder = make_decoder(self._intake)
            self._play(decoder)
            if self._outlet.is_left or self._buffer.is_aborted:
                self._outlet.drop()
                return Stopped(self._stream)
            if not decoder.decoded and self._intake.taken:
                return Failed(self._stream, NO_SOUND)
        except (DecodeError, SinkError) as error:
            self._buffer.abort()
            self._outlet.give_up()
            return Failed(self._stream, str(error))
        return Finished(self._stream)

    def _play(self, decoder: Decoder) -> None:
        try:
            while (pcm := decoder.read()) is not None and not self._outlet.is_left:
                for piece in self._trimmer.push(pcm):
                    self._outlet.put(piece)
        except DecodeError:
            # The beginning of a song that was given up may look like none.
            if not (self._outlet.is_left or self._buffer.is_aborted or self._intake.is_broken):
                raise
        self._intake.raise_error()
        if not self._buffer.is_aborted:
            self._outlet.flush()
            self._outlet.drain()
