# SPDX-License-Identifier: GPL-3.0-or-later
"""What the picture shows: a server on ./music, the client on it, and what somebody types there."""

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pages.picture.screen import Screen
from pages.picture.terminal import NotShownError, terminal

ROOT: Final = Path(__file__).resolve().parents[2]
COLUMNS: Final = 84
LINES: Final = 19

# What is typed, and what has to be seen before the next; the last one is the picture's moment.
_TYPED: Final = (
    ("list", r"Canon in D major .*\d:\d\d$"),
    ("play 2", r"^ playing .*0:0[2-9] / .*bit/s"),
    ("status", r"arrived up to"),
    ("play canon", r"^ playing .*Canon.* 0:0[1-9] / .*bit/s"),
    ("seek 0:30", r"^ playing .*0:3[2-9] / .*bit/s"),
)


def played(port: int = 0) -> Screen:
    """The last screen, after some ten seconds; `port` 0 is any free one.

    Raises NotShownError where a program does not do what it should.
    """
    with tempfile.TemporaryDirectory() as name, _serving(port) as address:
        commands = Path(name)
        _make_command(commands / "antiphon")
        environment = {
            **os.environ,
            "PATH": f"{commands}:{os.environ['PATH']}",
            "HOME": name,
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "PS1": "$ ",
        }
        for changing in ("ENV", "NO_COLOR", "PROMPT_TOOLKIT_COLOR_DEPTH"):
            environment.pop(changing, None)
        with terminal(("sh", "-i"), commands, environment, columns=COLUMNS, lines=LINES) as window:
            window.shows(r"^\$")
            window.types(f"antiphon {address.replace(':', ' ')}")
            window.shows(r"^antiphon>")
            for text, seen in _TYPED:
                window.types(text)
                window.shows(seen)
                # What is typed while an answer is being written is shown twice, as by any shell.
                window.shows(r"^antiphon>$")
            return window.screen()


def _make_command(path: Path) -> None:
    """The client by the name that it has once installed, in silence, without leaving a trace."""
    started = (sys.executable, "-m", "client", "--sink", "null", "--history", "none")
    path.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} {shlex.join(started)} "$@"\n')
    path.chmod(0o755)


@contextmanager
def _serving(port: int) -> Generator[str]:
    """HOST:PORT of a server that has read ./music and is there until the end of the block."""
    where = ("--host", "127.0.0.1", "--state", "none", str(port), "./music")
    server = subprocess.Popen(
        (sys.executable, "-m", "server", *where), cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    try:
        said = ""
        for line in server.stderr or ():
            said += line
            if re.search(r"\d tracks", line):
                break
        listening = re.search(r'listening on (\S+:\d+)"', said)
        if listening is None:
            raise NotShownError(f"the server did not start:\n{said}")
        yield listening[1]
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate()
