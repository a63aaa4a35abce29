# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's way to a song from a far server, typed at both ends of an emulated link.

The server's address, the fingerprint that it printed, and a sink that need not be heard are all
that is changed.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from bench.chaos.command import why_not
from bench.links.path import Path as Way
from bench.links.path import Phase
from bench.links.relay import SERVER_ADDRESS
from bench.links.wire import Side, Wire, wire
from tests.e2e.server_process import ROOT
from tests.e2e.test_readme import FAR, PASSWORD, commands, done

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

# 80 ms there and back, 2 Mbit/s, and one packet of a hundred is lost.
DOWN: Final = Way(0.04, (Phase(1.0, 2e6),), queue=100_000, loss=0.01)
UP: Final = Way(0.04)


class Machine:
    """One end of the link, with a home of its own."""

    def __init__(self, link: Wire, side: Side, home: Path) -> None:
        self._link = link
        self._side = side
        self._home = home
        home.mkdir()

    def _words(self, command: str, more: Sequence[str]) -> list[str]:
        words = shlex.split(command.replace(FAR, SERVER_ADDRESS))
        assert words[:2] == ["python", "-m"]
        home = [re.sub(r"^~", str(self._home), word) for word in words[1:]]
        return self._link.command(self._side, [sys.executable, *home, *more])

    def _environment(self) -> dict[str, str]:
        changed = {"HOME": str(self._home), "PYTHONPATH": str(ROOT), "ANTIPHON_PASSWORD": PASSWORD}
        kept = {name: text for name, text in os.environ.items() if name != "XDG_STATE_HOME"}
        return kept | changed

    def type(self, command: str, *more: str) -> str:
        """Type it, with the password where that is asked for; what it says."""
        return done(
            self._words(command, more),
            told=f"{PASSWORD}\n",
            folder=self._home,
            environment=self._environment(),
        )

    @contextmanager
    def serving(self, command: str) -> Generator[None]:
        """A server, once it has read its folder, until the end of the block."""
        server = subprocess.Popen(
            self._words(command, ()),
            cwd=self._home,
            env=self._environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            said = ""
            for line in server.stderr or ():
                said += line
                if "3 tracks" in line:
                    break
            else:
                raise AssertionError(said)
            yield
        finally:
            server.kill()
            server.communicate()


def test_a_newcomer_hears_a_song_from_afar(tmp_path: Path) -> None:
    (play,) = (command for command in commands() if FAR in command and "client" in command)
    port = play.split()[-1]
    (serve,) = (command for command in commands() if f" {port} ~/Music" in command)
    (add,) = (command for command in commands() if "user add alice --file ~" in command)
    (certify,) = (command for command in commands() if "server certificate" in command)
    with wire(DOWN, UP, seed=1, congestion="cubic") as link:
        there = Machine(link, Side.SERVER, tmp_path / "there")
        here = Machine(link, Side.CLIENT, tmp_path / "here")
        shutil.copytree(ROOT / "music", tmp_path / "there" / "Music")
        (fingerprint,) = re.findall(r"--fingerprint (\S+)", there.type(certify))
        there.type(add)
        with there.serving(serve):
            listening = re.sub(r"(?<=--fingerprint )\S+", fingerprint, play)
            said = here.type(
                *(listening, "--json", "--sink", "raw:/dev/null"),
                *("-c", "list", "-c", "play 2", "-c", "wait", "-c", "quit"),
            )
    events = [json.loads(line) for line in said.splitlines()]
    assert [event["track"] for event in events if event["event"] == "track"] == [1, 2, 3]
    (finished,) = (event for event in events if event["event"] == "finished")
    assert finished["intact"] is True
