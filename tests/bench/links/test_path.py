# SPDX-License-Identifier: GPL-3.0-or-later
"""Rates over time, stretches of time, and paths written down for another process."""

import json

import pytest

from bench.links.path import Path, Phase, Span, end_of, path_from

ALTERNATING = Path(0.15, (Phase(8, 80e3), Phase(8, 800e3)))


def test_without_a_rate_a_packet_is_sent_at_once() -> None:
    assert Path(0.1).sent_at(1500, 3.0) == 3.0


def test_one_rate_takes_its_time_for_every_byte() -> None:
    assert Path(0.1, (Phase(1, 1e6),)).sent_at(1250, 3.0) == pytest.approx(3.01)


@pytest.mark.parametrize(
    ("begin", "sent"),
    [
        (0.0, 0.1),  # 8000 bits at 80 kbit/s
        (8.0, 8.01),  # at 800 kbit/s
        (7.95, 8.005),  # half at the one, half at the other
        (15.995, 16.05),  # and back again
        (16.0, 16.1),  # round after round
        (-5.0, -4.9),  # before the click, the first rate holds
    ],
)
def test_rates_follow_each_other_over_and_over(begin: float, sent: float) -> None:
    assert ALTERNATING.sent_at(1000, begin) == pytest.approx(sent)


def test_a_rate_of_nothing_is_waited_for() -> None:
    assert Path(0, (Phase(1, 8e3), Phase(5, 0))).sent_at(1500, 0) == pytest.approx(6.5)


def test_the_mean_rate_weighs_by_time() -> None:
    assert Path(0, (Phase(6, 100), Phase(2, 500))).mean_rate() == 200
    assert Path(0).mean_rate() == float("inf")


def test_a_span_is_once_or_again_and_again() -> None:
    once, often = Span(10, 6), Span(3, 0.8, 30)
    assert [once.end_at(time) for time in (9.9, 10, 15.9, 16, 40)] == [None, 16, 16, None, None]
    assert [often.end_at(time) for time in (0, 3.5, 3.9)] == [None, 3.8, None]
    assert often.end_at(63.1) == pytest.approx(63.8)
    assert end_of((once, often), 33.0) == pytest.approx(33.8)
    assert end_of((), 0) is None


def test_a_path_survives_being_written_down() -> None:
    path = Path(
        0.1, (Phase(8, 96e3), Phase(8, 6e5)), 9000, 0.01, 4, 0.002, (Span(1, 2),), (Span(3, 4, 5),)
    )
    assert path_from(json.loads(json.dumps(path.to_json()))) == path
