# SPDX-License-Identifier: GPL-3.0-or-later
"""Twenty restless clients, of which one after the other is SIGKILLed, and one who just listens."""

import random
import subprocess
import sys
from collections import Counter

import pytest

from tests.e2e.innocent import Music, innocent_listener
from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess, running_server, until

CLIENTS = 20
KILLED = 25  # while the others go on


class Client:
    """A restless client in a process of its own."""

    def __init__(self, server: ServerProcess, music: Music, seed: int) -> None:
        songs = [str(music.folder / f"{n}.mp3") for n in range(1, len(music.songs) + 1)]
        self._process = subprocess.Popen(
            (
                *(sys.executable, "-m", "tests.e2e.restless"),
                *(server.host, str(server.port), str(seed), *songs),
            ),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, actions: int) -> list[str]:
        """The next things it does; AssertionError where it fails."""
        assert self._process.stdout is not None
        done = [self._process.stdout.readline() for _ in range(actions)]
        assert all(done), f"a client ended with {self._process.wait(PATIENCE)}"
        return done

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.mark.slow
def test_twenty_restless_clients_cost_the_twenty_first_no_byte(music: Music) -> None:
    rng = random.Random(20)
    options = ("--verbose", "--grace", "1", "--max-sessions-per-address", "0")
    with running_server(music.folder, *options) as server:
        before = server.sockets()
        actions: Counter[str] = Counter()
        with innocent_listener(server.address, 1, music.songs[0]):
            clients = [Client(server, music, seed) for seed in range(CLIENTS)]
            try:
                for seed in range(CLIENTS, CLIENTS + KILLED):
                    victim = rng.randrange(CLIENTS)
                    actions.update(clients[victim].wait_for(rng.randint(1, 20)))
                    clients[victim].kill()
                    clients[victim] = Client(server, music, seed)
                for client in clients:
                    actions.update(client.wait_for(3))
            finally:
                for client in clients:
                    client.kill()
        assert len(actions) == 7, "the seed leaves something undone"
        # Killed clients are kept for the grace time, and then nothing is left of anybody.
        until(lambda: (server.sockets(), server.songs()) == (before, 0))
        until(lambda: server.log.count(" opened from ") == server.log.count(" ended"))
        assert server.stop() == 0
        assert "Traceback" not in server.log
        assert "defect" not in server.log
