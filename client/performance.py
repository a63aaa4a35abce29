# SPDX-License-Identifier: GPL-3.0-or-later
"""One stream from its first byte to its last sample heard; runs on the player's thread."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from client.decoder import SAMPLE_BYTES, DecodeError, Decoder, Pcm
from client.feed import ByteSource
from client.flow import TABLE, Cue, Flow, Told
from client.player_commands import Commands, Order, Play
from client.player_events import (
    Continued,
    Event,
    Failed,
    Finished,
    Mark,
    Started,
    Starved,
    Stopped,
)
from client.sinks.sink import Sink, SinkError
from client.trimmer import Trimmer

WRITE_BYTES = 1024 * SAMPLE_BYTES  # what the sink should have room for before it gets more
SHORTEST_WAIT_S = 0.001  # a sink that errs about its room by a byte must not make us spin
LONGEST_WAIT_S = 0.1  # and its clock need not be ours
DRAIN_S = 0.03  # the last piece, for which the sink itself may wait where no command reaches us


class _Course(Enum):
    """What the commands want of the song."""

    ON = auto()
    HELD = auto()
    LEFT = auto()  # for good


_COURSES: Final = {Order.PAUSE: _Course.HELD, Order.RESUME: _Course.ON}
_EVENTS: Final[dict[Told, type[Starved | Continued]]] = {
    Told.STARVED: Starved,
    Told.CONTINUED: Continued,
}


class Performance:
    """Decodes one stream and keeps the sink supplied, with an eye on the commands.

    All waiting happens in `_wait`, which obeys PAUSE and RESUME at once and notices when another
    command ends the song. Then the course is LEFT, and every loop runs out.
    """

    def __init__(
        self,
        play: Play,
        *,
        sink: Sink,
        commands: Commands,
        clock: Callable[[], float],
        on_mark: Callable[[Mark], None],
        on_event: Callable[[Event], None],
    ) -> None:
        self._stream = play.stream
        self._buffer = play.buffer
        self._trimmer = Trimmer(play.cuts)
        self._sink = sink
        self._commands = commands
        self._clock = clock
        self._on_mark = on_mark
        self._on_event = on_event
        self._pending = bytearray()  # decoded and not yet written
        self._rate = 0  # Hz, of what is pending
        self._written_s = 0.0  # seconds of sound that the sink took
        self._flow = Flow.UNHEARD
        self._course = _Course.ON
        self._sink_error: SinkError | None = None

    def run(self, make_decoder: Callable[[ByteSource], Decoder]) -> Event:
        """Plays to the end or until a command ends it; returns how it ended."""
        self._buffer.on_change(self._commands.wake)
        try:
            decoder = make_decoder(self)
            self._play(decoder)
            if self._is_left or self._buffer.is_aborted:
                self._sink.drop()
                return Stopped(self._stream)
            if not decoder.decoded and self._buffer.consumed:
                return Failed(self._stream, "Nothing in this song could be decoded.")
        except (DecodeError, SinkError) as error:
            self._buffer.abort()
            self._give_up_sink()
            return Failed(self._stream, str(error))
        return Finished(self._stream)

    def read(self, size: int, /) -> bytes:
        """The decoder's source: the buffer, waited for. Called from C, so it must not raise."""
        try:
            while not self._is_left:
                piece = self._buffer.read(size)
                if piece is not None:
                    return piece
                if self._pending or not self._flow.gathers:
                    # It may wait, and so use up the wake-up of bytes that come meanwhile: look
                    # for them once more before waiting for the next.
                    self._starve()
                else:
                    self._wait(None)
        except SinkError as error:
            self._sink_error = error
        return b""

    @property
    def _is_left(self) -> bool:
        return self._course is _Course.LEFT

    def _play(self, decoder: Decoder) -> None:
        try:
            while (pcm := decoder.read()) is not None and not self._is_left:
                for piece in self._trimmer.push(pcm):
                    self._put(piece)
        except DecodeError:
            # The beginning of a song that was given up may look like none.
            if not (self._is_left or self._buffer.is_aborted or self._sink_error):
                raise
        if self._sink_error is not None:
            raise self._sink_error
        if not self._buffer.is_aborted:
            self._flush()
            self._drain()

    def _put(self, pcm: Pcm) -> None:
        if pcm.rate != self._rate:
            if self._rate:
                self._flush()
                self._drain()
            self._sink.start(pcm.rate)
            self._rate = pcm.rate
            self._cue(Cue.NEW_RATE)
        self._pending += pcm.samples
        if not self._flow.gathers or len(self._pending) >= self._sink.prefill:
            self._flush()
        elif self._commands.are_waiting:
            self._wait(0.0)

    def _flush(self) -> None:
        """Writes what is pending, as the sink has room."""
        while self._pending and not self._is_left:
            if self._commands.are_waiting:
                self._wait(0.0)
                continue
            room = self._sink.room()
            missing = min(len(self._pending), WRITE_BYTES) - room
            if self._course is _Course.HELD:
                self._wait(None)
            elif missing > 0:
                seconds = missing / (self._rate * SAMPLE_BYTES)
                self._wait(min(max(seconds, SHORTEST_WAIT_S), LONGEST_WAIT_S))
            else:
                self._write(room - room % SAMPLE_BYTES)

    def _write(self, room: int) -> None:
        piece = bytes(self._pending[:room])
        del self._pending[:room]
        self._sink.write(piece)
        self._written_s += len(piece) / (self._rate * SAMPLE_BYTES)
        self._mark()
        self._cue(Cue.WRITTEN)

    def _starve(self) -> None:
        """There are no bytes: the sink gets what we have, and next time a good piece again."""
        self._flush()
        if not self._is_left:
            self._cue(Cue.RAN_OUT)

    def _cue(self, cue: Cue) -> None:
        self._flow, told = TABLE.step(self._flow, cue)
        if told is Told.STARTED:
            self._on_event(Started(self._stream, self._clock()))
        elif (event := _EVENTS.get(told)) is not None:
            self._on_event(event(self._stream))

    def _drain(self) -> None:
        """Waits until the sink has played all, where a command can still end it."""
        while not self._is_left:
            delay = self._sink.delay()
            if self._course is _Course.HELD:
                self._wait(None)
            elif delay > DRAIN_S:
                self._wait(min(delay - DRAIN_S, LONGEST_WAIT_S) + SHORTEST_WAIT_S)
            else:
                self._sink.drain()
                return

    def _wait(self, timeout: float | None) -> None:
        """Waits for a command, for bytes, or for `timeout` seconds; pauses and resumes."""
        self._commands.wait(timeout)
        while (order := self._commands.take_pausing()) is not None:
            course = _COURSES[order]
            if course is not self._course:
                self._course = course
                self._sink.pause() if course is _Course.HELD else self._sink.resume()
                if self._flow is not Flow.UNHEARD:
                    self._mark()
        # Not `are_waiting`: a pause may have come since.
        if self._commands.end_song:
            self._course = _Course.LEFT

    def _mark(self) -> None:
        self._on_mark(
            Mark(
                stream=self._stream,
                written=self._written_s,
                delay=self._sink.delay(),
                at=self._clock(),
                moving=self._course is not _Course.HELD,
            )
        )

    def _give_up_sink(self) -> None:
        """Leaves the sink so that the next song finds it at rest, or opens it anew."""
        try:
            self._sink.drop()
            self._sink.release()
        except SinkError:
            return  # the first error is the one to report
