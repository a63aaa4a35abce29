# SPDX-License-Identifier: GPL-3.0-or-later
"""Antiphon's client as a process that is told commands and whose `--json` events are kept."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from bench.links.peers import Stage
from bench.links.programs import Cancelled, ProgramError, program
from bench.links.relay import SERVER_ADDRESS
from bench.links.wire import Side

PATIENCE: Final = 40.0  # seconds for an answer: an outage may lie in between
LOOK: Final = 0.2  # seconds between two looks whether to stop

Happened = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Event:
    """A line that the client said."""

    at: float  # seconds of time.monotonic()
    fields: Mapping[str, Any]


class Listener:
    """A client that is connected."""

    def __init__(self, stage: Stage, port: int, options: Sequence[str] = ()) -> None:
        """Start it and wait until it is connected; raises ProgramError."""
        self._stop = stage.stop
        self._log: Path = stage.folder / "client.log"
        self._events: list[Event] = []
        self._news = threading.Condition()
        command = [sys.executable, "-m", "client", "--json", "--sink", "alsa:default"]
        command += [*options, SERVER_ADDRESS, str(port)]
        stack: ExitStack = stage.holding
        process = stack.enter_context(
            program(
                stage.link.command(Side.CLIENT, command),
                environ=stage.environ,
                log=self._log,
                piped=True,
            ),
        )
        if process.stdin is None or process.stdout is None:
            raise ProgramError("The client has no pipes.")
        self._input: IO[bytes] = process.stdin
        # A descriptor of its own, because the pipe is closed by whoever ends the program.
        output = os.dup(process.stdout.fileno())
        threading.Thread(target=self._read, args=(output,), daemon=True).start()
        self.wait_for(lambda fields: fields["event"] == "connected", since=0)

    def tell(self, command: str) -> int:
        """Give a command; a mark to wait for what comes of it."""
        with self._news:
            mark = len(self._events)
        try:
            self._input.write(command.encode() + b"\n")
            self._input.flush()
        except OSError as error:
            raise ProgramError(f"The client has ended. {self._said()}") from error
        return mark

    def wait_for(self, happened: Happened, *, since: int, patience: float = PATIENCE) -> Event:
        """The first such event after a mark; raises ProgramError where none comes."""
        deadline = time.monotonic() + patience
        place = since
        with self._news:
            while True:
                for event in self._events[place:]:
                    if happened(event.fields):
                        return event
                place = len(self._events)
                if time.monotonic() > deadline:
                    raise ProgramError(f"The client has not said what was expected. {self._said()}")
                self._news.wait(LOOK)
                if self._stop.is_set():
                    raise Cancelled

    def ask(self, command: str) -> float:
        """Give a command and wait until it is over; seconds that took."""
        begin = time.monotonic()
        mark = self.tell(command)
        ended = self.wait_for(lambda fields: fields["event"] == "ended", since=mark)
        if not ended.fields["ok"]:
            raise ProgramError(f"The client could not do “{command}”.")
        return ended.at - begin

    def events(self, name: str) -> list[Event]:
        """All of one kind so far."""
        with self._news:
            return [event for event in self._events if event.fields["event"] == name]

    def _read(self, output: int) -> None:
        rest = b""
        while piece := os.read(output, 65536):
            now = time.monotonic()
            *lines, rest = (rest + piece).split(b"\n")
            with self._news:
                self._events += [Event(now, json.loads(line)) for line in lines]
                self._news.notify_all()
        os.close(output)

    def _said(self) -> str:
        return self._log.read_text(errors="replace").strip()
