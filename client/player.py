# SPDX-License-Identifier: GPL-3.0-or-later
"""The player: one thread that owns the decoder and the sink; nobody else ever calls either."""

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from client.decoder import Decoder, MadDecoder
from client.feed import ByteSource
from client.outlet import Outlet
from client.performance import Performance
from client.player_commands import Command, Commands, Order, Play, Tune
from client.player_events import Event, Mark, Position
from client.playout import PlayoutBuffer
from client.radio.broadcast import Broadcast
from client.radio.programme import Programme
from client.sinks.sink import Sink, SinkError
from client.trimmer import Cuts

IDLE_RELEASE_S = 30.0  # seconds without a song after which the sound card is free for others
CLOSE_S = 2.0  # seconds that closing waits for a sink that hangs
LEAST_CLOSE_S = 0.2  # and how long at least, so that a sink that does not hang is closed in order


class Player:
    """Plays one stream after another into `sink`.

    Every method may be called by any thread, returns at once (but `close`) and cannot fail; what
    comes of it is reported through `on_event`, which runs on the player's thread and must neither
    take long nor raise.
    """

    def __init__(
        self,
        sink: Sink,
        on_event: Callable[[Event], None],
        make_decoder: Callable[[ByteSource], Decoder] = MadDecoder,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._on_event = on_event
        self._make_decoder = make_decoder
        self._clock = clock
        self._commands = Commands()
        self._mark: Mark | None = None
        # A daemon: a sink that hangs must not keep the process.
        self._thread = Thread(target=self._run, name="player", daemon=True)
        self._thread.start()

    def play(self, stream: int, buffer: PlayoutBuffer, cuts: Cuts) -> None:
        """Plays `stream` out of `buffer` as soon as its gate opens, instead of what plays now.

        The buffer of what plays now is aborted before this returns.
        """
        self._commands.put(Play(stream, buffer, cuts))

    def tune(self, stream: int, programme: Programme) -> None:
        """The same for a station; which of its songs is heard is told by SongHeard."""
        self._commands.put(Tune(stream, programme))

    def stop(self) -> None:
        """Ends the song: its buffer is aborted, the sink falls silent, Stopped reports it."""
        self._commands.put(Order.STOP)

    def pause(self) -> None:
        """Falls silent within a moment, without losing a sample."""
        self._commands.put(Order.PAUSE)

    def resume(self) -> None:
        """Goes on with the next sample after the last one heard."""
        self._commands.put(Order.RESUME)

    def close(self, timeout: float = CLOSE_S) -> bool:
        """Ends song, thread and sink; False where the sink hangs, so that they still exist.

        Waits LEAST_CLOSE_S even where `timeout` is less.
        """
        self._commands.put(Order.CLOSE)
        self._thread.join(max(timeout, LEAST_CLOSE_S))
        return not self._thread.is_alive()

    def position(self) -> Position | None:
        """How far the song has been heard; None before its first sound and after its end.

        Of a station, the song that is heard counts, from its first sample that was.
        """
        mark = self._mark
        return None if mark is None else mark.position(self._clock())

    def _run(self) -> None:
        try:
            while (wanted := self._next()) is not None:
                wanted.source.on_change(self._commands.wake)
                end = self._perform(wanted)
                self._set_mark(None)
                self._on_event(end)
        finally:
            # Of a song that was heard, `drain` has told what there was to tell.
            with suppress(SinkError):
                self._sink.close()

    def _perform(self, wanted: Play | Tune) -> Event:
        outlet = Outlet(
            wanted.stream,
            sink=self._sink,
            commands=self._commands,
            clock=self._clock,
            on_mark=self._set_mark,
            on_event=self._on_event,
        )
        if isinstance(wanted, Play):
            return Performance(wanted, outlet).run(self._make_decoder)
        return Broadcast(wanted, outlet, self._on_event).run(self._make_decoder)

    def _next(self) -> Play | Tune | None:
        """Waits for a song or a station; None when it is time to close."""
        while True:
            command: Command | None = self._commands.take()
            if isinstance(command, Play | Tune):
                return command
            if command is Order.CLOSE:
                return None
            if command is None and not self._commands.wait(IDLE_RELEASE_S):
                self._release()
                self._commands.wait(None)

    def _release(self) -> None:
        try:
            self._sink.release()
        except SinkError:
            return  # the next start reports what lasts

    def _set_mark(self, mark: Mark | None) -> None:
        self._mark = mark
