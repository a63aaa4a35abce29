# SPDX-License-Identifier: GPL-3.0-or-later
"""Which workers hang, by what was heard of them."""

import random

from server.workers.silence import LONGEST, TICK, Silence


def hang(silence: Silence, *, looks: int, begin: float) -> list[int]:
    """Who hangs, after so many looks as they should come."""
    return [number for look in range(looks) for number in silence.tick(now=begin + look * TICK)]


def watching(*numbers: int) -> Silence:
    """Those are there since time 0."""
    silence = Silence()
    for number in numbers:
        silence.watch(number, now=0.0)
    return silence


def test_who_says_nothing_hangs() -> None:
    silence = watching(1)
    deadlines = [silence.deadline]
    assert hang(silence, looks=LONGEST, begin=TICK) == []
    deadlines.append(silence.deadline)
    assert silence.tick(now=(LONGEST + 1) * TICK) == [1]
    deadlines.append(silence.deadline)
    assert deadlines == [TICK, (LONGEST + 1) * TICK, None]  # it is told once
    assert hang(silence, looks=100, begin=100.0) == []
    assert silence.patience == 15.0


def test_who_says_a_word_does_not() -> None:
    silence = watching(1, 2)
    assert hang(silence, looks=LONGEST, begin=TICK) == []
    silence.heard(2)
    assert silence.tick(now=(LONGEST + 1) * TICK) == [1]
    silence.heard(1)  # its last word was on its way
    assert hang(silence, looks=LONGEST - 1, begin=100.0) == []
    assert silence.tick(now=200.0) == [2]


def test_nobody_hangs_because_time_has_passed() -> None:
    """The machine slept, or the parent was stopped: what the workers say is there, or comes."""
    silence = watching(1, 2)
    assert silence.tick(now=1e6) == []
    assert silence.tick(now=1e6) == []  # not one look more for what was missed
    assert silence.deadline == 1e6 + TICK
    assert hang(silence, looks=LONGEST - 1, begin=1e6 + TICK) == []


def test_a_look_comes_once_a_tick() -> None:
    silence = watching(1)
    assert [silence.tick(now=TICK * look / 100) for look in range(100 * LONGEST)] == [
        []
    ] * 100 * LONGEST


def test_who_is_gone_is_not_watched() -> None:
    silence = watching(1)
    silence.forget(1)
    silence.forget(2)
    assert silence.deadline is None
    assert hang(silence, looks=100, begin=TICK) == []
    silence.watch(1, now=500.0)
    assert silence.deadline == 500.0 + TICK


def test_a_word_a_tick_is_enough_whatever_comes_between() -> None:
    chance = random.Random(7)
    silence, now = watching(1, 2, 3), 0.0
    for _ in range(1000):
        silence.heard(chance.randint(1, 3))
        for number in (1, 2, 3):
            silence.heard(number)
        now += chance.choice([0.1, 1.0, 14.0, 1000.0])
        assert silence.tick(now=now) == []
