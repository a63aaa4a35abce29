# SPDX-License-Identifier: GPL-3.0-or-later
"""How often clients are told to say that they are alive."""

from pathlib import Path

import pytest

from control.session_messages import Hello
from server.config import Timers
from server.heartbeat import LONGEST, TIMES, Pace, pace
from tests.server.fakes import FakeControl, make_desk


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        (1, Pace(3, 9)),
        (99, Pace(3, 9)),
        (100, Pace(4, 12)),
        (1000, Pace(31, 93)),
        (10_000, Pace(60, 180)),
        (1_000_000, Pace(60, 180)),
    ],
)
def test_thousands_say_it_less_often(sessions: int, expected: Pace) -> None:
    assert pace(Timers(), sessions) == expected


@pytest.mark.parametrize("sessions", range(1, 10_001, 37))
def test_a_ping_or_two_may_be_lost(sessions: int) -> None:
    heartbeat, dead_after = pace(Timers(heartbeat=1, dead_after=2), sessions)
    assert dead_after >= (TIMES * heartbeat if heartbeat > 1 else 2)
    assert heartbeat <= LONGEST


def test_the_server_hears_few_a_second_however_they_came() -> None:
    told = [pace(Timers(), sessions).heartbeat for sessions in range(1, 10_001)]
    assert told == sorted(told)
    assert 250 < sum(1 / heartbeat for heartbeat in told) < 280


def test_what_the_operator_wants_is_never_shortened() -> None:
    assert pace(Timers(heartbeat=30, dead_after=40), 1) == Pace(30, 40)
    assert pace(Timers(heartbeat=90, dead_after=100), 1_000_000) == Pace(90, 100)
    assert pace(Timers(heartbeat=3, dead_after=200), 10_000) == Pace(60, 200)


def test_those_who_come_then_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make_desk(tmp_path)
    monkeypatch.setattr("server.heartbeat.CROWD", 1)
    told = [
        desk.service.greet(Hello(1, 1), FakeControl(), "a", now=0.0)[1].heartbeat for _ in range(5)
    ]
    assert told == [3, 3, 3, 4, 5]
