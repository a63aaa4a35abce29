# SPDX-License-Identifier: GPL-3.0-or-later
"""Asked against got: datagrams through each emulated link tell what it really does."""

import select
import socket
import statistics
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bench.links.namespaces import inside, open_namespace
from bench.links.path import MTU, Path, Phase
from bench.links.relay import CLIENT_ADDRESS, SERVER_ADDRESS
from bench.links.scenarios import SCENARIOS, Scenario
from bench.links.wire import Side, Wire, wire

HEADERS: Final = 28  # bytes of IP and UDP
PORT: Final = 7000
PINGS: Final = 50
PING_EVERY: Final = 0.02  # seconds
LOSS_S: Final = 6.0  # seconds of datagrams that are counted
LOSS_SIZE: Final = 100  # bytes of a packet
LOSS_SHARE: Final = 0.5  # of the rate, so that the queue stays empty
MOST_PER_S: Final = 1500.0  # datagrams
FLOOD: Final = 1.3  # of the rate
FLOOD_S: Final = 4.0  # seconds
BURSTS: Final = Path(0.02, loss=0.05, burst=4.0)
NOTHING: Final = Path(0.0)
CLOCKED: Final = struct.Struct("!Id")  # number, time sent

clock = time.monotonic
Row = tuple[str, str, str, str]  # link, quantity, asked, got


@dataclass(frozen=True, slots=True)
class Arrival:
    """A datagram that came through."""

    number: int
    sent: float  # seconds
    at: float
    size: int  # bytes of the packet


class Ends:
    """A socket at each end of a link."""

    def __init__(self, link: Wire) -> None:
        """Raises OSError."""
        self.server = _socket_at(link, Side.SERVER, SERVER_ADDRESS)
        self.client = _socket_at(link, Side.CLIENT, CLIENT_ADDRESS)
        self.server.connect((CLIENT_ADDRESS, PORT))
        self.client.connect((SERVER_ADDRESS, PORT))

    def close(self) -> None:
        """Close both."""
        self.server.close()
        self.client.close()

    def round_trips(self) -> list[float]:
        """Seconds from the client to the server and back, one at a time."""
        found: list[float] = []
        for number in range(PINGS):
            sent = clock()
            self.client.send(CLOCKED.pack(number, sent))
            deadline = sent + 2.0
            while (now := clock()) < deadline:
                ready = select.select([self.server, self.client], [], [], deadline - now)[0]
                if self.server in ready:
                    self.server.send(self.server.recv(MTU))
                if self.client in ready and CLOCKED.unpack(self.client.recv(MTU))[0] == number:
                    found.append(clock() - sent)
                    break
            time.sleep(PING_EVERY)
        return found

    def send_down(self, *, size: int, rate: float, seconds: float) -> tuple[int, list[Arrival]]:
        """Packets of `size` bytes at `rate` bits per second; how many, and those that came."""
        interval = size * 8 / rate
        number, arrivals = 0, list[Arrival]()
        begin = clock()
        last = begin
        while True:
            now = clock()
            due = begin + number * interval
            if now >= due and now < begin + seconds:
                padding = bytes(size - HEADERS - CLOCKED.size)
                self.server.send(CLOCKED.pack(number, now) + padding)
                number += 1
                continue
            # After the last one, wait for what is still on its way.
            if now > max(begin + seconds, last) + 2.0:
                return number, arrivals
            timeout = due - now if now < begin + seconds else 0.1
            if select.select([self.client], [], [], max(0.0, timeout))[0]:
                data = self.client.recv(MTU)
                last = clock()
                index, sent = CLOCKED.unpack_from(data)
                arrivals.append(Arrival(index, sent, last, len(data) + HEADERS))


def accuracy(kind: str, names: Sequence[str]) -> list[Row]:
    """Measure every link; raises LinkError and OSError."""
    print("accuracy of a link that does nothing …", file=sys.stderr)
    rows = _empty_rows(kind)
    for scenario in SCENARIOS:
        if scenario.name in names:
            print(f"accuracy of link {scenario.name} …", file=sys.stderr)
            rows += _rows_of(scenario, kind)
    print("accuracy of burst loss …", file=sys.stderr)
    return rows + _burst_rows(kind)


