# SPDX-License-Identifier: GPL-3.0-or-later
"""The clairvoyant against trying every start, and where sound stops against playing it out."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.buffer.generators import KINDS
from bench.buffer.lateness import FRAME, STEP, Lateness, lateness
from bench.buffer.link import Arrivals
from bench.buffer.traces import trace
from bench.buffer.workload import Play, draw_song, play
from data.timemap import TimeMap


def made(seed: int, kind: str = "3g-commute") -> Play:
    """A short play over a made link that is about as fast as the song."""
    chance = Random(seed)
    link = trace("t", KINDS[kind](chance), of="s", group="g")
    song = draw_song(chance, 128, 40.0)
    scale = chance.uniform(0.7, 2) * song.mean_rate / link.mean
    return play(link, song, kbps=128, rtt=0.1, begin=chance.uniform(0, 300), scale=scale)


def stops(song: TimeMap, arrivals: Arrivals, delay: float, begin: float = 0.0) -> float | None:
    """Plays moment by moment; the first at which its frame is not there."""
    for at in range(round(begin / STEP), int(np.ceil(song.duration / STEP))):
        needed = song.offset_at(min(at * STEP + FRAME, song.duration))
        if float(arrivals.at(np.array([at * STEP + delay]))[0]) < needed - 0.5:
            return at * STEP
    return None


@pytest.mark.parametrize("seed", range(8))
def test_the_oracle_against_trying_every_start(seed: int) -> None:
    case = made(seed)
    starts = np.arange(case.arrivals.first, case.arrivals.first + 200, 0.05)
    least = next(s for s in starts if stops(case.song, case.arrivals, float(s)) is None)
    assert lateness(case.song, case.arrivals).oracle == pytest.approx(least, abs=0.051)


@given(st.integers(0, 30), st.floats(0.2, 20))
def test_where_sound_stops_against_playing_it_out(seed: int, delay: float) -> None:
    case = made(seed)
    found = lateness(case.song, case.arrivals).stop_after(delay)
    expected = stops(case.song, case.arrivals, delay)
    if expected is None or found is None:
        assert expected == found
    else:
        assert found == pytest.approx(expected, abs=STEP + 0.01)


def test_low_is_before_dry_and_after_the_position() -> None:
    late = Lateness(np.array([1.0] * 50 + [6.0] * 50), np.array([1.0] * 50 + [6.0] * 50))
    assert late.oracle == 6.0
    assert late.stop_after(6.0) is None
    assert late.stop_after(4.0) == pytest.approx(5.0)
    assert late.low_after(4.0, position=0.0, low=0.5) == pytest.approx(4.5)
    assert late.low_after(4.0, position=6.0, low=0.5) == pytest.approx(6.0)
    assert late.low_after(6.6, position=0.0, low=0.5) is None
