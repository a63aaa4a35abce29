# SPDX-License-Identifier: GPL-3.0-or-later
"""However many passwords are guessed, a listener hears every byte in time, and users come in."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.control_line import WELCOME_TIMEOUT
from control.session_messages import Login
from server.users.hashing import HashedPassword
from server.users.users_file import User, edited
from tests.e2e.raw_client import Listener
from tests.e2e.server_process import ServerProcess, running_server, until
from tests.e2e.songs import write_songs
from tests.hostile.guessers import Crowd, Guessers, HastyGuessers
from tests.hostile.peers import SECONDS, Target, drain
from tests.hostile.vitals import await_rest, vitals
from tests.hostile.witness import LEAD, listening

GOOD = Login("alice", "the right one")


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    write_songs(folder, count=1)
    return folder


@pytest.fixture(scope="module")
def server(music: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    users = tmp_path_factory.mktemp("users") / "users"
    with edited(users) as file:
        file.put(User(GOOD.user, HashedPassword.of(GOOD.password, salt=bytes(16))))
    with running_server(music, "--users", str(users), "--grace", "1") as process:
        # What is made once, is made: threads, and what the allocator keeps for each of them.
        with Listener(process.address, login=GOOD) as listener:
            listener.bye()
        crowd = Crowd(Target(process.address, 1, 1, random.Random(1)))
        crowd.press()
        until(lambda: not any(drain(sock) for sock in crowd.held), "answers to all of them")
        crowd.close()
        yield process


@pytest.mark.slow
@pytest.mark.needs_quiet
@pytest.mark.parametrize("kind", [Guessers, HastyGuessers, Crowd], ids=lambda kind: kind.__name__)
def test_guessing_costs_nobody_anything(
    kind: type[Guessers], server: ServerProcess, music: Path
) -> None:
    song = music / "1.mp3"
    said = len(server.lines)
    before = await_rest(server, vitals(server))
    target = Target(server.address, 1, song.stat().st_size, random.Random(kind.__name__))
    with listening(server, 1, song, GOOD) as witness:
        attack = kind(target)
        try:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end or attack.deeds < attack.enough:
                attack.press()
            report = witness.ask()
        finally:
            attack.close()
    await_rest(server, before)
    assert report.fault == ""
    assert report.songs > 0
    assert report.least_lead > 0
    assert report.slowest_answer < LEAD
    if kind is not Crowd:  # which may take all places there are; each address has only its own
        assert report.newcomers > 0
        assert report.turned_away == []
        # Checks run behind whatever else wants a core, so on a busy machine they take their time.
        assert report.slowest_welcome < WELCOME_TIMEOUT
    wrong = [line for line in server.lines[said:] if "defect" in line or "Traceback" in line]
    assert wrong == []
