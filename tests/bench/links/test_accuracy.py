# SPDX-License-Identifier: GPL-3.0-or-later
"""The measurement of the links themselves sees each datagram once, and the lost ones not at all."""

import pytest

from bench.links import accuracy
from bench.links.accuracy import Ends
from bench.links.path import Path
from bench.links.wire import wire
from tests.bench.links.test_wire import why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def test_what_is_sent_is_told_from_what_arrives() -> None:
    with wire(Path(0.001, loss=0.5), Path(0.001), kind="tun") as link:
        ends = Ends(link)
        try:
            sent, arrivals = ends.send_down(size=100, rate=400_000, seconds=0.4)
        finally:
            ends.close()
        passed = link.passed()
    assert passed.down.came == sent > 100
    assert passed.down.delivered == len(arrivals)
    assert 0.2 * sent < passed.down.lost == sent - len(arrivals) < 0.8 * sent
    numbers = [arrival.number for arrival in arrivals]
    assert numbers == sorted(set(numbers))
    assert {arrival.size for arrival in arrivals} == {100}


def test_every_ping_comes_back_later_than_the_link_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy, "PINGS", 3)
    with wire(Path(0.01), Path(0.02), kind="tun") as link:
        ends = Ends(link)
        try:
            trips = ends.round_trips()
        finally:
            ends.close()
    assert len(trips) == 3
    assert min(trips) >= 0.03
