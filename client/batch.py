# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts: commands done one after the other, from `-c` or from standard input."""

import os
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Final

from client.answers import CommandFailed, Playing
from client.commands import Command, Leave, Wait
from client.dialogue import Dialogue
from client.engine_like import FAREWELL, EngineLike, EngineMaker
from client.language import CommandError, parse
from client.printer import Printer
from client.reports import (
    Activity,
    Connected,
    Disconnected,
    Notice,
    Report,
    Status,
    TrackLine,
)
from client.tuning.reports import TunedIn
from client.turn import Turn
from common.constants import DEAD_AFTER, GRACE

# Seconds for an answer, outages included: DEAD_AFTER until one is noticed, GRACE in which the
# session can still be taken up, and as long as the first again for the answer after it.
ANSWER_TIMEOUT: Final[float] = DEAD_AFTER + GRACE + DEAD_AFTER
NO_ANSWER: Final = f"The server has not answered for {ANSWER_TIMEOUT} s."
# Seconds for which an unfinished song may stand still, outages included.
STANDSTILL: Final[float] = 600
LOOK_EVERY: Final[float] = 10  # seconds between two looks whether it does
NO_SOUND: Final = f"Nothing of the song has come for {STANDSTILL} s."
AT_HAND: Final = 1.0  # seconds of sound; a player that holds less is waiting for more


SOUNDING: Final = frozenset({Activity.BUFFERING, Activity.PLAYING})


