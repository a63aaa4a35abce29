# SPDX-License-Identifier: GPL-3.0-or-later
"""What one direction of a link does to packets, as numbers; times in seconds of the link's clock.

The link's clock starts at the click, so that an outage meets every player at the same point.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import accumulate, cycle
from typing import Any

MTU = 1500  # bytes of the largest packet


@dataclass(frozen=True, slots=True)
class Phase:
    """A rate that holds for a while."""

    seconds: float
    rate: float  # bits per second, 0 for none at all


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, once or again and again."""

    begin: float
    seconds: float
    every: float = 0.0  # 0: once

    def end_at(self, time: float) -> float | None:
        """When the stretch ends in which `time` lies; None where it lies in none."""
        begin = self.begin
        if self.every > 0 and time > begin:
            begin += (time - begin) // self.every * self.every
        return begin + self.seconds if begin <= time < begin + self.seconds else None


@dataclass(frozen=True, slots=True)
class Path:
    """One direction.

    A packet waits in the queue for the rate, is then lost or not, and travels for `delay`. No
    packet overtakes another.
    """

    delay: float  # seconds
    rates: tuple[Phase, ...] = ()  # one after the other, over and over; none: no limit
    queue: int = 20 * MTU  # bytes that may wait for the rate; what does not fit is dropped
    loss: float = 0.0  # share of packets
    burst: float = 0.0  # packets lost in a row, on average; 0: each loss is independent
    jitter: float = 0.0  # seconds; each packet's delay is this much more or less at most
    cuts: tuple[Span, ...] = ()  # what would be sent then is lost
    holds: tuple[Span, ...] = ()  # what would arrive then arrives at their end

    def sent_at(self, size: int, time: float) -> float:
        """When the last bit of `size` bytes is sent, if the first one may be at `time`."""
        if not self.rates:
            return time
        if len(self.rates) == 1 and self.rates[0].rate > 0:
            return time + size * 8 / self.rates[0].rate
        bits = size * 8.0
        # Before the click, the first rate holds.
        ends = [0.0, *accumulate(phase.seconds for phase in self.rates)]
        round_begin = max(time, 0.0) // ends[-1] * ends[-1]
        for number, phase in cycle(enumerate(self.rates)):
            end = round_begin + ends[number + 1]
            if time < end:
                if bits <= (end - time) * phase.rate:
                    return time + bits / phase.rate
                bits -= (end - time) * phase.rate
                time = end
            if number == len(self.rates) - 1:
                round_begin += ends[-1]
        raise AssertionError("cycle ends")

    def mean_rate(self) -> float:
        """Bits per second over one round of the rates; infinite where there is no limit."""
        if not self.rates:
            return float("inf")
        return sum(phase.seconds * phase.rate for phase in self.rates) / sum(
            phase.seconds for phase in self.rates
        )

    def to_json(self) -> dict[str, Any]:
        """What `path_from` takes."""
        return asdict(self)


def path_from(fields: Mapping[str, Any]) -> Path:
    """The path that `to_json` wrote down."""
    rebuilt = dict(fields)
    rebuilt["rates"] = tuple(Phase(**phase) for phase in fields["rates"])
    rebuilt["cuts"] = tuple(Span(**span) for span in fields["cuts"])
    rebuilt["holds"] = tuple(Span(**span) for span in fields["holds"])
    return Path(**rebuilt)


def end_of(spans: tuple[Span, ...], time: float) -> float | None:
    """When the stretch ends in which `time` lies; None where it lies in none."""
    for span in spans:
        end = span.end_at(time)
        if end is not None:
            return end
    return None
