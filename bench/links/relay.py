# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that holds two namespaces and the link between them: `python -m bench.links.relay`.

The first line of standard input says what link (see `bench.links.wire`), later ones what to do;
every answer is one line of JSON. At the end of the input, everything it made goes with it.
"""

import gc
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from random import Random
from typing import Any, Final, Protocol

from bench.links import netem
from bench.links.emulator import Counts, Emulator
from bench.links.namespaces import (
    DEVICE,
    configure,
    inside,
    new_namespace,
    open_tun,
    run_ip,
)
from bench.links.path import Path, path_from

SERVER_ADDRESS: Final = "10.77.0.1"
CLIENT_ADDRESS: Final = "10.77.0.2"
READ_SIZE: Final = 65536  # bytes; a packet is never larger
BATCH: Final = 64  # packets read from one device before the other side gets its turn
PIECE: Final = 4096  # bytes of input read at once

clock = time.monotonic


class Carrier(Protocol):
    """What moves the packets."""

    def run(self, until_input: int) -> None:
        """Move packets until the descriptor can be read."""
        ...

    def begin(self, phase: float) -> None:
        """Let the link's clock show `phase` now."""
        ...

    def block(self, ports: frozenset[int] | None) -> None:
        """Lose all TCP packets from and to these ports from now on; None: whatever comes."""
        ...

    def counts(self) -> dict[str, Counts]:
        """What became of the packets of each direction."""
        ...


class TunCarrier:
    """Two TUN devices and an emulator for each direction."""

    def __init__(self, server: int, client: int, down: Path, up: Path, seed: int) -> None:
        """`server` and `client` are descriptors of namespaces; raises OSError."""
        self._server = _tun_in(server)
        self._client = _tun_in(client)
        self._down = Emulator(down, Random(seed))
        self._up = Emulator(up, Random(seed + 1))
        self._blocked: frozenset[int] | None = frozenset()

    def run(self, until_input: int) -> None:
        """Move packets until the descriptor can be read."""
        # select, because its timeout is in microseconds: that of epoll and poll is in milliseconds.
        wanted = (self._server, self._client, until_input)
        while True:
            now = clock()
            ready = select.select(wanted, (), (), self._timeout(now))[0]
            if self._server in ready:
                self._read(self._server, self._down)
            if self._client in ready:
                self._read(self._client, self._up)
            now = clock()
            _write(self._client, self._down.pull(now))
            _write(self._server, self._up.pull(now))
            if until_input in ready:
                return

    def begin(self, phase: float) -> None:
        """Let the link's clock show `phase` now."""
        now = clock()
        self._down.begin(now, phase=phase)
        self._up.begin(now, phase=phase)

    def block(self, ports: frozenset[int] | None) -> None:
        """Lose all TCP packets from and to these ports from now on; None: whatever comes."""
        self._blocked = ports

    def counts(self) -> dict[str, Counts]:
        """What became of the packets of each direction."""
        return {"down": self._down.counts, "up": self._up.counts}

    def _read(self, tun: int, emulator: Emulator) -> None:
        for _ in range(BATCH):
            try:
                packet = os.read(tun, READ_SIZE)
            except BlockingIOError:
                return
            if self._blocked is None or not self._blocked.isdisjoint(_ports(packet)):
                emulator.counts.cut += 1
            else:
                emulator.push(packet, clock())

    def _timeout(self, now: float) -> float | None:
        down, up = self._down.deadline(), self._up.deadline()
        if down is None and up is None:
            return None
        due = min(due for due in (down, up) if due is not None)
        return max(0.0, due - now)