def still_playing(track: TrackLine) -> str:
    """What a script is told whose end stops a song, where it has not just waited for it."""
    return f"“{track.title}” was still playing; `wait` waits for the end of a song."


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A line of the script."""

    text: str


class ScriptEnd:
    """The script has no more lines."""


Item = Report | ScriptLine | ScriptEnd
Feed = Callable[[Callable[[Item], None]], None]


def feed_lines(lines: Iterable[str]) -> Feed:
    """A script that is known whole."""

    def feed(put: Callable[[Item], None]) -> None:
        for text in lines:
            put(ScriptLine(text))
        put(ScriptEnd())

    return feed


def feed_descriptor(descriptor: int) -> Feed:
    """A script that is read from a pipe, a file or a terminal, line by line as it comes."""

    def read(put: Callable[[Item], None]) -> None:
        decoder = getincrementaldecoder("utf-8")(errors="replace")
        rest = ""
        # Not sys.stdin: a thread that waits in it holds a lock that the interpreter wants at exit.
        while piece := os.read(descriptor, 65536):
            *whole, rest = (rest + decoder.decode(piece)).split("\n")
            for text in whole:
                put(ScriptLine(text))
        if rest:
            put(ScriptLine(rest))
        put(ScriptEnd())

    def feed(put: Callable[[Item], None]) -> None:
        Thread(target=read, args=(put,), name="script", daemon=True).start()

    return feed


@dataclass(frozen=True, slots=True)
class _Due:
    """What to do, and when, if nothing happens before."""

    at: float
    step: Callable[[], Turn]


def _stands_still(before: Status, after: Status) -> bool:
    """Whether the song waits for the server and has got nothing of it meanwhile.

    A sink that takes no sound, such as a pipe that nobody reads just now, is no fault of it.
    """
    if after.received != before.received:
        return False
    is_dry = after.buffered_to - after.position < AT_HAND
    return after.activity is Activity.BUFFERING or (is_dry and after.position == before.position)


class Script:
    """Runs one script on one engine, in the thread that calls `run`."""

    def __init__(
        self,
        make_engine: EngineMaker,
        printer: Printer,
        now: Callable[[], float] = monotonic,
        *,
        first: str | None = None,
    ) -> None:
        """`first` is a command without which the others make no sense: they are left out then."""
        self._items: SimpleQueue[Item] = SimpleQueue()
        self._engine: EngineLike = make_engine(self._items.put)
        self._printer = printer
        self._now = now
        self._dialogue = Dialogue(scripted=True)
        self._first = first
        self._pending: deque[str] = deque([] if first is None else [first])
        self._is_connected = False
        self._early: list[Notice] = []
        self._is_read = False  # no more lines will come
        self._current: str | None = None  # the command under way
        self._latest: Command | None = None  # under way, or done
        self._due: _Due | None = None
        self._seen: Status | None = None  # when a `wait` without a number was looked at last
        self._moved_at = 0.0  # when the song was not seen standing still
        self._all_ok = True
        self._is_pointless = False  # the first command failed
        self._leaving = False

    def run(self, feed: Feed) -> int:
        """Does all of it; the exit status, 0 only if every command succeeded.

        The end of the script is the end of the music. Raises what the printer raises.
        """
        try:
            self._engine.start()
            while not (self._is_connected or self._leaving):
                self._take(self._next())
            if self._is_connected:
                feed(self._items.put)
            self._obey_all()
            return 0 if self._all_ok else 1
        finally:
            self._engine.close(FAREWELL)

    def _obey_all(self) -> None:
        while not self._leaving:
            if self._current is not None or not self._items.empty():
                # What has happened is said, and counts, before the next command begins.
                self._take(self._next())
            elif self._pending and not self._is_pointless:
                self._begin(self._pending.popleft())
            elif self._is_read or self._is_pointless:
                status = self._engine.status()
                is_on = status.activity in SOUNDING and not isinstance(self._latest, Wait)
                # A station is not over when somebody stops listening.
                if status.track is not None and status.station is None and is_on:
                    self._printer.show(Notice(still_playing(status.track)))
                self._carry_out(self._dialogue.command(Leave(), status))
            else:
                self._take(self._next())
        self._await_farewell()

    def _next(self) -> Item | None:
        """The next thing that happens; None where something is due before."""
        if self._due is None:
            return self._items.get()
        try:
            return self._items.get(timeout=max(self._due.at - self._now(), 0.0))
        except Empty:
            return None

    def _take(self, item: Item | None) -> None:
        match item:
            case None:
                if self._due is not None:
                    self._carry_out(self._due.step())
            case ScriptLine(text):
                self._pending.append(text)
            case ScriptEnd():
                self._is_read = True
            case Notice() if not self._is_connected:
                self._early.append(item)
            case Connected():
                self._is_connected = True
                self._carry_out(self._dialogue.report(item))
            case Disconnected():
                self._all_ok = False
                self._carry_out(self._dialogue.report(item))
            case _:
                self._carry_out(self._dialogue.report(item))

    def _begin(self, line: str) -> None:
        try:
            command = parse(line)
        except CommandError as error:
            self._current = line.strip()
            self._carry_out(Turn(events=(CommandFailed("", str(error)),), ended=False))
            return
        if command is None:
            return
        self._current, self._latest = line.strip(), command
        status = self._engine.status()
        match command:
            case Wait(seconds) if seconds is not None:
                self._set_due(seconds, self._dialogue.time_is_up)
            case Wait():
                self._seen, self._moved_at = status, self._now()
                self._set_due(LOOK_EVERY, self._look_at_song)
            case _:
                pass  # what it asks for has its time from when it is asked
        self._carry_out(self._dialogue.command(command, status))

    def _set_due(self, seconds: float, step: Callable[[], Turn]) -> None:
        self._due = _Due(self._now() + seconds, step)

    def _no_answer(self) -> Turn:
        return self._dialogue.give_up(NO_ANSWER)

    def _look_at_song(self) -> Turn:
        now = self._now()
        before, self._seen = self._seen, self._engine.status()
        if before is None or not _stands_still(before, self._seen):
            self._moved_at = now
        elif now - self._moved_at >= STANDSTILL:
            return self._dialogue.give_up(NO_SOUND)
        self._set_due(LOOK_EVERY, self._look_at_song)
        return Turn()

    def _carry_out(self, turn: Turn) -> None:
        for request in turn.requests:
            self._engine.submit(request)
            if self._current is not None:
                # Also the next page of a list, and the song that was searched for.
                self._set_due(ANSWER_TIMEOUT, self._no_answer)
        for event in turn.events:
            if isinstance(event, Playing | TunedIn):
                self._show_early()
            self._printer.show(event)
        if turn.ended is not None and self._current is not None:
            self._all_ok &= turn.ended
            self._printer.ended(self._current, ok=turn.ended)
            self._is_pointless |= self._current == self._first and not turn.ended
            self._current = self._first = self._due = None
        self._leaving |= turn.leave

    def _show_early(self) -> None:
        """What was to be said about the sound: that there is no sound card, or who feeds whom.

        A script that only lists has no use for that.
        """
        for notice in self._early:
            self._printer.show(notice)
        self._early.clear()

    def _await_farewell(self) -> None:
        """Lets the server hear BYE and answer; the engine's end follows either way."""
        if self._dialogue.is_over:
            return
        self._set_due(FAREWELL, Turn)
        while (item := self._next()) is not None:
            if isinstance(item, Disconnected):
                return
