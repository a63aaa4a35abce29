# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoded sound on its way into the sink, with an eye on the commands; on the player's thread."""

from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from client.decoder import SAMPLE_BYTES, Pcm
from client.flow import TABLE, Cue, Flow, Told
from client.player_commands import Commands, Order
from client.player_events import Continued, Event, Mark, Started, Starved
from client.sinks.sink import Sink, SinkError

WRITE_BYTES = 1024 * SAMPLE_BYTES  # what the sink should have room for before it gets more
SHORTEST_WAIT_S = 0.001  # a sink that errs about its room by a byte must not make us spin
LONGEST_WAIT_S = 0.1  # and its clock need not be ours
DRAIN_S = 0.03  # the last piece, for which the sink itself may wait where no command reaches us

Tell = Callable[[float], None]  # gets when it was heard, seconds on the monotonic clock


class _Course(Enum):
    """What the commands want of the sound."""

    ON = auto()
    HELD = auto()
    LEFT = auto()  # for good


_COURSES: Final = {Order.PAUSE: _Course.HELD, Order.RESUME: _Course.ON}
_EVENTS: Final[dict[Told, type[Starved | Continued]]] = {
    Told.STARVED: Starved,
    Told.CONTINUED: Continued,
}


class Outlet:
    """Keeps the sink supplied with the sound of one stream, with an eye on the commands.

    All waiting happens in `_wait`, which obeys PAUSE and RESUME at once and notices when another
    command ends the stream. Then the course is LEFT, and every loop runs out.

    Every method may raise SinkError.
    """

    def __init__(
        self,
        stream: int,
        *,
        sink: Sink,
        commands: Commands,
        clock: Callable[[], float],
        on_mark: Callable[[Mark], None],
        on_event: Callable[[Event], None],
    ) -> None:
        self._stream = stream
        self._sink = sink
        self._commands = commands
        self._clock = clock
        self._on_mark = on_mark
        self._on_event = on_event
        self._pending = bytearray()  # decoded and not yet written
        self._rate = 0  # Hz, of what is pending
        self._written = 0  # bytes that the sink took
        self._written_s = 0.0  # seconds of sound that these are
        self._labels: deque[tuple[int, str, int]] = deque()  # which byte they stand in front of
        self._coming: list[Tell] = []  # of the next sample that is put
        self._due: deque[tuple[float, Tell]] = deque()  # seconds of sound in front of it
        self._origin_s = 0.0  # and in front of what the position counts from
        self._flow = Flow.UNHEARD
        self._course = _Course.ON

    @property
    def is_left(self) -> bool:
        """Whether a command has ended the stream."""
        return self._course is _Course.LEFT

    def put(self, pcm: Pcm) -> None:
        """Takes the next sound; waits while the sink has no room."""
        if pcm.rate != self._rate:
            if self._rate:
                self.flush()
                self.drain()
            self._sink.start(pcm.rate)
            self._rate = pcm.rate
            self._cue(Cue.NEW_RATE)
        position = self._written_s + self._seconds(len(self._pending))
        self._due.extend((position, tell) for tell in self._coming)
        self._coming.clear()
        self._pending += pcm.samples
        if not self._flow.gathers or len(self._pending) >= self._sink.prefill:
            self.flush()
        elif self._commands.are_waiting:
            self._wait(0.0)

    def label(self, what: str, number: int) -> None:
        """Has the sink note where the next sound begins, see Sink.label."""
        self._labels.append((self._written + len(self._pending), what, number))

    def when_heard(self, tell: Tell) -> None:
        """Calls `tell` when the first sample of the next sound is heard.

        From then on the position counts from that sample.
        """
        self._coming.append(tell)

    def flush(self) -> None:
        """Writes what is pending, as the sink has room."""
        while self._pending and not self.is_left:
            if self._commands.are_waiting:
                self._wait(0.0)
                continue
            room = self._sink.room()
            missing = min(len(self._pending), WRITE_BYTES) - room
            if self._course is _Course.HELD:
                self._wait(None)
            elif missing > 0:
                seconds = self._seconds(missing)
                self._wait(min(max(seconds, SHORTEST_WAIT_S), LONGEST_WAIT_S))
            else:
                self._write(room - room % SAMPLE_BYTES)

    def drain(self) -> None:
        """Waits until the sink has played all, where a command can still end it."""
        while not self.is_left:
            delay = self._sink.delay()
            if self._course is _Course.HELD:
                self._wait(None)
            elif delay > DRAIN_S:
                self._wait(min(delay - DRAIN_S, LONGEST_WAIT_S) + SHORTEST_WAIT_S)
            else:
                self._sink.drain()
                self._tell_due()
                return

    def await_bytes(self) -> None:
        """There is nothing to decode: waits, or hands on what is pending. May return early."""
        if self._pending or not self._flow.gathers:
            # It may wait, and so use up the wake-up of bytes that come meanwhile: the caller looks
            # for them once more before it waits for the next.
            self._starve()
        else:
            self._wait(None)

    def drop(self) -> None:
        """Falls silent."""
        self._sink.drop()

    def give_up(self) -> None:
        """Leaves the sink so that the next stream finds it at rest, or opens it anew."""
        try:
            self._sink.drop()
            self._sink.release()
        except SinkError:
            return  # the first error is the one to report

    def _seconds(self, size: int) -> float:
        return size / (self._rate * SAMPLE_BYTES)

    def _write(self, room: int) -> None:
        while self._labels and self._labels[0][0] <= self._written:
            self._sink.label(*self._labels.popleft()[1:])
        if self._labels:
            room = min(room, self._labels[0][0] - self._written)
        piece = bytes(self._pending[:room])
        del self._pending[:room]
        self._sink.write(piece)
        self._written += len(piece)
        self._written_s += self._seconds(len(piece))
        self._mark()
        self._cue(Cue.WRITTEN)
        self._tell_due()

    def _starve(self) -> None:
        """The sink gets what we have, and next time a good piece again."""
        self.flush()
        if not self.is_left:
            self._cue(Cue.RAN_OUT)

    def _cue(self, cue: Cue) -> None:
        self._flow, told = TABLE.step(self._flow, cue)
        if told is Told.STARTED:
            self._on_event(Started(self._stream, self._clock()))
        elif (event := _EVENTS.get(told)) is not None:
            self._on_event(event(self._stream))

    def _wait(self, timeout: float | None) -> None:
        """Waits for a command, for bytes, or for `timeout` seconds; pauses and resumes."""
        if self._course is _Course.ON and (left := self._until_due()) is not None:
            left = max(left, 0.0) + SHORTEST_WAIT_S
            timeout = left if timeout is None else min(timeout, left)
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
        else:
            self._tell_due()

    def _until_due(self) -> float | None:
        """Seconds until there is something to tell; None where the sink has nothing of it yet."""
        if not self._due or self._due[0][0] + self._half_a_sample >= self._written_s:
            return None
        return self._due[0][0] - (self._written_s - self._sink.delay())

    def _tell_due(self) -> None:
        while (left := self._until_due()) is not None and left <= self._half_a_sample:
            self._origin_s, tell = self._due.popleft()
            self._mark()
            tell(self._clock())

    @property
    def _half_a_sample(self) -> float:
        # Seconds that are added up have an error.
        return 0.5 / max(1, self._rate)

    def _mark(self) -> None:
        self._on_mark(
            Mark(
                stream=self._stream,
                written=self._written_s - self._origin_s,
                delay=self._sink.delay(),
                at=self._clock(),
                moving=self._course is not _Course.HELD,
            )
        )
