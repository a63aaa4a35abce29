# SPDX-License-Identifier: GPL-3.0-or-later
"""One run: everything is put together, goes wrong, is judged and taken apart."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.chaos.crowd import Crowd
from bench.chaos.editions import Shelf, make_songs
from bench.chaos.faults import Stage, draw
from bench.chaos.hiccups import Hiccups
from bench.chaos.mischief import Mischief
from bench.chaos.network import HOSTILE, QUALITIES, network
from bench.chaos.observed import anonymous_kib, descriptors, leaked
from bench.chaos.results import Outcome
from bench.chaos.servers import GRACE, Servers

SONG_SECONDS: Final = (25, 70)
LOOK: Final = 0.2  # seconds between two looks
SAMPLE: Final = 5.0  # seconds between two looks at the server's memory
SETTLE: Final = GRACE + 15.0  # seconds for the server to forget those who were killed


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run."""

    seed: int
    seconds: float
    clients: int
    songs: int
    pace: float
    keep: Path | None

    @property
    def links(self) -> int:
        """Each has clients."""
        return min(len(QUALITIES), self.clients)

    @property
    def stage(self) -> Stage:
        """What faults may happen to."""
        return Stage(self.clients, self.links, self.songs)


def run(order: Order, work: Path, say: Callable[[str], None]) -> Outcome:
    """Do it in the folder `work`; raises LinkError, ProgramError, SongError and OSError."""
    faults = draw(order.seed, seconds=order.seconds, stage=order.stage, pace=order.pace)
    say("the songs are encoded and decoded")
    songs = make_songs(work / "editions", count=order.songs, seconds=SONG_SECONDS, seed=order.seed)
    music = work / "music"
    music.mkdir()
    shelf = Shelf(music)
    for song in songs:
        shelf.put(song.recordings[0], now=time.monotonic())
    with ExitStack() as holding:
        links = holding.enter_context(
            network((*QUALITIES[: order.links], HOSTILE), seed=order.seed)
        )
        servers = Servers(links.on_server, music, work)
        holding.callback(servers.kill_all)
        servers.start()
        servers.ready()
        needed = descriptors(servers.now.pid)
        hiccups = Hiccups()
        holding.callback(hiccups.close)
        memory = _Memory(servers)
        holding.callback(memory.close)
        crowd = Crowd(
            links,
            shelf,
            songs,
            work,
            keep=order.keep,
            seed=order.seed,
            links=order.links,
            done=lambda: mischief.done,
            hiccups=hiccups,
            say=say,
        )
        mischief = Mischief(
            links, servers, shelf, songs, crowd.present, hostile_link=order.links, say=say
        )
        holding.callback(crowd.disperse)
        started = time.monotonic()
        crowd.come(order.clients)
        mischief.run(faults, seconds=order.seconds)
        say("the clients leave")
        crowd.leave()
        say("the server is looked at")
        more = _leaked(servers, needed)
        servers.close()
        return Outcome(
            seconds=time.monotonic() - started,
            started=started,
            lives=crowd.lives,
            done=mischief.done,
            servers=servers.number,
            server_leaked=more,
            server_deaths=servers.deaths,
            defects=servers.defects(),
            server_kib=memory.found,
            failures=[*crowd.failures, *mischief.failures],
        )


def _leaked(servers: Servers, needed: Counter[str]) -> Counter[str]:
    """Descriptors that the server has more than before anybody came, once they are forgotten."""
    deadline = time.monotonic() + SETTLE
    while True:
        more = leaked(needed, descriptors(servers.now.pid))
        if not more or time.monotonic() > deadline:
            return more
        time.sleep(LOOK)


class _Memory:
    """Looks at the memory of the server of the moment."""

    def __init__(self, servers: Servers) -> None:
        self.found: list[tuple[float, int, int]] = []
        self._servers = servers
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE):
            number, kib = self._servers.number, anonymous_kib(self._servers.now.pid)
            if kib is not None:
                self.found.append((time.monotonic(), number, kib))
