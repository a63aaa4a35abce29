# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients: each a process that does what its dice say, leaves, comes again, and is judged."""

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final

from bench.chaos.behaviour import Life as Plan
from bench.chaos.behaviour import acts, lives
from bench.chaos.editions import Shelf, Song, all_editions
from bench.chaos.hiccups import Hiccups
from bench.chaos.listener import Listener
from bench.chaos.mischief import Done
from bench.chaos.network import Network, server_of
from bench.chaos.servers import PORT
from bench.chaos.tape import read_tape
from bench.chaos.verdict import Life, causes_for, judge
from bench.links.programs import ProgramError
from bench.songs import RATE

STATUS_EVERY: Final = 2.0  # seconds between two questions how much sound a client holds
AGAIN: Final = 1.0  # seconds until somebody comes again


class Crowd:
    """All clients of a run.

    Attributes:
        present: those of the moment, by their numbers.
        lives: what came of those that have ended.
        failures: what kept the crowd from doing its work, in sentences.
    """

    def __init__(
        self,
        network: Network,
        shelf: Shelf,
        songs: Sequence[Song],
        work: Path,
        *,
        keep: Path | None,
        seed: int,
        links: int,
        done: Callable[[], Sequence[Done]],
        hiccups: Hiccups,
        say: Callable[[str], None],
    ) -> None:
        """Nobody is there. `keep`: where the traces of lives with something wrong are put."""
        self.present: dict[int, Listener] = {}
        self.lives: list[Life] = []
        self.failures: list[str] = []
        self._network = network
        self._shelf = shelf
        self._known = all_editions(songs)
        self._titles = [song.title for song in songs]
        longest = max(len(edition.pcm) for edition in self._known)
        self._song_seconds = longest / RATE
        self._work = work
        self._keep = keep
        self._seed = seed
        self._links = links
        self._done = done
        self._hiccups = hiccups
        self._say = say
        self._leaving = threading.Event()
        self._threads: list[threading.Thread] = []

    def come(self, count: int) -> None:
        """Let so many clients come."""
        for number in range(count):
            thread = threading.Thread(target=self._run, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def leave(self) -> None:
        """Let all of them leave, and wait until they have."""
        self._leaving.set()
        for thread in self._threads:
            thread.join()

    def disperse(self) -> None:
        """End all of them at once, in the middle of whatever they do."""
        self._leaving.set()
        while any(thread.is_alive() for thread in self._threads):
            for client in list(self.present.values()):
                client.kill()
            time.sleep(0.05)

    def _run(self, number: int) -> None:
        try:
            for count, (plan, dice) in enumerate(lives(self._seed, number), 1):
                if self._leaving.is_set():
                    return
                folder = self._work / f"client-{number}-{count}"
                life = self._live(number, plan, dice, folder)
                self.lives.append(life)
                self._tell(life, folder)
                self._leaving.wait(AGAIN)
        except (ProgramError, OSError) as error:
            self.failures.append(f"client {number}: {error}")
            self._say(self.failures[-1])

    def _live(self, number: int, plan: Plan, dice: Random, folder: Path) -> Life:
        link = number % self._links
        listener = Listener(
            self._network.on_client(link, ()),
            folder,
            plan.read_ahead,
            f"{server_of(link)}:{PORT}",
        )
        life = Life(number)
        self.present[number] = listener
        try:
            if not listener.connect():
                life.turned_away = listener.status is not None
                if not life.turned_away:
                    life.death = "neither connects nor gives up"
                    listener.kill()
            else:
                self._play(listener, plan, dice, life)
                self._end(listener, life)
        finally:
            del self.present[number]
            listener.close()
        self._judge(life, listener, number, link)
        return life

    def _play(self, listener: Listener, plan: Plan, dice: Random, life: Life) -> None:
        end = time.monotonic() + plan.seconds
        asked = time.monotonic()
        for act in acts(dice, self._titles, song_seconds=self._song_seconds):
            due = time.monotonic() + act.wait
            while (now := time.monotonic()) < due:
                if now >= end or listener.status is not None or self._leaving.is_set():
                    return
                if now >= asked + STATUS_EVERY:
                    asked = now
                    listener.tell("status")
                    life.peak_kib = max(life.peak_kib, listener.memory() or 0)
                self._leaving.wait(min(due - now, STATUS_EVERY / 4))
            listener.tell(act.command)

    def _end(self, listener: Listener, life: Life) -> None:
        if listener.is_killed:
            return
        if listener.status is not None:
            life.death = f"ended by itself with {listener.status}: {listener.farewell()}"
            return
        life.leaked = listener.leaked()
        life.death = _death(listener, listener.leave())

    def _judge(self, life: Life, listener: Listener, number: int, link: int) -> None:
        account = listener.account
        if listener.troubles():
            life.death = f"{life.death or 'said'}: {listener.troubles().splitlines()[-1]}"
        life.counts, life.broken = account.counts, account.broken
        life.plays = len(account.announced)
        life.seconds = listener.ended - listener.began
        causes = causes_for(number, link, account, self._done(), self._hiccups.found)
        life.heard, life.silences = judge(
            read_tape(listener.tape),
            account,
            began=listener.began,
            shelf=self._shelf,
            known=self._known,
            causes=causes,
        )

    def _tell(self, life: Life, folder: Path) -> None:
        """Say what was wrong with a life, if anything, and keep its traces."""
        found = [
            *(f"{4 * wrong.samples} wrong bytes: {wrong.what}" for wrong in life.heard.wrong),
            *life.heard.jumps,
            *(
                f"{silence.title} silent for {silence.seconds:.2f} s,"
                f" {silence.unexplained:.2f} s of them unexplained"
                for silence in life.silences
                if silence.is_gap
            ),
        ]
        if life.broken:
            found.append(f"{life.broken} songs were not intact")
        if life.death:
            found.append(life.death)
        if life.leaked:
            found.append(f"too many descriptors: {dict(life.leaked)}")
        for sentence in found:
            self._say(f"{folder.name}: {sentence}")
        if found and self._keep is not None:
            self._keep.mkdir(parents=True, exist_ok=True)
            shutil.move(folder, self._keep / folder.name)
        else:
            shutil.rmtree(folder)


def _death(listener: Listener, status: int | None) -> str | None:
    """What was wrong with the end of a client that was told to leave."""
    if listener.is_killed or status in {0, 1}:  # killed meanwhile; 1: a command was refused
        return None
    return "does not leave" if status is None else f"ended with {status}"