def _rows_of(scenario: Scenario, kind: str) -> list[Row]:
    name, rows = scenario.name, list[Row]()
    with wire(scenario.down(), scenario.up(), kind=kind) as link:
        before = link.passed().cpu
        ends = Ends(link)
        try:
            trips = ends.round_trips()
            rate = scenario.rates[0].rate
            packet = (CLOCKED.size + HEADERS) * 8 / rate  # its own time on the wire
            rows.append(
                (
                    name,
                    "RTT, ms (median; 95 % under)",
                    f"{(scenario.rtt + packet) * 1e3:.2f}",
                    f"{statistics.median(trips) * 1e3:.2f}; {_share(trips, 0.95) * 1e3:.2f}",
                ),
            )
            rows.append((name, "loss, %", *_loss(ends, scenario.loss, rate)))
            link.begin(0.0)
            rows += _rates(name, ends, scenario)
            passed = link.passed()
        finally:
            ends.close()
    moved = passed.down.came + passed.up.came
    if moved:
        cost = f"{(passed.cpu - before) / moved * 1e6:.0f}"
        rows.append((name, "CPU of the relay, µs a packet", "", cost))
    return rows


def _empty_rows(kind: str) -> list[Row]:
    """What measuring adds: two programs have to wake up at either end."""
    with wire(NOTHING, NOTHING, kind=kind) as link:
        ends = Ends(link)
        try:
            trips = ends.round_trips()
        finally:
            ends.close()
    got = f"{statistics.median(trips) * 1e3:.2f}; {_share(trips, 0.95) * 1e3:.2f}"
    return [("none", "RTT, ms (median; 95 % under)", "0.00", got)]


def _loss(ends: Ends, asked: float, rate: float) -> tuple[str, str]:
    a_second = min(LOSS_SHARE * rate / LOSS_SIZE / 8, MOST_PER_S)
    sent, arrivals = ends.send_down(size=LOSS_SIZE, rate=a_second * LOSS_SIZE * 8, seconds=LOSS_S)
    return f"{asked * 100:g}", f"{(1 - len(arrivals) / sent) * 100:.2f} of {sent}"


def _rates(name: str, ends: Ends, scenario: Scenario) -> list[Row]:
    """The rate, phase by phase, and how long nothing came."""
    phases = scenario.rates
    most = max(phase.rate for phase in phases)
    seconds = sum(phase.seconds for phase in phases) if len(phases) > 1 else FLOOD_S
    for span in (*scenario.cuts, *scenario.holds):
        seconds = max(seconds, span.begin + span.seconds + 2.0)
    begin = clock()
    _, arrivals = ends.send_down(size=MTU, rate=most * FLOOD, seconds=seconds)
    rows: list[Row] = []
    low = 0.0
    for phase in phases:
        end = low + (phase.seconds if len(phases) > 1 else seconds)
        rows.append(_rate_row(name, scenario, phase, arrivals, begin + low, begin + end))
        low = end
    for span in (*scenario.cuts, *scenario.holds):
        times = [arrival.at for arrival in arrivals]
        gap = max(later - before for before, later in pairwise(times))
        rows.append((name, "longest silence, s", f"{span.seconds:g}", f"{gap:.3f}"))
    return rows


def _rate_row(
    name: str,
    scenario: Scenario,
    phase: Phase,
    arrivals: list[Arrival],
    begin: float,
    end: float,
) -> Row:
    # Without the edges, where the queue fills or another rate still shows, and without the silence.
    silence = sum(span.seconds for span in scenario.cuts)
    low, high = begin + 0.5 + scenario.rtt, end
    inside_it = [arrival for arrival in arrivals if low <= arrival.at < high]
    took = inside_it[-1].at - inside_it[0].at - silence
    rate = sum(arrival.size for arrival in inside_it[1:]) * 8 / took
    asked = phase.rate * (1 - scenario.loss)
    return name, "rate behind the loss, kbit/s", f"{asked / 1e3:.1f}", f"{rate / 1e3:.1f}"


def _burst_rows(kind: str) -> list[Row]:
    with wire(BURSTS, Path(BURSTS.delay), kind=kind) as link:
        ends = Ends(link)
        try:
            rate = MOST_PER_S * LOSS_SIZE * 8
            sent, arrivals = ends.send_down(size=LOSS_SIZE, rate=rate, seconds=LOSS_S)
        finally:
            ends.close()
    numbers = [arrival.number for arrival in arrivals]
    gaps = [after - before - 1 for before, after in pairwise(numbers)]
    runs = [gap for gap in gaps if gap > 0]
    got = f"{(1 - len(arrivals) / sent) * 100:.2f} of {sent}"
    return [
        ("burst", "loss, %", f"{BURSTS.loss * 100:g}", got),
        ("burst", "lost in a row, mean", f"{BURSTS.burst:g}", f"{statistics.mean(runs):.2f}"),
    ]


def _socket_at(link: Wire, side: Side, address: str) -> socket.socket:
    with open_namespace(link.namespace(side)) as namespace, inside(namespace):
        # A socket belongs to the namespace that it was made in, whoever uses it.
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    made.bind((address, PORT))
    return made


def _share(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
