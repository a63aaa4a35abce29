# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a script's events are written: as sentences for people, or as JSON for programs."""

from typing import Protocol, TextIO

from client import jsonout, wording
from client.answers import Event
from client.render import Glyphs
from client.reports import Connected


class Printer(Protocol):
    """Shows what happens while a script runs. Both methods raise OSError where nobody reads."""

    def show(self, event: Event) -> None:
        """Writes an event."""
        ...

    def ended(self, command: str, *, ok: bool) -> None:
        """Writes, where the form asks for it, that a command is over."""
        ...


class TextPrinter:
    """Answers to `out`, troubles to `err`; tables are fitted to `width` columns, if given."""

    def __init__(self, out: TextIO, err: TextIO, width: int | None, glyphs: Glyphs) -> None:
        self._out = out
        self._err = err
        self._width = width
        self._glyphs = glyphs

    def show(self, event: Event) -> None:
        """Writes the event's sentences, if it has any."""
        if isinstance(event, Connected):
            return  # who reads a script's output wants the answers; LinkBack tells the rest
        text = "".join(f"{line}\n" for line in wording.lines(event, self._width, self._glyphs))
        if text:
            stream = self._err if wording.is_trouble(event) else self._out
            stream.write(text)
            stream.flush()

    def ended(self, command: str, *, ok: bool) -> None:
        """A person sees that from the answer."""


class JsonPrinter:
    """Everything to `out`, an object a line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, event: Event) -> None:
        """Writes the event's objects."""
        self._write(jsonout.objects(event))

    def ended(self, command: str, *, ok: bool) -> None:
        """Writes the object that closes a command."""
        self._write([jsonout.ended(command, ok=ok)])

    def _write(self, objects: list[jsonout.Fields]) -> None:
        self._out.write("".join(f"{jsonout.line(fields)}\n" for fields in objects))
        self._out.flush()
