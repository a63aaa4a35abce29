# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule on links made by hand, where one can say beforehand when it starts and stops."""

import pytest

from bench.buffer.lateness import lateness
from bench.buffer.listener import Moment, Outcome, Stage
from bench.buffer.players import FIXED, OWN, PLAYERS
from bench.buffer.traces import trace
from bench.buffer.workload import play
from data.timemap import TimeMap

SONG = TimeMap(1.0, (16_000,) * 60, 60.0)  # 128 kbit/s
STEADY = [(600.0, 256.0)]  # twice what is played
SLOW = [(600.0, 96.0)]  # three quarters of it
GAP = [(4.0, 192.0), (10.0, 0.0), (600.0, 192.0)]


def listen(rule: str, steps: list[tuple[float, float]], song: TimeMap = SONG) -> Outcome:
    """One play; round trips take 40 ms, the server 10."""
    stage = Stage(play(trace("t", steps, of="s", group="g"), song, kbps=128, rtt=0.04))
    return stage.listen(PLAYERS[rule](song))


@pytest.mark.parametrize("seconds", FIXED)
def test_a_fixed_mark_is_reached_when_so_much_has_come(seconds: float) -> None:
    outcome = listen(f"fixed-{seconds:g}", STEADY)
    assert outcome.start == pytest.approx(0.05 + seconds / 2, abs=0.1)
    assert (outcome.stalls, outcome.stalled) == (0, 0)


def test_a_fixed_mark_stalls_again_and_again_on_a_slow_link() -> None:
    outcome = listen("fixed-2", SLOW)
    # 2 s at hand last for 8: the song has 60, and all of it takes 80.
    assert outcome.start == pytest.approx(0.05 + 2 / 0.75, abs=0.1)
    assert outcome.stalls in range(6, 8)
    assert outcome.start + outcome.stalled == pytest.approx(20, abs=2.8)


@pytest.mark.parametrize("rule", [OWN, "whole-mean-1", "whole-1", "whole-1.15", "whole-1.5"])
def test_who_computes_waits_once(rule: str) -> None:
    outcome = listen(rule, SLOW)
    assert outcome.stalls <= 1
    assert outcome.start > 10


def test_our_own_waits_as_long_as_it_must_on_a_steady_link() -> None:
    oracle = lateness(
        SONG, play(trace("t", SLOW, of="s", group="g"), SONG, kbps=128, rtt=0.04).arrivals
    ).oracle
    outcome = listen(OWN, SLOW)
    assert outcome.stalls == 0
    assert oracle < outcome.start < oracle + 3


def test_mpv_starts_at_once_and_goes_on_with_a_second() -> None:
    outcome = listen("mpv", GAP)
    assert outcome.start == pytest.approx(0.1, abs=0.1)
    assert outcome.stalls == 1
    # 6 s of sound came by second 4 and are played by 6; the link is back at 14.
    assert outcome.stalled == pytest.approx(14 - 6 + 1 / 1.5, abs=0.3)


def test_queue2_stops_before_it_is_dry() -> None:
    outcome = listen("queue2", GAP)
    assert outcome.start == pytest.approx(0.05 + 1.98 / 1.5, abs=0.15)
    assert outcome.stalls == 1
    assert outcome.stalled == pytest.approx(14 - (outcome.start + 5.8) + 1.8 / 1.5, abs=0.3)


def test_the_harmonic_mean_fears_what_the_plain_does_not() -> None:
    lumps = [(1.0, 32.0), (1.0, 384.0)] * 300  # in the mean a bit more than is played
    assert listen("whole-1", lumps).start > listen("whole-mean-1", lumps).start + 10


@pytest.mark.parametrize("rule", PLAYERS)
def test_a_fast_link_is_no_trouble_for_anyone(rule: str) -> None:
    outcome = listen(rule, [(600.0, 20_000.0)])
    assert outcome.start < 1.2
    assert outcome.stalls == 0
    assert outcome.cost == outcome.start


@pytest.mark.parametrize("rule", PLAYERS)
def test_a_song_shorter_than_any_mark_is_played(rule: str) -> None:
    outcome = listen(rule, SLOW, TimeMap(1.0, (16_000, 4_000), 1.25))
    assert outcome.start < 2.2
    assert outcome.stalls <= 1


def test_a_stall_costs_three_a_second_and_five() -> None:
    assert Outcome(start=2.0, stalls=2, stalled=4.0).cost == 2 + 12 + 10


class Ledger:
    """A rule that writes down what it is told, and starts with a second of sound."""

    low = 0.0

    def __init__(self) -> None:
        self.sizes: list[tuple[float, int]] = []
        self.moments: list[tuple[Moment, int]] = []  # and what had arrived by then

    def arrived(self, size: int, *, now: float) -> None:
        """Write it down."""
        self.sizes.append((now, size))

    def ready(self, moment: Moment) -> bool:
        """Write down what was told before it."""
        self.moments.append((moment, sum(size for _, size in self.sizes)))
        return moment.buffered >= 1.0


def test_a_rule_is_told_of_everything_in_its_time() -> None:
    stage, ledger = (
        Stage(play(trace("t", GAP, of="s", group="g"), SONG, kbps=128, rtt=0.04)),
        Ledger(),
    )
    outcome = stage.listen(ledger)
    assert outcome.stalls == 1
    times = [now for now, _ in ledger.sizes]
    assert times == sorted(times)
    # Also while it played: no second of sound came at once but after the gap.
    assert sum(1 for now in times if 1.0 < now < 4.0) >= 10
    for moment, told in ledger.moments:
        played = SONG.offset_at(moment.position)
        assert told == pytest.approx(played + moment.held, abs=2)
