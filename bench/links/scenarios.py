# SPDX-License-Identifier: GPL-3.0-or-later
"""The links that are emulated, one row each."""

from dataclasses import dataclass
from random import Random
from typing import Final

from bench.links.path import MTU, Path, Phase, Span

LEAST_QUEUE: Final = 20 * MTU  # bytes
STEADY: Final = 1.0  # seconds of a rate that never changes; any number would do


@dataclass(frozen=True, slots=True)
class Scenario:
    """A link, and the song that is played over it.

    The data direction is the one from the server: loss, rate and queue are there. Both directions
    have half of the round trip, the jitter, the cuts and the holds.
    """

    name: str
    what: str
    rtt: float  # seconds
    rates: tuple[Phase, ...]
    loss: float = 0.0
    jitter: float = 0.0
    cuts: tuple[Span, ...] = ()
    holds: tuple[Span, ...] = ()
    song_kbps: int = 128
    phases: tuple[float, float] = (0.0, 0.0)  # of the link's clock at the click, from run 2 on

    def down(self) -> Path:
        """From the server to the client."""
        mean = sum(phase.seconds * phase.rate for phase in self.rates) / sum(
            phase.seconds for phase in self.rates
        )
        # Twice what a connection needs to keep the link busy: neither starved nor bloated.
        queue = max(LEAST_QUEUE, round(2 * self.rtt * mean / 8))
        return Path(
            self.rtt / 2,
            self.rates,
            queue,
            self.loss,
            jitter=self.jitter,
            cuts=self.cuts,
            holds=self.holds,
        )

    def up(self) -> Path:
        """From the client to the server."""
        return Path(self.rtt / 2, jitter=self.jitter, cuts=self.cuts, holds=self.holds)

    def phase(self, seed: int, run: int) -> float:
        """What the link's clock shows at the click: 0 in the first run, then by chance."""
        if run == 0:
            return 0.0
        return Random(f"{self.name} {seed} {run}").uniform(*self.phases)


def steady(rate: float) -> tuple[Phase, ...]:
    """A rate in bits per second that never changes."""
    return (Phase(STEADY, rate),)


SCENARIOS: Final = (
    Scenario("A", "50 ms, 10 Mbit/s", 0.050, steady(10e6)),
    Scenario("B", "100 ms, 2 % loss, 2 Mbit/s", 0.100, steady(2e6), 0.02),
    Scenario("C", "200 ms, 5 % loss, 1 Mbit/s", 0.200, steady(1e6), 0.05),
    Scenario(
        "D",
        "300 ms, 1 % loss, 96 kbit/s for 8 s, 600 kbit/s for 8 s, and so on",
        0.300,
        (Phase(8, 96e3), Phase(8, 600e3)),
        0.01,
        phases=(0, 16),
    ),
    Scenario("E", "80 ms, 160 kbit/s, song of 192 kbit/s", 0.080, steady(160e3), song_kbps=192),
    Scenario(
        "O",
        "80 ms, 400 kbit/s, all lost for 6 s from 10 s after the click on",
        0.080,
        steady(400e3),
        cuts=(Span(10, 6),),
        phases=(-8, 6),  # from 4 to 18 s after the click
    ),
    Scenario(
        "W",
        "20 ms ± 2 ms, 4 Mbit/s, nothing arrives for 800 ms every 30 s",
        0.020,
        steady(4e6),
        jitter=0.002,
        holds=(Span(3, 0.8, 30),),
        phases=(0, 30),
    ),
)
BY_NAME: Final = {scenario.name: scenario for scenario in SCENARIOS}
