# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays are drawn alike for the same seed, on any run, and as the workloads say."""

from itertools import pairwise

import pytest

from bench.buffer.generators import generated
from bench.buffer.workload import KBPS, RTT, SECONDS, STRESS, draw

TRACES = generated(1, 2)
PINNED = [
    ("3g-commute-1", 192),
    ("wifi-spike-0", 192),
    ("dsl-0", 128),
    ("wifi-spike-0", 128),
    ("wifi-spike-1", 128),
    ("dsl-1", 128),
]


def test_the_same_plays_on_every_run() -> None:
    drawn = [draw(TRACES, "natural", seed=1, number=number) for number in range(6)]
    assert [(play.trace.name, play.kbps) for play in drawn] == PINNED
    again = draw(TRACES, "natural", seed=1, number=3)
    assert again.arrivals.bytes.tolist() == drawn[3].arrivals.bytes.tolist()
    assert draw(TRACES, "natural", seed=2, number=3).rtt != again.rtt


@pytest.mark.parametrize("number", range(12))
def test_what_is_drawn_lies_within_its_bounds(number: int) -> None:
    play = draw(TRACES, "stress", seed=1, number=number)
    assert play.kbps in KBPS
    assert SECONDS[0] <= play.song.duration <= SECONDS[1]
    assert RTT[0] <= play.rtt <= RTT[1]
    assert play.song.mean_rate == pytest.approx(play.kbps * 125, rel=1e-3)
    assert play.arrivals.bytes[-1] == play.song.total


def test_stress_scales_the_trace_to_the_song() -> None:
    steady = [link for link in generated(1, 4) if link.group == "wifi-spike"]
    for number in range(20):
        play = draw(steady, "stress", seed=3, number=number)
        speed = play.song.total / float(play.arrivals.times[-1]) / play.song.mean_rate
        assert STRESS[0] * 0.9 <= speed <= STRESS[1] * 1.15


def test_a_group_of_many_counts_no_more_than_a_group_of_one() -> None:
    kinds = [link for link in generated(1, 40) if link.group == "dsl"]
    kinds += [link for link in TRACES if link.name == "wifi-spike-0"]
    lone = sum(draw(kinds, "natural", seed=5, number=n).trace.group != "dsl" for n in range(60))
    assert 18 <= lone <= 42


def test_a_third_of_the_songs_is_of_variable_bitrate() -> None:
    drawn = [draw(TRACES, "natural", seed=6, number=number).song for number in range(60)]
    variable = 0
    for song in drawn:
        offsets = [offset for _, offset in song.points()][:-1]
        sizes = {b - a for a, b in pairwise(offsets)}
        variable += max(sizes) > 1.2 * min(sizes)
    assert 10 <= variable <= 30
