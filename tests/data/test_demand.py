# SPDX-License-Identifier: GPL-3.0-or-later
"""The rest of a song against a steady link: the worst moment, wherever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.demand import Demand
from data.timemap import TimeMap

CBR = TimeMap(1.0, (16_000,) * 100, 100.0)
COUNTS = st.lists(st.integers(1, 50_000), min_size=1, max_size=40)


def test_a_constant_bitrate_falls_behind_at_the_end_or_now() -> None:
    demand = Demand(CBR)
    assert (demand.left, demand.size, demand.rate) == (100.0, 1_600_000, 16_000)
    assert demand.shortfall(12_000, held=0) == pytest.approx(400_000)
    assert demand.shortfall(12_000, held=500_000) == pytest.approx(-100_000)
    assert demand.shortfall(20_000, held=1000) == -1000
    assert demand.shortfall(0, held=0) == 1_600_000


def test_a_loud_passage_is_what_the_link_must_bear() -> None:
    song = TimeMap(1.0, (10_000,) * 10 + (40_000,) * 10 + (5_000,) * 10, 30.0)
    assert Demand(song).rate == pytest.approx(18_333, rel=1e-3)
    # The mean would do; the loud part begins at 10 s and would be 250 kB short at its end.
    assert Demand(song).shortfall(20_000, held=0) == pytest.approx(100_000)
    assert Demand(song).shortfall(25_000, held=0) == 0
    # From within the loud passage on it is another question.
    assert Demand(song, position=15.0).shortfall(20_000, held=0) == pytest.approx(100_000)
    assert Demand(song, position=20.0).shortfall(20_000, held=7) == -7


def test_nothing_is_left_at_the_end() -> None:
    demand = Demand(CBR, position=100.0)
    assert (demand.left, demand.size, demand.rate) == (0.0, 0, 0.0)
    assert demand.shortfall(1.0, held=5) == -5


def test_bytes_are_sound_from_the_position_on() -> None:
    song = TimeMap(1.0, (10_000, 20_000), 2.0)
    assert Demand(song).time_of(10_000) == pytest.approx(1.0)
    assert Demand(song, position=1.0).time_of(10_000) == pytest.approx(0.5)
    assert Demand(song, position=0.5).time_of(10_000) == pytest.approx(0.75)
    assert Demand(song, position=1.0).time_of(0) == 0


@given(COUNTS, st.floats(0, 1), st.floats(0, 60_000), st.integers(0, 100_000))
def test_as_if_every_moment_was_looked_at(
    counts: list[int], share: float, rate: float, held: int
) -> None:
    song = TimeMap(1.0, tuple(counts), float(len(counts)))
    position = share * song.duration
    begin = song.offset_at(position)
    moments = [position, *(float(n) for n in range(len(counts) + 1) if n > position)]
    worst = max(
        song.offset_at(moment) - begin - rate * (moment - position) - held for moment in moments
    )
    found = Demand(song, position=position).shortfall(rate, held=held)
    assert found == pytest.approx(worst, abs=1e-3)
