# SPDX-License-Identifier: GPL-3.0-or-later
"""What listeners tell: bounded by what the server has seen itself, and added up."""

from dataclasses import replace

import pytest

from control.heard import Heard, Starts
from server.metrics.heard import MOST_DELAY, MOST_HEARD, HeardTally, Known, believed

MOST = 0xFFFFFFFF
LIAR = Heard(MOST, MOST, MOST, Starts(MOST, MOST, MOST), Starts(MOST, MOST, MOST))
HOUR = Known(3600.0, has_sound=True, songs=3, stations=1)


def test_what_nobody_can_have_heard_is_cut() -> None:
    years = Known(1e9, has_sound=True, songs=3, stations=1)
    assert believed(LIAR, years) == Heard(
        seconds=MOST_HEARD,
        stalls=MOST_HEARD,
        stalled=MOST,
        songs=Starts(3, MOST_DELAY, MOST_DELAY),
        stations=Starts(1, MOST_DELAY, MOST_DELAY),
    )


def test_a_session_has_heard_no_more_than_it_lasted_and_begun_no_more_than_it_asked_for() -> None:
    known = Known(10.4, has_sound=True, songs=2, stations=0)
    assert believed(LIAR, known) == Heard(10, 10, 10_400, Starts(2, 10_400, 10_400))


@pytest.mark.parametrize("age", [0.0, 1e6])
def test_who_was_sent_no_sound_has_heard_none(age: float) -> None:
    assert believed(LIAR, Known(age, has_sound=False, songs=9, stations=9)) is None


def test_sound_that_was_not_there_cannot_break_off() -> None:
    assert believed(Heard(0, 10_000, 5000, Starts(1, 200, 200)), HOUR) == Heard(
        songs=Starts(1, 200, 200)
    )


@pytest.mark.parametrize("told", [Heard(), Heard(stalls=10_000, stalled=5000)])
def test_what_says_nothing_is_no_report(told: Heard) -> None:
    assert believed(told, HOUR) is None


def test_what_may_be_is_believed() -> None:
    heard = Heard(3600, 2, 1500, Starts(3, 200, 900), Starts(1, 80, 80))
    assert believed(heard, HOUR) == heard
    # Both sides round, each on its own clock.
    assert believed(Heard(1), replace(HOUR, age=0.6)) == Heard(1)


def test_two_listeners() -> None:
    tally = HeardTally()
    tally.add(Heard(3600, 2, 1500, Starts(3, 200, 900)))
    tally.add(Heard(60, stations=Starts(1, 80, 80)))
    assert (tally.reports, tally.seconds, tally.stalls, tally.stalled) == (2, 3660, 2, 1.5)
    assert tally.starts == {"song": 3, "station": 1}
    assert (tally.median["song"].total, tally.worst["song"].total) == (0.2, 0.9)
    assert (tally.median["station"].total, tally.worst["station"].total) == (0.08, 0.08)
    assert [sum(one.counts) for one in tally.median.values()] == [1, 1]


def test_who_started_nothing_adds_no_delay() -> None:
    tally = HeardTally()
    tally.add(Heard(60))
    assert sum(tally.median["song"].counts) == sum(tally.worst["station"].counts) == 0
