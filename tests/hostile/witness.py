# SPDX-License-Identifier: GPL-3.0-or-later
"""The honest listener as a test sees it: a process that plays, and tells at the end how it went."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from control.session_messages import Login
from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess

LEAD = 2.0  # seconds of sound that it wants to hold: what the server may be late by


@dataclass(slots=True)
class Report:
    """What the listener has to tell; all times in seconds.

    `least_lead` is how much sound was held when that was least, at the playing position: below 0,
    the song would have stopped. Time in which the machine let this process or the server wait for
    a core is no time of the song's, and is in `machine_lag`.
    """

    fault: str = ""  # why it could not go on; empty if it could
    least_lead: float = LEAD
    machine_lag: float = 0.0
    slowest_answer: float = 0.0  # from LIST to TRACKS
    slowest_welcome: float = 0.0  # from connecting to WELCOME, of one who comes in
    songs: int = 0  # heard whole, every byte compared
    newcomers: int = 0  # who came in meanwhile
    turned_away: list[str] = field(default_factory=list[str])  # those who did not


class WitnessProcess:
    """A listener in a process of its own, so that no attacker's Python gets in its way."""

    def __init__(
        self, server: ServerProcess, track: int, song: Path, login: Login | None = None
    ) -> None:
        """Start, and wait until sound is heard."""
        who = () if login is None else (login.user, login.password)
        self._process = subprocess.Popen(
            (
                *(sys.executable, "-m", "tests.hostile.player", server.host, str(server.port)),
                *(str(server.pid), str(track), str(song), *who),
            ),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said == "plays\n", f"the listener did not get to hear anything: {said}"

    def ask(self) -> Report:
        """End it, and hear what it has to tell."""
        said, _ = self._process.communicate(timeout=2 * PATIENCE)
        return Report(**json.loads(said))

    def close(self) -> None:
        """Whether or not it was asked."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def listening(
    server: ServerProcess, track: int, song: Path, login: Login | None = None
) -> Generator[WitnessProcess]:
    """Somebody listens during the block, and others come and go, all as this user."""
    witness = WitnessProcess(server, track, song, login)
    try:
        yield witness
    finally:
        witness.close()