class NetemCarrier:
    """A veth pair; the kernel does the work, and this only changes the options in time."""

    def __init__(self, server: int, client: int, down: Path, up: Path) -> None:
        """Raises OSError where the kernel has no netem."""
        self._namespaces = {"down": server, "up": client}
        self._changes = {"down": netem.timeline(down), "up": netem.timeline(up)}
        self._next = dict.fromkeys(self._changes, 1)
        self._origin: float | None = None
        with inside(server):
            peer = ("peer", "name", DEVICE, "netns", f"/proc/{os.getpid()}/fd/{client}")
            run_ip("link", "add", DEVICE, "type", "veth", *peer)
        for direction, changes in self._changes.items():
            self._set(direction, "add", changes[0].options)

    def run(self, until_input: int) -> None:
        """Change the options as time goes by, until the descriptor can be read."""
        while True:
            now = clock()
            timeout = None
            for direction, changes in self._changes.items():
                due = self._due(direction)
                while due is not None and due <= now:
                    self._set(direction, "change", changes[self._next[direction]].options)
                    self._next[direction] += 1
                    due = self._due(direction)
                if due is not None:
                    timeout = min(due - now, timeout if timeout is not None else due - now)
            if select.select((until_input,), (), (), timeout)[0]:
                return

    def begin(self, phase: float) -> None:
        """Let the link's clock show `phase` now."""
        self._origin = clock() - phase

    def block(self, ports: frozenset[int] | None) -> None:  # noqa: ARG002 an interface's
        """The kernel looks at no ports here; raises OSError."""
        raise OSError("only a link of kind tun can lose what one connection sends")

    def counts(self) -> dict[str, Counts]:
        """What the devices have counted; what netem dropped is not told apart."""
        return {
            "down": self._received(self._namespaces["up"]),
            "up": self._received(self._namespaces["down"]),
        }

    def _due(self, direction: str) -> float | None:
        changes, number = self._changes[direction], self._next[direction]
        if self._origin is None or number >= len(changes):
            return None
        return self._origin + changes[number].at

    def _set(self, direction: str, verb: str, options: tuple[str, ...]) -> None:
        command = ["tc", "qdisc", verb, "dev", DEVICE, "root", "netem", *options]
        with inside(self._namespaces[direction]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")

    def _received(self, namespace: int) -> Counts:
        command = ["ip", "-json", "-statistics", "link", "show", DEVICE]
        with inside(namespace):
            shown = subprocess.run(command, capture_output=True, text=True, check=True)
        received = json.loads(shown.stdout)[0]["stats64"]["rx"]
        return Counts(delivered=received["packets"], delivered_bytes=received["bytes"])


def main() -> int:
    """Hold the link until standard input ends."""
    gc.disable()  # the loop makes no cycles, and a collection would be a late packet
    descriptor = sys.stdin.fileno()  # read without Python's buffer, which select cannot see into
    said = b""
    while not said.endswith(b"\n"):
        piece = os.read(descriptor, PIECE)
        if not piece:
            return 1
        said += piece
    wanted: Mapping[str, Any] = json.loads(said)
    try:
        server, client = new_namespace(), new_namespace()
        carrier = _carrier(wanted, server, client)
        for namespace, address in ((server, SERVER_ADDRESS), (client, CLIENT_ADDRESS)):
            with inside(namespace):
                configure(address, congestion=wanted["congestion"], is_forced=wanted["is_forced"])
    except OSError as error:
        _say({"failed": str(error)})
        return 1
    kind = "netem" if isinstance(carrier, NetemCarrier) else "tun"
    _say({"server": server, "client": client, "kind": kind})
    while True:
        carrier.run(descriptor)
        line = os.read(descriptor, PIECE).decode()
        if not line:
            return 0
        for words in map(str.split, line.splitlines()):
            if words[0] == "begin":
                carrier.begin(float(words[1]))
            elif words[0] == "block":
                carrier.block(None if "all" in words else frozenset(map(int, words[1:])))
            counts = {name: asdict(counts) for name, counts in carrier.counts().items()}
            _say({**counts, "cpu": time.process_time()})


def _carrier(wanted: Mapping[str, Any], server: int, client: int) -> Carrier:
    down, up = path_from(wanted["down"]), path_from(wanted["up"])
    kind = wanted["kind"]
    can = netem.is_expressible(down) and netem.is_expressible(up)
    if kind == "netem" or (kind == "auto" and can and _kernel_has_netem(server)):
        return NetemCarrier(server, client, down, up)
    return TunCarrier(server, client, down, up, wanted["seed"])


def _kernel_has_netem(namespace: int) -> bool:
    """By trying, on a device that nobody uses."""
    with inside(namespace):
        words = ["tc", "qdisc", "add", "dev", "lo", "root", "netem"]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            return False
        words[2] = "del"
        subprocess.run(words, capture_output=True, check=False)
    return True


def _tun_in(namespace: int) -> int:
    with inside(namespace):
        return open_tun()


def _ports(packet: bytes) -> tuple[int, ...]:
    """The ports of an IPv4 packet of TCP; none of another."""
    at = (packet[0] & 0x0F) * 4
    if packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
        return ()
    ports: tuple[int, int] = struct.unpack_from("!HH", packet, at)
    return ports


def _write(tun: int, packets: list[bytes]) -> None:
    for packet in packets:
        os.write(tun, packet)


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
