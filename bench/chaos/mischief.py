# SPDX-License-Identifier: GPL-3.0-or-later
"""Does what the faults say to the server, the links, the files and the clients, in their time."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from bench.chaos.editions import Shelf, Song, other_recording, short_of
from bench.chaos.faults import Fault, Kind
from bench.chaos.listener import Listener
from bench.chaos.network import Network, server_of
from bench.chaos.servers import PORT, Servers
from bench.links.programs import ProgramError
from bench.serving import ROOT

AT_ONCE: Final = 32  # faults
LOOK: Final = 0.1  # seconds between two looks at the server
WORST_LOSS: Final = 0.3  # share of packets in a burst
WORST_DELAY: Final = 0.3  # seconds that each packet takes longer
FLOOD_ENDS: Final = 10.0  # seconds for the hostile peer to end after its time


@dataclass(slots=True)
class Done:
    """A fault that has happened, on time.monotonic(); `end` is None while it lasts."""

    fault: Fault
    begin: float
    end: float | None = None


class Mischief:
    """Everything that can be harmed, and who harms it."""

    def __init__(
        self,
        network: Network,
        servers: Servers,
        shelf: Shelf,
        songs: Sequence[Song],
        clients: Mapping[int, Listener],
        *,
        hostile_link: int,
        say: Callable[[str], None],
    ) -> None:
        """Nothing happens before `run`; `clients` are those of the moment, by their numbers."""
        self._network = network
        self._servers = servers
        self._shelf = shelf
        self._songs = songs
        self._clients = clients
        self._hostile_link = hostile_link
        self._say = say
        self._stop = threading.Event()
        self._done: list[Done] = []
        self._failures: list[str] = []

    @property
    def done(self) -> list[Done]:
        """What has happened so far."""
        return list(self._done)

    @property
    def failures(self) -> list[str]:
        """Faults that could not be made, in sentences: a defect here, or a server that is gone."""
        return list(self._failures)

    def stop(self) -> None:
        """Begin no more; what lasts ends now."""
        self._stop.set()

    def run(self, faults: Sequence[Fault], *, seconds: float) -> None:
        """All of them, in their time; returns when so many seconds have passed."""
        start = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                for fault in (*faults, None):
                    at = start + (seconds if fault is None else fault.at)
                    self._wait_until(at, pool)
                    if fault is None or self._stop.is_set():
                        return
                    self._say(f"[{fault.at:6.1f} s] {fault}")
                    self._watch(pool.submit(self._make, fault), str(fault))
            finally:
                self._stop.set()

    def _wait_until(self, at: float, pool: ThreadPoolExecutor) -> None:
        while not self._stop.wait(min(LOOK, max(0.0, at - time.monotonic()))):
            if time.monotonic() >= at:
                return
            if self._servers.look():
                self._say("the server has died; it is started again")
                self._watch(pool.submit(self._servers.start), "the start after that")

    def _watch(self, future: Future[None], what: str) -> None:
        def look(done: Future[None]) -> None:
            error = done.exception()
            if error is not None:
                self._failures.append(f"{what}: {error!r}")
                self._say(self._failures[-1])

        future.add_done_callback(look)

    def _make(self, fault: Fault) -> None:
        done = Done(fault, time.monotonic())
        self._done.append(done)
        try:
            self._happen(fault)
        finally:
            done.end = time.monotonic()

    def _happen(self, fault: Fault) -> None:
        match fault.kind:
            case Kind.CLIENT_KILL | Kind.CLIENT_STOP:
                self._harm_client(fault)
            case Kind.SERVER_STOP | Kind.SERVER_KILL | Kind.SERVER_END:
                self._harm_server(fault)
            case Kind.RESET | Kind.CUT | Kind.BURST | Kind.MOVE:
                self._harm_link(fault)
            case Kind.REPLACE | Kind.OVERWRITE | Kind.SHORTEN | Kind.DELETE:
                self._harm_song(fault, self._songs[fault.which])
            case Kind.FLOOD:
                self._flood(fault)

    def _last(self, fault: Fault) -> None:
        self._stop.wait(fault.seconds)

    def _harm_client(self, fault: Fault) -> None:
        client = self._clients.get(fault.which)
        if client is None:
            return  # it has just left, and comes again
        if fault.kind is Kind.CLIENT_KILL:
            client.kill()
            return
        client.send(signal.SIGSTOP)
        try:
            self._last(fault)
        finally:
            client.send(signal.SIGCONT)

    def _harm_server(self, fault: Fault) -> None:
        match fault.kind:
            case Kind.SERVER_STOP:
                server = self._servers.now
                server.send(signal.SIGSTOP)
                try:
                    self._last(fault)
                finally:
                    server.send(signal.SIGCONT)
            case Kind.SERVER_KILL:
                self._servers.kill()
                self._last(fault)
                self._servers.start()
            case _:
                self._servers.succeed(fault.chance)

    def _harm_link(self, fault: Fault) -> None:
        network, link = self._network, fault.which
        match fault.kind:
            case Kind.RESET:
                port = PORT if fault.chance < 0.4 else None
                network.reset(link, port=port, share=1.0 if fault.chance >= 0.8 else 0.0)
            case Kind.MOVE:
                network.move(link)
            case _:
                if fault.kind is Kind.CUT:
                    network.cut(link)
                else:
                    other = fault.chance * 7 % 1
                    network.worsen(link, loss=WORST_LOSS * fault.chance, delay=WORST_DELAY * other)
                try:
                    self._last(fault)
                finally:
                    network.mend(link)

    def _harm_song(self, fault: Fault, song: Song) -> None:
        shelf, lies = self._shelf, self._shelf.holds(song.title)
        match fault.kind:
            case Kind.REPLACE:
                shelf.put(other_recording(song, lies), now=time.monotonic())
            case Kind.OVERWRITE if lies is not None:
                shelf.overwrite(other_recording(song, lies), now=time.monotonic())
            case Kind.SHORTEN | Kind.DELETE if lies is not None:
                short = short_of(song, lies)
                if fault.kind is Kind.SHORTEN and short is not None:
                    shelf.shorten(short, now=time.monotonic())
                else:
                    shelf.delete(song.title, now=time.monotonic())
                self._last(fault)
                shelf.put(lies, now=time.monotonic())
            case _:
                pass  # there is no file to harm

    def _flood(self, fault: Fault) -> None:
        link = self._hostile_link
        words = [sys.executable, "-m", "bench.chaos.hostile", server_of(link), str(PORT)]
        words += [f"{fault.seconds:.3f}", f"{fault.chance}"]
        peer = subprocess.Popen(
            self._network.on_client(link, words), cwd=ROOT, stdout=subprocess.DEVNULL
        )
        try:
            if peer.wait(fault.seconds + FLOOD_ENDS):
                raise ProgramError(f"the hostile peer ended with {peer.returncode}")
        except subprocess.TimeoutExpired:
            raise ProgramError("the hostile peer does not end") from None
        finally:
            peer.kill()
            peer.wait()
