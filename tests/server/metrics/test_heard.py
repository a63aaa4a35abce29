# SPDX-License-Identifier: GPL-3.0-or-later
"""What listeners tell: bounded, and added up."""

from control.heard import Heard, Starts
from server.metrics.heard import (
    MOST_DELAY,
    MOST_HEARD,
    MOST_STALLED,
    MOST_TIMES,
    HeardTally,
    bounded,
)

MOST = 0xFFFFFFFF


def test_what_nobody_can_have_heard_is_cut() -> None:
    liar = Heard(MOST, MOST, MOST, Starts(MOST, MOST, MOST), Starts(MOST, MOST, MOST))
    starts = Starts(MOST_TIMES, MOST_DELAY, MOST_DELAY)
    assert bounded(liar) == Heard(MOST_HEARD, MOST_TIMES, MOST_STALLED, starts, starts)


def test_what_may_be_is_believed() -> None:
    heard = Heard(3600, 2, 1500, Starts(3, 200, 900), Starts(1, 80, 80))
    assert bounded(heard) == heard
    assert bounded(Heard()) == Heard()


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
