# SPDX-License-Identifier: GPL-3.0-or-later
"""From a trace to the bytes of one song as they arrive: request, slow start, and our own credit."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.buffer.traces import Array
from common.constants import FIRST_WINDOW
from data.credit import Flight, Need, next_limit

FIRST_FLIGHT = 14600  # bytes: ten segments before the first acknowledgement (RFC 6928)
SERVER_DELAY = 0.01  # seconds from the request's arrival to the first byte
FINE = 0.02  # seconds between the points while TCP finds out what the link carries
SLOW_START = 6.0  # seconds; by then slow start is over at any round trip that is simulated


class TooShortError(Exception):
    """The flow was computed for too short a time to carry the whole song."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Bytes of the song that have arrived, linear between the points.

    Attributes:
        times: seconds since the click, rising.
        bytes: how many bytes were there, never falling; from 0 to all of the song.
    """

    times: Array
    bytes: Array

    @property
    def first(self) -> float:
        """When the first byte is there."""
        return float(self.times[int(np.searchsorted(self.bytes, 0.0, side="right")) - 1])

    def at(self, times: Array) -> Array:
        """Bytes that are there at these times."""
        return np.interp(times, self.times, self.bytes)

    def when(self, sizes: Array) -> Array:
        """Earliest time at which so many bytes are there (at most all of them)."""
        after = np.searchsorted(self.bytes, sizes, side="left")
        after = np.clip(after, 1, len(self.bytes) - 1)
        begin, end = self.bytes[after - 1], self.bytes[after]
        rising = np.maximum(end - begin, 1e-9)
        share = np.clip((sizes - begin) / rising, 0.0, 1.0)
        return self.times[after - 1] + share * (self.times[after] - self.times[after - 1])


@dataclass(frozen=True, slots=True)
class Flow:
    """What a connection could bring, beyond the song's end; otherwise as `Arrivals`."""

    times: Array
    bytes: Array


def tcp(times: Array, passed: Array, *, rtt: float) -> Flow:
    """A connection on a link that lets pass `passed` bytes by `times` (seconds since the click).

    The request takes one round trip (`rtt`, seconds). Then no more arrives than slow start lets out
    (a first flight, doubled every round trip), and what the link had no use for is lost:
    A(t) = C(t) + min over u <= t of (S(u) - C(u)).
    """
    first = rtt + SERVER_DELAY
    fine = np.arange(first, first + SLOW_START, FINE)
    grid = np.unique(np.concatenate([fine, times[times > first]]))
    carried = np.interp(grid, times, passed)
    rounds = np.minimum((grid - first) / rtt, 60.0)
    # Doubled each round trip; continuous, and at `first` nothing has passed.
    sent = FIRST_FLIGHT * (np.exp2(rounds + 1) - 2 + np.minimum(1.0, 4 * rounds))
    carried += np.minimum.accumulate(sent - carried)
    return Flow(np.concatenate([[0.0], grid]), np.concatenate([[0.0], carried]))


def unlimited(flow: Flow, total: int) -> Arrivals:
    """A song of `total` bytes over this connection; raises TooShortError where it carries less."""
    last = int(np.searchsorted(flow.bytes, total, side="left"))
    if last == len(flow.bytes):
        raise TooShortError
    end = float(_when(flow.times, flow.bytes, total))
    return Arrivals(np.append(flow.times[:last], end), np.append(flow.bytes[:last], total))


def credited(flow: Flow, total: int, *, rtt: float, step: int) -> Arrivals:
    """The same where the server sends within credit only, granted as `data.credit` says.

    Reading ahead is unlimited here; `step` is what a top-up is worth, in bytes. Link time that
    passes while the server waits for credit is lost.
    """
    times, passed = flow.times.tolist(), flow.bytes.tolist()
    limit, received, lost = FIRST_WINDOW, 0, 0.0
    stood: list[tuple[float, float, float]] = []  # (from, to, bytes): the flow waited for credit
    now = rtt + SERVER_DELAY
    flight = Flight()
    flight.round_trip(now)
    while limit < total:
        need = Need(received, limit, wanted=total, total=total, step=step, flight=flight.size)
        granted = next_limit(need)
        if granted is None:
            # The next look is when another part of the flight has arrived.
            size = min(limit - received, max(1, min(step, limit - received) // 8))
            received += size
            now = max(now, _when(times, passed, received + lost))
            flight.arrived(size, now=now)
            continue
        heard = now + rtt  # when the first byte comes that the new credit lets out
        overdue = _at(times, passed, heard) - lost - limit
        if overdue > 0:
            stood.append((_when(times, passed, limit + lost), heard, limit))
            lost += overdue
        limit = granted
    return unlimited(_standing(flow, stood), total)


def _standing(flow: Flow, stood: Sequence[tuple[float, float, float]]) -> Flow:
    """The flow without what would have passed in the times when it stood."""
    times, passed, begin, lost = [], [], -1.0, 0.0
    for since, until, size in stood:
        here = (flow.times > begin) & (flow.times < since)
        times += [flow.times[here], np.array([since, until])]
        passed += [flow.bytes[here] - lost, np.array([size, size])]
        begin, lost = until, float(np.interp(until, flow.times, flow.bytes)) - size
    here = flow.times > begin
    return Flow(
        np.concatenate([*times, flow.times[here]]),
        np.concatenate([*passed, flow.bytes[here] - lost]),
    )


def _at(times: Sequence[float], passed: Sequence[float], now: float) -> float:
    after = min(max(1, bisect_right(times, now)), len(times) - 1)
    begin, end = times[after - 1], times[after]
    share = min(1.0, max(0.0, (now - begin) / max(end - begin, 1e-9)))
    return passed[after - 1] + share * (passed[after] - passed[after - 1])


def _when(times: Sequence[float] | Array, passed: Sequence[float] | Array, size: float) -> float:
    after = min(max(1, bisect_left(passed, size)), len(times) - 1)
    begin, end = passed[after - 1], passed[after]
    share = min(1.0, max(0.0, (size - begin) / max(end - begin, 1e-9)))
    return float(times[after - 1] + share * (times[after] - times[after - 1]))
