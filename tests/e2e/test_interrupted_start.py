# SPDX-License-Identifier: GPL-3.0-or-later
"""Ctrl-C while a program starts."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.e2e.server_process import PATIENCE, ROOT
from tests.e2e.signal_at_import import signal_at_import

CLIENT = ("client", "--sink", "null", "-c", "list", "127.0.0.1", "1")
SHELL = ("client", "--sink", "null", "127.0.0.1", "1")
SERVER = ("server", "--host", "127.0.0.1", "--state", "none", "0", "music")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    exit_status: int  # negative: the signal that ended it
    words: str  # on standard error


def _interrupted(module: str, role: str, *arguments: str, prefix: tuple[str, ...] = ()) -> Ended:
    """The role's end at a terminal, with a Ctrl-C when it imports the module."""
    near, far = os.openpty()
    try:
        ended = subprocess.run(
            (
                *prefix,
                *signal_at_import(signal.SIGINT, module),
                *(sys.executable, "-m", role, *arguments),
            ),
            cwd=ROOT,
            check=False,
            stdin=far,
            stdout=far,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=PATIENCE,
        )
    finally:
        os.close(near)
        os.close(far)
    return Ended(ended.returncode, ended.stderr)


@pytest.mark.parametrize(
    ("command", "module"),
    [
        (CLIENT, "client.program"),
        (CLIENT, "gevent"),
        (CLIENT, "client.sinks.null"),
        (SHELL, "prompt_toolkit"),
        (SHELL, "client.shell"),
        (SERVER, "server.program"),
        (SERVER, "gevent"),
        (SERVER, "server.users.command"),
    ],
)
def test_ctrl_c_ends_it_silently_while_it_imports(command: tuple[str, ...], module: str) -> None:
    assert _interrupted(module, *command) == Ended(-signal.SIGINT, "")


def test_who_started_it_without_ctrl_c_is_obeyed() -> None:
    ignoring = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")
    ended = _interrupted("client.program", *CLIENT, prefix=ignoring)
    assert ended.exit_status == 1
    assert "127.0.0.1" in ended.words
