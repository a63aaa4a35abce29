# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the namespaces of a server and its clients, and their links: `-m bench.chaos.relay`.

The first line of standard input says how many links and how they are, later ones what becomes of
them; every answer is a line of JSON. At the end of the input, all that it made goes with it.
"""

import gc
import json
import os
import select
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from random import Random
from typing import Any, Final

from bench.chaos.reset import Flows, target_of
from bench.links.emulator import Emulator
from bench.links.namespaces import DEVICE, configure, inside, new_namespace, open_tun
from bench.links.path import path_from

READ_SIZE: Final = 65536  # bytes; a packet is never larger
BATCH: Final = 32  # packets read from one device before the others get their turn
PIECE: Final = 65536  # bytes of input read at once

clock = time.monotonic


def server_address(link: int) -> str:
    """Where the server is, for the clients of this link."""
    return f"10.77.{link}.1"


def client_address(link: int, move: int = 0) -> str:
    """Where the clients of this link are, after so many moves."""
    return f"10.77.{link}.{2 + move % 250}"


class Link:
    """A TUN device at each end, an emulator for each direction, and what crosses."""

    def __init__(
        self, number: int, server: int, client: int, wanted: Mapping[str, Any], seed: int
    ) -> None:
        """`server` and `client` are descriptors of namespaces; raises OSError."""
        device = f"{DEVICE}{number}"
        with inside(server):
            self.server = open_tun(device)
            configure(
                server_address(number),
                congestion=wanted["congestion"],
                is_forced=False,
                device=device,
            )
        with inside(client):
            self.client = open_tun()
            configure(client_address(number), congestion=wanted["congestion"], is_forced=False)
        self.down = Emulator(path_from(wanted["down"]), Random(seed))
        self.up = Emulator(path_from(wanted["up"]), Random(seed + 1))
        self._server_address = socket.inet_aton(server_address(number))
        self._flows = Flows(self._server_address)

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Other paths from now on."""
        self.down.change(path_from(wanted["down"]))
        self.up.change(path_from(wanted["up"]))

    def read(self, tun: int) -> None:
        """Take what one end sends."""
        emulator = self.down if tun == self.server else self.up
        for _ in range(BATCH):
            try:
                packet = os.read(tun, READ_SIZE)
            except BlockingIOError:
                return
            answer = self._flows.pass_on(packet)
            if answer is None:
                emulator.push(packet, clock())
            elif answer:
                os.write(tun, answer)

    def write(self, now: float) -> None:
        """Hand over what has arrived."""
        for packet in self.down.pull(now):
            os.write(self.client, packet)
        for packet in self.up.pull(now):
            os.write(self.server, packet)

    def reset(self, port: int | None, share: float) -> int:
        """Reset connections; how many."""
        packets = self._flows.reset(port=port, share=share)
        for packet in packets:
            to_server = target_of(packet) == self._server_address
            os.write(self.server if to_server else self.client, packet)
        return len(packets) // 2

    def deadline(self) -> float | None:
        """When to call `write` next."""
        dues = [due for due in (self.down.deadline(), self.up.deadline()) if due is not None]
        return min(dues, default=None)


class Relay:
    """All links."""

    def __init__(self, links: list[Link], control: int) -> None:
        """`control` is the descriptor that orders come from."""
        self._links = links
        self._by_tun = {tun: link for link in links for tun in (link.server, link.client)}
        self._control = control
        self._rest = b""

    def run(self) -> None:
        """Move packets until the orders end."""
        wanted = (*self._by_tun, self._control)
        while True:
            ready = select.select(wanted, (), (), self._timeout())[0]
            for tun in ready:
                if tun != self._control:
                    self._by_tun[tun].read(tun)
            now = clock()
            for link in self._links:
                link.write(now)
            if self._control in ready and not self._obey():
                return

    def _timeout(self) -> float | None:
        dues = [due for link in self._links if (due := link.deadline()) is not None]
        return max(0.0, min(dues) - clock()) if dues else None

    def _obey(self) -> bool:
        piece = os.read(self._control, PIECE)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            order: Mapping[str, Any] = json.loads(line)
            answer: dict[str, Any] = {}
            if "links" in order:
                answer["links"] = [
                    {"down": asdict(link.down.counts), "up": asdict(link.up.counts)}
                    for link in self._links
                ]
            elif "share" in order:
                answer["reset"] = self._links[order["link"]].reset(order["port"], order["share"])
            else:
                self._links[order["link"]].change(order)
            _say(answer)
        return bool(piece)


def main() -> int:
    """Hold the links until standard input ends."""
    gc.disable()  # the loop makes no cycles, and a collection would be a late packet
    control = sys.stdin.fileno()  # read without Python's buffer, which select cannot see into
    said = b""
    while not said.endswith(b"\n"):
        piece = os.read(control, PIECE)
        if not piece:
            return 1
        said += piece
    wanted: list[Mapping[str, Any]] = json.loads(said)
    try:
        server = new_namespace()
        clients = [new_namespace() for _ in wanted]
        links = [
            Link(number, server, clients[number], one, one["seed"])
            for number, one in enumerate(wanted)
        ]
    except OSError as error:
        _say({"failed": str(error)})
        return 1
    _say({"server": server, "clients": clients})
    Relay(links, control).run()
    return 0


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
