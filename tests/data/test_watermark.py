# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule that computes its mark: what moves it, its limits, and what it tells of the wait."""

from dataclasses import replace

import pytest

from data.coefficients import RESUME
from data.demand import Demand
from data.estimate import Measured
from data.timemap import TimeMap
from data.waiting import Situation, StartRule
from data.watermark import Limits, Watermark, verdict

NEEDED = 16_000  # bytes per second
SONG = TimeMap(1.0, (NEEDED,) * 200, 200.0)


def link(times: float, *, elapsed: float = 3.0, spread: float = 0.3) -> Measured:
    """An even link that brings `times` of what is played."""
    rate, short = times * NEEDED, float(times < 1)
    return Measured(elapsed, rate, rate, rate, spread, spread, silent=0.0, short=short)


def waiting(
    buffered: float,
    measured: Measured | None,
    *,
    position: float = 0.0,
    complete: bool = False,
    resuming: bool = False,
    song: TimeMap = SONG,
) -> Situation:
    """So much sound at hand."""
    return Situation(
        buffered=buffered,
        held=song.offset_at(position + buffered) - song.offset_at(position),
        demand=Demand(song, position=position),
        complete=complete,
        resuming=resuming,
        waited=0.0 if measured is None else measured.elapsed,
        measured=measured,
    )


def ready(situation: Situation, limits: Limits | None = None) -> bool:
    """What the rule decides."""
    rule: StartRule = Watermark(limits or Limits())
    return rule.decide(situation).ready


def test_a_link_that_is_fast_enough_starts_with_a_second_of_sound() -> None:
    assert not ready(waiting(0.9, link(3.0)))
    assert ready(waiting(1.0, link(3.0)))


def test_a_very_fast_link_needs_less() -> None:
    fast = link(8.0, elapsed=0.1)
    assert ready(waiting(0.6, fast))
    assert not ready(waiting(0.4, fast))
    assert not ready(waiting(0.6, link(3.9, elapsed=0.1)))


def test_a_link_slower_than_the_song_waits_for_most_of_what_will_be_missing() -> None:
    assert not ready(waiting(2.0, link(0.6)))
    assert not ready(waiting(20.0, link(0.6, elapsed=30.0)))
    assert ready(waiting(120.0, link(0.6, elapsed=200.0)))


def test_a_steady_link_waits_as_long_as_it_must_and_not_longer() -> None:
    steady = replace(link(0.8, elapsed=20.0), spread=0.0)
    missing = 200.0 * (1 - 0.8 * 0.99)
    assert not ready(waiting(missing - 0.5, steady))
    assert ready(waiting(missing + 0.5, steady))


@pytest.mark.parametrize(
    ("elapsed", "spread", "wander", "share"),
    [
        (11.9, 0.05, 0.01, 0.1),  # too early to tell lumps from a link that changes
        (12.1, 0.05, 0.02, 0.04),
        (12.1, 0.08, 0.01, 0.04),  # lumps, which by chance fell evenly
        (12.1, 0.05, 0.30, 0.1),
    ],
)
def test_lumps_of_a_second_are_no_unsteady_link(
    elapsed: float, spread: float, wander: float, share: float
) -> None:
    lumpy = replace(link(0.8, elapsed=elapsed), spread=spread, wander=wander)
    missing = 200.0 * (1 - 0.8 * (0.99 - share))
    assert not verdict(waiting(missing - 0.5, lumpy), lumpy)
    assert verdict(waiting(missing + 0.5, lumpy), lumpy)


def test_what_is_at_hand_and_what_is_left_decide_together() -> None:
    slow = link(0.7, elapsed=12.0)
    assert not ready(waiting(12.0, slow))
    assert ready(waiting(12.0, slow, position=182.0))


def test_nothing_is_started_before_anything_is_measured() -> None:
    assert not ready(waiting(0.0, None))
    assert not ready(waiting(5.0, None))
    assert not ready(waiting(5.0, link(0.0)))


def test_a_complete_song_starts_whatever_the_link_did() -> None:
    assert ready(waiting(0.3, link(0.1), complete=True))
    assert ready(waiting(0.0, None, complete=True))
    assert ready(waiting(0.0, link(1.0), position=200.0))


def test_after_a_stall_two_seconds_are_the_least() -> None:
    assert not ready(waiting(1.9, link(3.0), position=50.0, resuming=True))
    assert ready(waiting(2.0, link(3.0), position=50.0, resuming=True))


