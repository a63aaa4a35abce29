# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever hostile peers do, an honest listener hears every byte in time, and nothing remains."""

import random
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.lingering import MOST as LINGERING
from tests.e2e.server_process import ServerProcess, running_server
from tests.e2e.songs import song, write_songs
from tests.hostile.loud import LOUD
from tests.hostile.peers import PER_ADDRESS, SECONDS, Attack, Target
from tests.hostile.silent import SILENT
from tests.hostile.storms import LETTERS, STORMS
from tests.hostile.thieves import THIEVES
from tests.hostile.vitals import ALLOWED, Vitals, await_rest, vitals
from tests.hostile.witness import LEAD, listening

SONGS = 3
SHORT = 4000  # tracks of next to nothing, so that a search has something to do
SHORT_FRAMES = 3
# Descriptors that one attacker may cost the server at a time: those who linger, those who wait on
# either port, and sessions with both connections and a port.
MOST_HELD = LINGERING + 5 * PER_ADDRESS
# The allocator keeps what it needed at the most, once: only what grows each time is a leak.
REPEATED = 4
SHORT_TIMES = (
    *("--hello-timeout", "1", "--ticket-lifetime", "2", "--stall-timeout", "1"),
    *("--heartbeat", "1", "--dead-after", "3", "--grace", "1"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """The server under attack, and what the honest listener hears."""

    server: ServerProcess
    song: Path
    total: int  # bytes of it
    rest: Vitals  # before anybody came


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One server for all attacks: what one of them leaves behind, the next one meets."""
    folder = tmp_path_factory.mktemp("music")
    songs = write_songs(folder, count=SONGS)  # whose names come first, and so do their ids
    for number in range(SHORT):
        (folder / f"{LETTERS} {number}.mp3").write_bytes(song(SONGS + number, SHORT_FRAMES))
    with running_server(folder, *SHORT_TIMES) as server:
        rest = vitals(server)
        with listening(server, 1, folder / "1.mp3") as witness:  # what is made only once, is made
            witness.ask()
        yield Scene(server, folder / "1.mp3", len(songs[0]), rest)


@contextmanager
def pressure(kind: type[Attack], scene: Scene) -> Generator[int]:
    """An attack takes place; during the block, it is over. It gives the most descriptors held."""
    server, held = scene.server, 0
    attack = kind(Target(server.address, SONGS + SHORT, scene.total, random.Random(kind.__name__)))
    try:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until or attack.deeds < attack.enough:
            attack.press()
            held = max(held, vitals(server).descriptors.total())
        yield held
        if attack.stays:
            await_rest(server, scene.rest)
    finally:
        attack.close()


@pytest.mark.slow
@pytest.mark.needs_quiet
@pytest.mark.parametrize(
    "kind", [*SILENT, *LOUD, *STORMS, *THIEVES], ids=lambda kind: kind.__name__
)
def test_an_attack_costs_nobody_anything(kind: type[Attack], scene: Scene) -> None:
    server = scene.server
    said = len(server.lines)
    before = await_rest(server, scene.rest)
    with listening(server, 1, scene.song) as witness, pressure(kind, scene) as held:
        report = witness.ask()
    grown = [await_rest(server, scene.rest).anonymous - before.anonymous]
    while grown[-1] > ALLOWED and len(grown) < REPEATED:
        before = vitals(server)
        with pressure(kind, scene):
            pass
        grown.append(await_rest(server, scene.rest).anonymous - before.anonymous)
    assert grown[-1] <= ALLOWED, f"{grown} bytes more each time"
    assert report.fault == ""
    assert report.songs > 0
    assert report.least_lead > 0
    assert report.slowest_answer < LEAD
    assert report.newcomers > 0
    assert report.turned_away == []
    assert report.slowest_welcome < LEAD
    assert held <= before.descriptors.total() + MOST_HELD
    wrong = [line for line in server.lines[said:] if "defect" in line or "Traceback" in line]
    assert wrong == []
