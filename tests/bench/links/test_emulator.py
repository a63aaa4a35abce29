# SPDX-License-Identifier: GPL-3.0-or-later
"""One direction of a link: what comes in comes out late, in order, or not at all."""

from itertools import groupby
from random import Random

import pytest

from bench.links.emulator import Counts, Emulator
from bench.links.path import Path, Phase, Span

SECOND = (Phase(1, 8000.0),)  # 1000 bytes take a second


def emulator(path: Path, seed: int = 1) -> Emulator:
    return Emulator(path, Random(seed))


def arrivals(link: Emulator) -> list[tuple[float, bytes]]:
    """All that comes yet, with the times."""
    found: list[tuple[float, bytes]] = []
    while (due := link.deadline()) is not None:
        found += [(due, packet) for packet in link.pull(due)]
    return found


def test_a_packet_arrives_after_the_delay_and_not_before() -> None:
    link = emulator(Path(0.05))
    link.push(b"one", 10.0)
    assert link.deadline() == pytest.approx(10.05)
    assert link.pull(10.0499) == []
    assert link.pull(10.0501) == [b"one"]
    assert link.deadline() is None
    assert link.counts == Counts(came=1, delivered=1, delivered_bytes=3)


def test_a_packet_that_is_fetched_late_is_counted() -> None:
    link = emulator(Path(0.05))
    link.push(b"one", 10.0)
    link.push(b"two", 10.01)
    link.pull(10.0601)
    assert link.counts == Counts(came=2, delivered=2, delivered_bytes=6, late=1)


def test_packets_take_turns_on_the_rate() -> None:
    link = emulator(Path(0.5, SECOND, queue=9000))
    for number in range(3):
        link.push(bytes([number]) * 1000, 0.0)
    link.push(b"x" * 500, 7.0)
    found = arrivals(link)
    assert [due for due, _ in found] == pytest.approx([1.5, 2.5, 3.5, 8.0])
    assert [packet[0] for _, packet in found] == [0, 1, 2, ord("x")]


def test_what_does_not_fit_into_the_queue_is_dropped() -> None:
    link = emulator(Path(0.0, SECOND, queue=2000))
    for _ in range(4):
        link.push(b"x" * 1000, 0.0)
    assert link.counts.dropped == 2
    link.push(b"x" * 1000, 1.0)  # by then there is room for one
    link.push(b"x" * 1000, 1.0)
    assert link.counts.dropped == 3
    assert len(arrivals(link)) == 3


def test_a_packet_larger_than_the_queue_passes_an_empty_one() -> None:
    link = emulator(Path(0.0, SECOND, queue=100))
    link.push(b"x" * 1500, 0.0)
    assert len(arrivals(link)) == 1


def test_losses_are_as_many_as_asked_and_independent() -> None:
    link = emulator(Path(0.01, loss=0.05))
    fates = _fates(link, 40_000)
    assert link.counts.lost == pytest.approx(2000, rel=0.1)
    assert _mean_run(fates) == pytest.approx(1 / 0.95, rel=0.05)


def test_burst_losses_are_as_many_and_as_long_as_asked() -> None:
    link = emulator(Path(0.01, loss=0.3, burst=4))
    fates = _fates(link, 50_000)
    assert link.counts.lost == pytest.approx(15_000, rel=0.05)
    assert _mean_run(fates) == pytest.approx(4, rel=0.1)


def test_everything_or_nothing_can_be_lost() -> None:
    assert not any(_fates(emulator(Path(0, loss=1.0)), 100))
    assert all(_fates(emulator(Path(0, loss=0.0)), 100))


def test_the_same_seed_is_the_same_link() -> None:
    path = Path(0.01, loss=0.3, jitter=0.005)
    first, again, other = emulator(path), emulator(path), emulator(path, seed=2)
    for link in (first, again, other):
        for number in range(200):
            link.push(bytes([number]), number / 100)
    fates = arrivals(first)
    assert fates == arrivals(again)
    assert fates != arrivals(other)


def test_jitter_stays_within_its_bound_and_nothing_overtakes() -> None:
    link = emulator(Path(0.1, jitter=0.02))
    for number in range(250):
        link.push(bytes([number]), number * 0.001)
    found = arrivals(link)
    assert [packet[0] for _, packet in found] == list(range(250))
    late = [due - number * 0.001 for number, (due, _) in enumerate(found)]
    assert min(late) >= 0.08
    assert max(late) <= 0.12 + 1e-9
    assert max(late) - min(late) > 0.02


def test_a_cut_loses_what_would_be_sent_in_it() -> None:
    link = emulator(Path(0.0, SECOND, queue=9000, cuts=(Span(2.5, 2),)))
    link.begin(100.0)
    for number in range(6):
        link.push(bytes([number]) * 1000, 100.0)
    assert [packet[0] for _, packet in arrivals(link)] == [0, 1, 4, 5]
    assert link.counts.cut == 2


def test_a_hold_lets_packets_wait_for_its_end() -> None:
    link = emulator(Path(0.1, holds=(Span(1.0, 0.8, 30),)))
    link.begin(100.0, phase=28.0)
    for time in (102.8, 102.95, 103.6, 103.75):
        link.push(b"x", time)
    dues = [due for due, _ in arrivals(link)]
    assert dues == pytest.approx([102.9, 103.8, 103.8, 103.85])


def test_before_the_click_there_is_no_outage_and_the_first_rate() -> None:
    link = emulator(Path(0.0, (Phase(1, 8000), Phase(1, 80000)), cuts=(Span(0, 1000),)))
    link.push(b"x" * 1000, 50.0)
    link.push(b"x" * 1000, 50.0)
    assert [due for due, _ in arrivals(link)] == pytest.approx([51.0, 52.0])


def _fates(link: Emulator, packets: int) -> list[bool]:
    """Of each packet, whether it came through."""
    for number in range(packets):
        link.push(number.to_bytes(4), 0.0)
    there = {int.from_bytes(packet) for packet in link.pull(1.0)}
    return [number in there for number in range(packets)]


def _mean_run(fates: list[bool]) -> float:
    """How many are lost in a row, on average."""
    runs = [len(list(run)) for came, run in groupby(fates) if not came]
    return sum(runs) / len(runs)


def test_a_path_that_changes_spares_what_was_sent_before() -> None:
    link = emulator(Path(0.5, SECOND))
    link.push(b"x" * 1000, 0.0)
    link.change(Path(0.1, loss=1.0))
    link.push(b"lost", 0.0)
    link.change(Path(0.1))
    link.push(b"y", 0.2)  # nothing overtakes the packet that was sent before
    assert arrivals(link) == [(1.5, b"x" * 1000), (1.5, b"y")]
    assert link.counts.lost == 1
