# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a script's events are written: as sentences for people, or as JSON for programs."""

from contextlib import suppress
from typing import Protocol, TextIO

from client import jsonout, wording
from client.answers import Event
from client.render import Glyphs
from client.reports import Connected


class OutputError(Exception):
    """What a script was to show cannot be written; the argument is a sentence that says why."""


class Printer(Protocol):
    """Shows what happens while a script runs.

    Both methods raise BrokenPipeError where nobody reads any more, and OutputError where it cannot
    be written for another reason.
    """

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
            if wording.is_trouble(event):
                # There is nobody to tell it to. That is no reason to stop the music.
                with suppress(OutputError):
                    _write(self._err, text)
            else:
                _write(self._out, text)

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
        _write(self._out, "".join(f"{jsonout.line(fields)}\n" for fields in objects))


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"Cannot write what there is to show: {error.strerror}.") from error
