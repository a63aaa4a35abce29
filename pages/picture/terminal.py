# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on a pseudo-terminal of a fixed size, and what it has drawn there so far."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyte

from pages.picture.screen import Cell, Look, Screen, words

PATIENCE: Final = 60.0  # seconds; a net under a hang
_READ: Final = 65536  # bytes
_CURSOR: Final = Look(reverse=True)


class NotShownError(Exception):
    """The program did not show what it should have; says what stands there instead."""


class _Answering(pyte.Screen):
    """A screen that answers where a program asks for the place of the cursor."""

    def __init__(self, columns: int, lines: int, terminal: int) -> None:
        super().__init__(columns, lines)
        self._terminal = terminal

    def write_process_input(self, data: str) -> None:
        """What a real terminal would type."""
        os.write(self._terminal, data.encode())


class Terminal:
    """What is typed at a program, and its screen; made by `terminal`."""

    def __init__(self, descriptor: int, columns: int, lines: int) -> None:
        """`descriptor` is the end of the pseudo-terminal at which somebody would sit."""
        self._descriptor = descriptor
        self._screen = _Answering(columns, lines, descriptor)
        self._stream = pyte.ByteStream(self._screen)

    def types(self, text: str) -> None:
        """Type a line and press Enter."""
        os.write(self._descriptor, f"{text}\r".encode())

    def shows(self, pattern: str) -> None:
        """Wait until one of the lines has this; NotShownError where it never does."""
        end = time.monotonic() + PATIENCE
        while not any(re.search(pattern, words(line)) for line in self.screen()):
            if not self._reads(end - time.monotonic()):
                seen = "\n".join(filter(None, map(words, self.screen())))
                raise NotShownError(f"nothing like {pattern!r} came on the screen:\n{seen}")

    def screen(self) -> Screen:
        """Every line, from the top, with the cursor as a block."""
        seen = self._screen
        lines = [
            [_cell(seen.buffer[line][column]) for column in range(seen.columns)]
            for line in range(seen.lines)
        ]
        if not seen.cursor.hidden and seen.cursor.x < seen.columns:
            below = lines[seen.cursor.y][seen.cursor.x]
            lines[seen.cursor.y][seen.cursor.x] = Cell(below.text, _CURSOR)
        return tuple(map(tuple, lines))

    def _reads(self, patience: float) -> bool:
        """Read what the program draws next; False where nothing comes."""
        readable, _, _ = select.select([self._descriptor], [], [], max(patience, 0.0))
        if not readable:
            return False
        try:
            drawn = os.read(self._descriptor, _READ)
        except OSError:  # Linux says so when no program holds the terminal any more
            return False
        self._stream.feed(drawn)
        return bool(drawn)


def _cell(char: pyte.screens.Char) -> Cell:
    return Cell(char.data, Look(char.fg, char.bg, char.bold, char.reverse))


@contextmanager
def terminal(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    columns: int,
    lines: int,
) -> Generator[Terminal]:
    """Run the command on a terminal of its own until the end of the block."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))
    process = subprocess.Popen(
        ("setsid", "--ctty", *command),  # so that its shell may be one with jobs
        cwd=folder,
        env=dict(environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, columns, lines)
    finally:
        os.close(ours)  # hangs up: whatever runs there ends
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
