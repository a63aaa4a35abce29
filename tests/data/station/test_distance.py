# SPDX-License-Identifier: GPL-3.0-or-later
"""Holding the distance, by hours of simulated sound cards and networks."""

from collections.abc import Callable
from random import Random

import pytest

from data.station.distance import LEVEL_WINDOWS, MOST_AT_ONCE, TOLERANCE, WINDOW, Distance

FRAME = 1152 / 44100  # seconds
STRETCH = 19 * FRAME
SONG = 240.0
HOUR = 3600.0
Delay = Callable[[Random, float], float]  # of a stretch that is due then, in seconds


def calm(rng: Random, due: float) -> float:
    return rng.expovariate(1 / 0.02)


def wild(rng: Random, due: float) -> float:
    """Late by a quarter of a second, and every two minutes some seconds of nothing and a burst."""
    return rng.expovariate(1 / 0.25) + max(0.0, 4.0 - due % 120)


def rerouted(rng: Random, due: float) -> float:
    """Every hour the way is another one."""
    return 0.05 * (int(due / HOUR) % 3) + calm(rng, due)


class Listener:
    """A sound card that is wrong by `ppm`, behind a network, and the rule at each song's end."""

    def __init__(self, ppm: float, delay: Delay, *, silent: int = 12, seed: int = 1) -> None:
        self.distance = Distance()
        self.held = list[float]()  # at each song's end, as with a network that delays nothing
        self.corrections = list[int]()
        self._pace, self._delay, self._silent = 1 + ppm / 1e6, delay, silent
        self._rng = Random(seed)
        self._slips = 0.0

    def play(self, seconds: float, *, correct: bool = True) -> None:
        now, songs = 0.0, 0
        for number in range(int(seconds / STRETCH)):
            due = number * STRETCH
            now = max(now, due + self._delay(self._rng, due))
            self.distance.sample(now, self._held(now, due))
            if due >= (songs + 1) * SONG:
                songs += 1
                self._song_ends(due, correct=correct)

    def _held(self, now: float, received: float) -> float:
        return 5.5 + received - now * self._pace + self._slips

    def _song_ends(self, due: float, *, correct: bool) -> None:
        self.held.append(self._held(due, due))
        if not correct:
            return
        frames = self.distance.correction(FRAME, self._silent)
        self.corrections.append(frames)
        self._slips -= frames * FRAME
        self.distance.slipped(-frames * FRAME)


@pytest.mark.parametrize("delay", [calm, wild, rerouted])
@pytest.mark.parametrize("ppm", [-500, -100, -20, 0, 20, 100, 500])
def test_six_hours_of_a_clock_that_is_wrong(ppm: int, delay: Delay) -> None:
    listener = Listener(ppm, delay)
    listener.play(6 * HOUR)
    assert max(abs(held - 5.5) for held in listener.held) < 0.5
    assert listener.distance.pace == pytest.approx(1_000_000 + ppm, abs=30)
    # Without the rule, it runs away.
    left = Listener(ppm, delay)
    left.play(6 * HOUR, correct=False)
    assert left.held[-1] == pytest.approx(5.5 - ppm * 6 * HOUR / 1e6, abs=0.2)


def test_a_clock_that_is_right_is_left_alone() -> None:
    listener = Listener(0, calm)
    listener.play(6 * HOUR)
    assert set(listener.corrections) == {0}


def test_small_clock_errors_are_corrected_seldom() -> None:
    listener = Listener(20, calm)
    listener.play(6 * HOUR)
    corrections = [frames for frames in listener.corrections if frames]
    assert 2 <= len(corrections) <= 5
    assert all(frames < 0 for frames in corrections)


def test_a_card_that_is_slow_leaves_out_only_what_is_silent() -> None:
    listener = Listener(-500, calm, silent=2)
    listener.play(2 * HOUR)
    assert set(listener.corrections) == {0, 2}


def test_the_pace_is_said_when_it_is_known_and_not_before() -> None:
    listener = Listener(100, wild)
    listener.play(590)
    assert listener.distance.pace == 0
    longer = Listener(100, wild)
    longer.play(HOUR)
    assert longer.distance.pace == pytest.approx(1_000_100, abs=60)


def filled(held: float) -> Distance:
    distance = Distance()
    for number in range(LEVEL_WINDOWS + 1):
        distance.sample(number * WINDOW, held)
    return distance


class TestCorrection:
    """One place at which something may be left out or repeated."""

    def test_nothing_is_done_before_the_distance_is_known(self) -> None:
        distance = Distance()
        for number in range(LEVEL_WINDOWS):
            distance.sample(number * WINDOW, 5.0 + number)
            assert distance.excess == 0
            assert distance.correction(FRAME, 100) == 0

    @pytest.mark.parametrize(
        ("excess", "frames"),
        [
            (TOLERANCE - 0.001, 0),
            (TOLERANCE - 0.2 + 0.001, 0),
            (0.11, 4),
            (-0.11, -4),
            (0.3, 11),
            (3.0, int(MOST_AT_ONCE / FRAME)),
            (-3.0, -int(MOST_AT_ONCE / FRAME)),
        ],
    )
    def test_as_many_frames_as_it_takes_and_not_too_many(self, excess: float, frames: int) -> None:
        distance = filled(5.0)
        for number in range(LEVEL_WINDOWS + 1, 2 * LEVEL_WINDOWS + 2):
            distance.sample(number * WINDOW, 5.0 + excess)
        assert distance.excess == pytest.approx(excess)
        assert distance.correction(FRAME, 100) == frames

    def test_what_is_done_counts_at_once(self) -> None:
        distance = filled(5.0)
        for number in range(LEVEL_WINDOWS + 1, 2 * LEVEL_WINDOWS + 2):
            distance.sample(number * WINDOW, 5.3)
        frames = distance.correction(FRAME, 100)
        distance.slipped(-frames * FRAME)
        assert distance.excess == pytest.approx(0, abs=FRAME)
        assert distance.correction(FRAME, 100) == 0

    def test_a_stall_makes_the_distance_longer_for_good(self) -> None:
        distance = filled(5.0)
        distance.stalled(3.0)
        assert distance.excess == pytest.approx(0)
        for number in range(LEVEL_WINDOWS + 1, 3 * LEVEL_WINDOWS):
            distance.sample(number * WINDOW, 8.0)
        assert distance.excess == pytest.approx(0)

    def test_a_minute_with_a_delay_of_seconds_is_not_taken_for_the_clock(self) -> None:
        distance = filled(5.0)
        first = LEVEL_WINDOWS + 1
        for number in (first, first + 1):
            distance.sample(number * WINDOW, 1.0)
        distance.sample((first + 2) * WINDOW, 5.0)
        assert distance.excess == pytest.approx(0)

    def test_of_a_window_the_stretch_that_was_delayed_least_counts(self) -> None:
        distance = filled(5.0)
        for number in range(LEVEL_WINDOWS + 1, 2 * LEVEL_WINDOWS + 2):
            for into, held in ((0.0, 3.0), (2.0, 5.0), (4.0, 4.0)):
                distance.sample(number * WINDOW + into, held)
        assert distance.excess == pytest.approx(0)

    def test_slips_do_not_look_like_the_clock(self) -> None:
        plain, corrected = Distance(), Distance()
        for number in range(400):
            now, held = number * WINDOW, 5.0 - 1e-4 * number * WINDOW
            plain.sample(now, held)
            corrected.sample(now, held + number // 50)
            if number % 50 == 49:
                corrected.slipped(1.0)
        assert plain.pace == corrected.pace == 1_000_100
