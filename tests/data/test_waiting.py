# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixed start rule, as it decides and as it is explained."""

import pytest

from data.demand import Demand
from data.estimate import Measured
from data.timemap import TimeMap
from data.waiting import FixedStart, Outlook, Situation, StartRule

SONG = TimeMap(1.0, (16_000,) * 100, 100.0)
LINK = Measured(2.0, 8_000.0, 8_000.0, 8_000.0, 0.1, 0.1, 0.0, 1.0)


def waiting(
    buffered: float,
    *,
    left: float = 100.0,
    complete: bool = False,
    resuming: bool = False,
    measured: Measured | None = LINK,
) -> Situation:
    """So much sound at hand."""
    demand = Demand(SONG, position=100.0 - left)
    held = int(16_000 * buffered)
    return Situation(buffered, held, demand, complete, resuming, 0.0, measured)


@pytest.mark.parametrize(
    ("situation", "ready"),
    [
        (waiting(0.0), False),
        (waiting(1.9), False),
        (waiting(2.0), True),
        (waiting(2.0, measured=None), True),
        (waiting(3.9, resuming=True), False),
        (waiting(4.0, resuming=True), True),
        (waiting(0.1, complete=True, resuming=True), True),  # all there is has arrived
        (waiting(0.9, left=1.0), False),
        (waiting(1.0, left=1.0, resuming=True), True),  # no more can come
        (waiting(0.0, left=0.0), True),
    ],
)
def test_ready(situation: Situation, *, ready: bool) -> None:
    rule: StartRule = FixedStart(2.0)
    assert rule.decide(situation).ready is ready


@pytest.mark.parametrize(
    ("situation", "outlook"),
    [
        (waiting(1.0), Outlook(2.0, 2.0)),
        (waiting(1.0, resuming=True), Outlook(4.0, 6.0)),
        (waiting(2.5), Outlook(2.0, 0.0)),
        (waiting(0.5, complete=True), Outlook(0.5, 0.0)),
        (waiting(0.0, measured=None), Outlook(2.0, None)),
        (waiting(0.5, left=1.0), Outlook(1.0, 1.0)),
    ],
)
def test_outlook(situation: Situation, outlook: Outlook) -> None:
    assert FixedStart(2.0).outlook(situation) == outlook
