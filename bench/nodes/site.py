# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers, Redis and a real HAProxy in network namespaces, with deploy/haproxy.cfg in front."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.chaos.network import Network, Quality, network
from bench.chaos.relay import client_address, server_address
from bench.links.programs import ProgramError
from bench.process import Process
from bench.serving import ROOT
from bench.taped import STATION

CONFIGURATION: Final = ROOT / "deploy" / "haproxy.cfg"
CONTROL_PORT: Final = 55353
METRICS_PORT: Final = 9464
REDIS_PORT: Final = 6379
PATIENCE: Final = 40.0  # seconds for a program to be ready; a net, never a measure
LOOK: Final = 0.05  # seconds between two looks
LINK: Final = Quality(0.010, 50e6)

LISTENERS: Final = 0  # the link behind which they are
NODES: Final = ("one", "two")  # behind the links after that one
_LISTENING: Final = re.compile(r"\d tracks?; ")
_REDIS_READY: Final = re.compile("eady to accept connections")


def node_address(node: int) -> str:
    """Where a node is, for HAProxy; deploy/haproxy.cfg calls it 10.0.0.11 and so on."""
    return client_address(1 + node)


def data_port(node: int) -> int:
    """By which HAProxy knows it."""
    return 55361 + node


def configuration() -> str:
    """deploy/haproxy.cfg, with the addresses of these nodes in place of its examples."""
    text = CONFIGURATION.read_text("utf-8")
    for node in range(len(NODES)):
        text = re.sub(rf"\b10\.0\.0\.1{node + 1}\b", node_address(node), text)
    return text


class Site:
    """All of it, until the end of the block."""

    def __init__(self, work: Path, music: Path, *, seed: int, tls: bool = False) -> None:
        """Both nodes have the same certificate, for HAProxy's address. Nothing runs yet."""
        self._work = work
        self._music = music
        self._seed = seed
        self._tls = tls
        self._holding = ExitStack()
        self.nodes: list[Process] = []
        self.links: Network

    def __enter__(self) -> Self:
        """Start it, and wait until HAProxy has seen both; raises LinkError and ProgramError."""
        with ExitStack() as holding:
            if self._tls:
                self._make_certificate()
            self.links = holding.enter_context(network([LINK] * 3, seed=self._seed))
            self._run(
                holding,
                self.links.on_server(
                    (
                        *("redis-server", "--port", str(REDIS_PORT), "--save", ""),
                        *("--bind", "*", "--protected-mode", "no"),
                        *("--dir", str(self._work)),
                    )
                ),
                "redis",
                _REDIS_READY,
            )
            for node in range(len(NODES)):
                words = self.links.on_client(1 + node, self._node_words(node))
                self.nodes.append(self._run(holding, words, NODES[node], _LISTENING))
            file = self._work / "haproxy.cfg"
            file.write_text(configuration(), "utf-8")
            words = self.links.on_server(("haproxy", "-db", "-f", str(file)))
            self._until_it_listens(self._run(holding, words, "haproxy", None))
            self._holding = holding.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._holding.close()

    def listener_prefix(self) -> list[str]:
        """What runs a program where the listeners are."""
        return self.links.on_client(LISTENERS, ())

    @property
    def server(self) -> list[str]:
        """What a client calls HAProxy."""
        return [server_address(LISTENERS), str(CONTROL_PORT)]

    @property
    def trust(self) -> tuple[str, ...]:
        """The options by which a client knows it."""
        return ("--ca", self._paper("certificate")) if self._tls else ()

    def cut(self, node: int) -> None:
        """Nothing comes through to a node any more, nor from it, and nobody is told."""
        self.links.cut(1 + node)

    def _node_words(self, node: int) -> list[str]:
        port = data_port(node)
        return [
            *(sys.executable, "-m", "server", "--host", node_address(node)),
            *("--data-ports", str(port), "--proxy-protocol", server_address(1 + node)),
            *("--metrics", f"{node_address(node)}:{METRICS_PORT}"),
            *("--state", str(self._work / f"state-{NODES[node]}"), "--station", STATION),
            *("--station-store", f"redis://{server_address(1 + node)}:{REDIS_PORT}"),
            *self._tls_words(),
            *("--insecure", str(CONTROL_PORT), os.fspath(self._music)),
        ]

    def _tls_words(self) -> tuple[str, ...]:
        if not self._tls:
            return ()
        return "--certificate", self._paper("certificate"), "--key", self._paper("key")

    def _paper(self, what: str) -> str:
        return str(self._work / "tls" / f"{what}.pem")

    def _make_certificate(self) -> None:
        words = [sys.executable, "-m", "server", "certificate", server_address(LISTENERS)]
        words += ["--out", str(self._work / "tls")]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProgramError(f"There is no certificate. {done.stderr.strip()}")

    def _until_it_listens(self, haproxy: Process) -> None:
        words = ("ss", "-ltnH", "sport", "=", f":{CONTROL_PORT}")
        deadline = time.monotonic() + PATIENCE
        while not subprocess.run(
            self.links.on_server(words), capture_output=True, check=True
        ).stdout.strip():
            if haproxy.status is not None or time.monotonic() > deadline:
                raise ProgramError(f"haproxy does not listen. {haproxy.said().strip()}")
            time.sleep(LOOK)

    def _run(
        self, holding: ExitStack, words: Sequence[str], name: str, ready: re.Pattern[str] | None
    ) -> Process:
        process = Process(words, self._work / f"{name}.log", name=name)
        holding.callback(process.end)
        if ready is not None:
            process.get_ready(ready, PATIENCE)
        return process
