# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners of one station at several servers, who compare what they were sent and when."""

import select
import time
from collections.abc import Callable
from typing import NamedTuple

from control.queue_messages import OnAir
from data.connection import ClientEvent
from tests.e2e.raw_control import Address
from tests.e2e.server_process import PATIENCE
from tests.e2e.songs import FRAME
from tests.e2e.station_client import Ear, Stretch

FRAME_MS = 1152 / 44.1  # how long each MPEG frame of `songs` is heard
ASKED = 10  # times for the place of a server; the answer that came quickest counts


class Place(NamedTuple):
    """How far into the station a server was at the beginning of this process's clock, in ms."""

    zero_ms: float
    width_ms: float  # it was there somewhen in this time


class Witness(Ear):
    """Checks each stretch as it comes, and keeps it.

    Attributes:
        stretches: by the station offset at which each begins.
    """

    def __init__(self, address: Address) -> None:
        """A session that is tuned in to nothing."""
        super().__init__(address)
        self.stretches: dict[int, Stretch] = {}

    @property
    def begun(self) -> dict[int, int]:
        """The station offsets at which songs begin, by their numbers."""
        return {heard.song.number: heard.offset for heard in self.songs}

    def take_in(self) -> None:
        """What has come; waits for something."""
        self._stretch(self._next_event())
        while self._events:
            self._stretch(self._events.popleft())
        assert self.failed is None, f"its stream has failed: {self.failed.text}"

    def place(self, station: str) -> Place:
        """Where the server is in the station."""
        return min((self._place(station) for _ in range(ASKED)), key=lambda place: place.width_ms)

    def _place(self, station: str) -> Place:
        asked = time.monotonic()
        answer = self.now(station)
        answered = time.monotonic()
        return Place(
            self._played_ms(answer) - (asked + answered) * 500, (answered - asked) * 1000 + 1
        )

    def _played_ms(self, now: OnAir) -> float:
        while now.song not in self.begun:  # asked for as it begins
            self.take_in()
        # All frames are alike, and a song that is skipped ends behind one of them.
        return self.begun[now.song] / FRAME * FRAME_MS + now.elapsed

    def _stretch(self, event: ClientEvent) -> Stretch | None:
        stretch = super()._stretch(event)
        if stretch is not None:
            self.stretches[stretch.offset] = stretch
        return stretch


def hear_on(witnesses: list[Witness], condition: Callable[[], object]) -> None:
    """Let everybody listen until something is so."""
    sockets = {witness.data: witness for witness in witnesses if witness.data is not None}
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "heard in vain"
        readable, _, _ = select.select(list(sockets), [], [], 0.05)
        for sock in readable:
            sockets[sock].take_in()


def compare(one: Witness, two: Witness) -> range:
    """The station offsets at which both have the same, byte for byte and seal for seal."""
    begin = max(min(one.stretches), min(two.stretches))
    end = min(one.next, two.next)
    mine, yours = (
        {at: w.stretches[at] for at in w.stretches if begin <= at < end} for w in (one, two)
    )
    assert mine == yours
    reached = begin
    for at in sorted(mine):
        assert at == reached, "a gap"
        reached += len(mine[at].audio)
    assert reached == end
    return range(begin, end)


def apart_ms(one: Witness, two: Witness, station: str) -> float:
    """How far two servers are apart in the station; AssertionError where it is over a frame.

    Only as exactly as it can be asked for on a busy machine.
    """
    mine, yours = one.place(station), two.place(station)
    apart = mine.zero_ms - yours.zero_ms
    assert abs(apart) <= FRAME_MS + (mine.width_ms + yours.width_ms) / 2
    return apart