def test_the_end_of_a_song_can_be_shorter_than_any_limit() -> None:
    assert ready(waiting(0.3, link(3.0), position=199.7))


@pytest.mark.parametrize("resuming", [False, True])
def test_the_greatest_mark_starts_whatever_is_to_be_feared(*, resuming: bool) -> None:
    hopeless = link(0.1, elapsed=100.0)
    limits = Limits(most=10.0)
    assert not ready(waiting(9.9, hopeless, resuming=resuming), limits)
    assert ready(waiting(10.0, hopeless, resuming=resuming), limits)
    assert ready(waiting(0.01, hopeless), Limits(most=0.0))


def test_the_least_mark_holds_back_whatever_is_to_be_hoped() -> None:
    limits = Limits(least=30.0, least_on_fast=30.0, least_to_resume=40.0)
    hopeful = link(20.0)
    assert not ready(waiting(29.9, hopeful), limits)
    assert ready(waiting(30.0, hopeful), limits)
    assert not ready(waiting(39.9, hopeful, resuming=True), limits)
    assert ready(waiting(40.0, hopeful, resuming=True), limits)
    # The smaller limit wins where the two contradict each other.
    assert ready(waiting(5.0, hopeful), replace(limits, most=5.0))
    nothing = Limits(least=0.0, least_on_fast=0.0)
    assert ready(waiting(0.05, link(10.0, elapsed=0.2)), nothing)


def test_a_loud_passage_ahead_is_waited_for() -> None:
    loud = TimeMap(1.0, (8_000,) * 60 + (64_000,) * 30 + (8_000,) * 110, 200.0)
    even = TimeMap(1.0, (loud.total // 200,) * 200, 200.0)
    rate = 1.15 * loud.total / 200
    measured = Measured(10.0, rate, rate, rate, 0.05, 0.05, 0.0, 0.0)
    assert ready(waiting(6.0, measured, song=even))
    assert not ready(waiting(6.0, measured, song=loud))


def test_confidence_grows_with_sound_and_speed() -> None:
    rule = Watermark()
    by_sound = [rule.decide(waiting(n, link(1.1))).confidence for n in (1.0, 5.0, 20.0, 80.0)]
    by_speed = [rule.decide(waiting(3.0, link(n))).confidence for n in (0.6, 1.0, 1.5, 3.0)]
    assert by_sound == sorted(by_sound)
    assert by_speed == sorted(by_speed)
    assert all(0 < value < 1 for value in by_sound + by_speed)
    assert rule.decide(waiting(3.0, None)).confidence == 0


def test_the_wait_that_is_told_is_the_wait_that_comes() -> None:
    steady = replace(link(0.8, elapsed=10.0), spread=0.0)
    situation = waiting(8.0, steady)
    outlook = Watermark().outlook(situation)
    # 0.8 s of sound come each second, and 41.6 s must be there.
    assert outlook.mark == pytest.approx(41.6, abs=0.2)
    assert outlook.wait == pytest.approx((41.6 - 8.0) / 0.8, abs=0.3)


@pytest.mark.parametrize("times", [0.5, 0.9, 1.05])
def test_the_outlook_agrees_with_the_decision(times: float) -> None:
    rule = Watermark()
    outlook = rule.outlook(waiting(0.5, link(times, elapsed=1.0)))
    assert outlook.wait is not None
    assert outlook.wait > 0
    later = link(times, elapsed=1.0 + outlook.wait + 0.1)
    there = replace(waiting(outlook.mark + 0.1, later), waited=1.0 + outlook.wait + 0.1)
    assert rule.decide(there).ready


def test_there_is_no_outlook_where_nothing_comes() -> None:
    rule = Watermark()
    assert rule.outlook(waiting(0.0, None)).wait is None
    assert rule.outlook(waiting(0.0, None)).mark == 1.0
    assert rule.outlook(waiting(0.5, link(0.0))).wait is None
    assert rule.outlook(waiting(0.1, link(0.001, elapsed=50.0))).wait is None
    assert rule.outlook(waiting(3.0, link(5.0))).wait == 0


def test_a_stall_is_followed_by_a_mark_of_its_own() -> None:
    never = replace(RESUME, bias=-50.0)
    first = waiting(3.0, link(3.0, elapsed=2.0))
    assert Watermark(resume=never).decide(first).ready
    assert not Watermark(resume=never).decide(replace(first, resuming=True)).ready
    assert not Watermark(start=never).decide(first).ready
