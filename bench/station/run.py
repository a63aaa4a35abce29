# SPDX-License-Identifier: GPL-3.0-or-later
"""One run: a server on a narrow link, a tree of listeners below it, and somebody who kills."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.chaos.hiccups import Hiccups
from bench.chaos.servers import READY
from bench.chaos.silences import Span
from bench.links.path import Path as Way
from bench.links.path import Phase
from bench.links.wire import Side, wire
from bench.process import Process
from bench.station.addresses import add_addresses
from bench.station.crowd import Crowd
from bench.station.member import Member
from bench.station.tree import Node
from bench.station.uplink import Uplink
from bench.taped import STATION

PORT: Final = 55353
DELAY: Final = 0.02  # seconds, each way between the server and the listeners
OVERHEAD: Final = 1.08  # bytes on the link for each of the stream: headers, seals, conversation
SETTLE: Final = 10.0  # seconds that all play before anything happens
PATIENCE: Final = 30.0  # seconds for the server to start; a net, never a measure


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run.

    Attributes:
        seconds: for which listeners are killed.
        every: seconds between two kills.
        liars: how many listeners pass forgeries on.
        streams: how many the server's link has room for.
        rate: of the station, bytes per second.
    """

    seed: int
    seconds: float
    listeners: int
    every: float
    liars: int
    streams: int
    fan_out: int
    rate: float


@dataclass(slots=True)
class Run:
    """What has happened.

    Attributes:
        members: everybody who has ever listened.
        killed: how many of them were.
        mean_streams, most_streams: the server's upload, on average and in its worst seconds.
        depth, lag: the greatest that were seen: levels, seconds.
        banned: ports of those that the server has cut off.
        lied: ports of liars that had somebody to lie to for long.
        log: the server's.
    """

    members: list[Member] = field(default_factory=list[Member])
    killed: int = 0
    mean_streams: float = 0.0
    most_streams: float = 0.0
    depth: int = 0
    lag: float = 0.0
    banned: set[int] = field(default_factory=set[int])
    lied: set[int] = field(default_factory=set[int])
    hiccups: list[Span] = field(default_factory=list[Span])
    log: str = ""

    def see(self, nodes: list[Node]) -> None:
        """Note what the tree is like."""
        self.depth = max([self.depth, *(node.depth for node in nodes)])
        self.lag = max([self.lag, *(node.lag for node in nodes if node.lag is not None)])
        self.banned |= {node.port for node in nodes if node.is_banned}


def run(order: Order, work: Path, music: Path, say: Callable[[str], None]) -> Run:
    """Do it in the folder `work`; raises LinkError, ProgramError, TreeError and OSError."""
    found = Run()
    state = work / "state"
    room = order.streams * order.rate * OVERHEAD * 8  # bits per second
    down = Way(DELAY, (Phase(1.0, room),), queue=round(room / 8))
    with ExitStack() as holding:
        link = holding.enter_context(wire(down, Way(DELAY), seed=order.seed, congestion="cubic"))
        server = Process(
            link.command(Side.SERVER, _server_words(order, state, music)),
            work / "server.log",
            name="The server",
        )
        holding.callback(server.end)
        server.get_ready(READY, PATIENCE)
        crowd = Crowd(
            link.command(Side.CLIENT, ()),
            work,
            state,
            [f"{address}:{PORT}" for address in add_addresses(link)],
            size=order.listeners,
            seed=order.seed,
            seen=found.see,
            say=say,
        )
        holding.callback(crowd.close)
        hiccups = Hiccups()
        holding.callback(hiccups.close)
        say(f"{order.listeners} listeners come")
        crowd.gather()
        uplink = Uplink(lambda: link.passed().down.delivered_bytes, rate=order.rate)
        holding.callback(uplink.close)
        time.sleep(SETTLE)
        say("listeners are killed")
        began = time.monotonic()
        crowd.suffer(seconds=order.seconds, every=order.every, liars=order.liars)
        found.mean_streams, found.most_streams = uplink.mean(began), uplink.most(began)
        say("the listeners leave")
        crowd.close()
        found.members, found.killed, found.lied = crowd.members, crowd.killed, crowd.lied
        found.hiccups, found.log = hiccups.found, server.said()
    return found


def _server_words(order: Order, state: Path, music: Path) -> list[str]:
    words = [sys.executable, "-m", "server", "--verbose", "--state", str(state)]
    words += ["--station", STATION, "--fan-out", str(order.fan_out)]
    words += ["--station-feeds", str(order.streams - 1)]
    words += ["--max-sessions-per-address", "0", "--max-waiting-per-address", "0"]
    return [*words, str(PORT), str(music)]
