# SPDX-License-Identifier: GPL-3.0-or-later
"""How often clients are told to say that they are alive."""

from pathlib import Path

import pytest

from control.session_messages import Hello
from server.config import Timers
from server.heartbeat import LONGEST, PINGS, TIMES, Pace, pace
from tests.server.fakes import FakeControl, make_desk


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        (1, Pace(3, 9)),
        (1500, Pace(3, 9)),
        (1501, Pace(4, 12)),
        (5000, Pace(10, 30)),
        (10_000, Pace(20, 60)),
        (1_000_000, Pace(20, 60)),
    ],
)
def test_thousands_say_it_less_often(sessions: int, expected: Pace) -> None:
    assert pace(Timers(), sessions) == expected


@pytest.mark.parametrize("sessions", range(1, 10_001, 37))
def test_the_server_hears_a_bounded_number_a_second(sessions: int) -> None:
    heartbeat, dead_after = pace(Timers(heartbeat=1, dead_after=2), sessions)
    assert sessions / heartbeat <= PINGS
    assert dead_after >= (TIMES * heartbeat if heartbeat > 1 else 2)
    assert heartbeat <= LONGEST


def test_what_the_operator_wants_is_never_shortened() -> None:
    assert pace(Timers(heartbeat=30, dead_after=40), 1) == Pace(30, 40)
    assert pace(Timers(heartbeat=30, dead_after=40), 1_000_000) == Pace(30, 40)
    assert pace(Timers(heartbeat=3, dead_after=100), 10_000) == Pace(20, 100)


def test_those_who_come_then_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make_desk(tmp_path)
    monkeypatch.setattr("server.heartbeat.PINGS", 1)
    told = [
        desk.service.greet(Hello(1, 1), FakeControl(), "a", now=0.0)[1].heartbeat for _ in range(5)
    ]
    assert told == [3, 3, 3, 4, 5]
