# SPDX-License-Identifier: GPL-3.0-or-later
"""The links between the server and its clients as the run holds them: cut, slowed, reset, moved.

The namespaces belong to a process of their own (`bench.chaos.relay`) and vanish with it.
"""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from bench.chaos.relay import client_address, server_address
from bench.links.path import MTU, Path, Phase
from bench.links.wire import LinkError
from bench.serving import ROOT

PATIENCE: Final = 10.0  # seconds for the process to end


@dataclass(frozen=True, slots=True)
class Quality:
    """How a link is while nothing happens to it."""

    rtt: float  # seconds
    rate: float  # bits per second, towards the client
    loss: float = 0.0
    jitter: float = 0.0  # seconds

    def paths(self) -> tuple[Path, Path]:
        """Down and up; each has half of the round trip."""
        queue = max(20 * MTU, round(2 * self.rtt * self.rate / 8))
        down = Path(self.rtt / 2, (Phase(1.0, self.rate),), queue, self.loss, jitter=self.jitter)
        return down, Path(self.rtt / 2, loss=self.loss / 4, jitter=self.jitter)

    def __str__(self) -> str:
        loss = f", {self.loss:.1%} loss" if self.loss else ""
        return f"{self.rtt * 1000:.0f} ms, {self.rate / 1e6:g} Mbit/s{loss}"


# Fast enough for the songs of all clients that share one: what falls silent does so for a reason.
QUALITIES: Final = (
    Quality(0.020, 16e6),
    Quality(0.050, 8e6, jitter=0.002),
    Quality(0.080, 4e6, loss=0.002),
    Quality(0.150, 6e6, loss=0.005),
    Quality(0.250, 6e6),
    Quality(0.040, 4e6, loss=0.01, jitter=0.005),
)
HOSTILE: Final = Quality(0.010, 10e6)


class Network:
    """A namespace for the server, and one for the clients at the far end of each link."""

    def __init__(self, links: Sequence[Quality], *, seed: int, congestion: str = "reno") -> None:
        """Raises LinkError where there can be none."""
        self._paths = [quality.paths() for quality in links]
        self._moves = [0] * len(links)
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.chaos.relay"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the run, which ends this one in order
        )
        wanted = [
            {
                "down": down.to_json(),
                "up": up.to_json(),
                "seed": seed * 1000 + 2 * number,
                "congestion": congestion,
            }
            for number, (down, up) in enumerate(self._paths)
        ]
        try:
            answer = self._ask(wanted)
        except BaseException:
            self.close()
            raise
        if "failed" in answer:
            self.close()
            raise LinkError(f"The links cannot be set up: {answer['failed']}.")
        self._server: int = answer["server"]
        self._clients: list[int] = answer["clients"]

    def on_server(self, words: Sequence[str]) -> list[str]:
        """The command that runs `words` where the server is."""
        return self._inside(self._server, words)

    def on_client(self, link: int, words: Sequence[str]) -> list[str]:
        """The command that runs `words` at the far end of a link."""
        return self._inside(self._clients[link], words)

    def cut(self, link: int) -> None:
        """Nothing comes through any more, and nobody is told."""
        down, up = self._paths[link]
        self._change(link, replace(down, loss=1.0, burst=0.0), replace(up, loss=1.0))

    def worsen(self, link: int, *, loss: float, delay: float) -> None:
        """So much is lost, and everything takes so many seconds longer, each way."""
        down, up = self._paths[link]
        self._change(
            link,
            replace(down, loss=loss, delay=down.delay + delay),
            replace(up, loss=loss, delay=up.delay + delay),
        )

    def mend(self, link: int) -> None:
        """As it was at first."""
        self._change(link, *self._paths[link])

    def reset(self, link: int, *, port: int | None, share: float) -> int:
        """Reset a share of the connections to a port of the server (None: any); how many."""
        answer = self._ask({"link": link, "port": port, "share": share})
        number: int = answer["reset"]
        return number

    def move(self, link: int) -> str:
        """The clients of a link get another address, and lose the old one; which."""
        old = client_address(link, self._moves[link])
        self._moves[link] += 1
        new = client_address(link, self._moves[link])
        network = f"{new.rpartition('.')[0]}.0/24"
        for words in (
            # First this: with the oldest address of a network the kernel drops the others.
            ("address", "del", f"{old}/24", "dev", "link"),
            ("address", "add", f"{new}/24", "dev", "link", "noprefixroute"),
            ("route", "replace", network, "dev", "link", "src", new),
        ):
            done = subprocess.run(
                self.on_client(link, ("ip", *words)), capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise LinkError(f"ip {' '.join(words)}: {done.stderr.strip()}")
        return new

    def counts(self) -> list[dict[str, dict[str, int]]]:
        """What became of the packets of each link, both ways."""
        counts: list[dict[str, dict[str, int]]] = self._ask({"links": None})["links"]
        return counts

    def close(self) -> None:
        """Take all of it down. May be called again."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _inside(self, namespace: int, words: Sequence[str]) -> list[str]:
        return ["nsenter", f"--net=/proc/{self._process.pid}/fd/{namespace}", "--", *words]

    def _change(self, link: int, down: Path, up: Path) -> None:
        self._ask({"link": link, "down": down.to_json(), "up": up.to_json()})

    def _ask(self, order: object) -> dict[str, Any]:
        ask, answer = self._process.stdin, self._process.stdout
        if ask is None or answer is None or ask.closed:
            raise LinkError("The links are down.")
        with self._lock:
            try:
                ask.write(json.dumps(order) + "\n")
                ask.flush()
            except OSError as error:
                raise LinkError("The process that holds the links has died.") from error
            said = answer.readline()
        if not said:
            raise LinkError("The process that holds the links has died.")
        found: dict[str, Any] = json.loads(said)
        return found


@contextmanager
def network(links: Sequence[Quality], *, seed: int) -> Generator[Network]:
    """Links until the end of the block; raises LinkError."""
    made = Network(links, seed=seed)
    try:
        yield made
    finally:
        made.close()


def server_of(link: int) -> str:
    """The address of the server for the clients of a link."""
    return server_address(link)
