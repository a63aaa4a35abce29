# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of workers, without a single process."""

from signal import SIGHUP, SIGINT, SIGKILL, SIGTERM, Signals

import pytest

from server.draining import SIGNALS_APART, Asked
from server.workers.crew import (
    LEAVE_WITHIN,
    LONGEST_PAUSE,
    STEADY,
    Act,
    Crew,
    Kill,
    Phase,
    Send,
    Start,
    Tell,
    Word,
    pause_after,
)


def to_all(number: Signals, count: int = 3) -> list[Act]:
    return [Send(worker, number) for worker in range(1, count + 1)]


def serving(count: int = 3) -> Crew:
    """All of them are there since time 0."""
    crew = Crew(count)
    crew.begin(now=0.0)
    for number in range(1, count + 1):
        crew.ready(number, now=0.0)
    return crew


def test_the_first_one_comes_first() -> None:
    crew = Crew(3)
    assert crew.begin(now=0.0) == [Start(1)]
    assert crew.ready(1, now=1.0) == [Start(2), Start(3)]
    assert crew.ready(3, now=2.0) == []
    assert crew.ready(2, now=3.0) == [Tell(Word.READY)]
    assert (crew.is_over, crew.deadline) == (False, None)


def test_one_that_is_alone() -> None:
    crew = Crew(1)
    assert crew.begin(now=0.0) == [Start(1)]
    assert crew.ready(1, now=1.0) == [Tell(Word.READY)]


@pytest.mark.parametrize("status", [0, 1, -9])
def test_one_that_does_not_come_is_the_end(status: int) -> None:
    crew = Crew(3)
    crew.begin(now=0.0)
    crew.ready(1, now=1.0)
    assert (crew.phase(1), crew.phase(2), crew.failed) == (Phase.SERVING, Phase.STARTING, None)
    assert crew.ended(2, status, now=2.0) == [Send(1, SIGINT), Send(3, SIGKILL)]
    assert (crew.is_over, crew.failed) == (False, 2)
    assert crew.ended(3, -9, now=2.0) == []
    assert crew.ended(1, 0, now=3.0) == []
    assert (crew.is_over, crew.status, crew.deadline) == (True, 1, None)


def test_one_that_dies_is_started_again_at_once() -> None:
    crew = serving()
    assert crew.ended(2, -9, now=STEADY) == []
    assert (crew.due(2), crew.deadline) == (STEADY, STEADY)
    assert crew.tick(now=STEADY) == [Start(2)]
    assert crew.tick(now=STEADY) == []
    assert crew.ready(2, now=STEADY + 1) == []
    assert crew.due(2) is None
    assert not crew.is_over


def test_one_that_keeps_dying_is_started_ever_more_seldom() -> None:
    crew = serving()
    now, pauses = 0.0, list[float]()
    for _ in range(30):
        crew.ended(2, 1, now=now)
        due = crew.due(2)
        assert due is not None
        pauses.append(due - now)
        assert crew.tick(now=due - 0.01) == []
        assert crew.tick(now=due) == [Start(2)]
        now = due
    assert pauses[:8] == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_PAUSE]
    assert set(pauses[8:]) == {LONGEST_PAUSE}
    crew.ready(2, now=now)
    crew.ended(2, 1, now=now + STEADY)  # it has lived for long enough
    assert crew.due(2) == now + STEADY


def test_pauses_are_bounded() -> None:
    assert pause_after(10**6) == LONGEST_PAUSE


def test_the_next_one_is_waited_for() -> None:
    crew = serving()
    for number in (1, 2):
        for now in (0.0, float(number)):
            crew.ended(number, 1, now=now)
            if now == 0.0:
                crew.tick(now=now)
    assert crew.deadline == 1.5
    assert crew.tick(now=1.5) == [Start(1)]
    assert crew.deadline == 2.5


def test_the_end_comes_kindly() -> None:
    crew = serving()
    assert crew.asked(Asked.KINDLY, now=5.0) == [Tell(Word.STOPPING), *to_all(SIGTERM)]
    for number in (1, 2, 3):
        assert not crew.is_over
        assert crew.ended(number, 0, now=6.0) == []
    assert (crew.is_over, crew.status, crew.deadline) == (True, 0, None)


def test_a_second_signal_goes_further_and_a_third_to_the_end() -> None:
    crew = serving()
    crew.asked(Asked.KINDLY, now=5.0)
    assert crew.asked(Asked.KINDLY, now=5.0 + SIGNALS_APART / 2) == []  # the same once more
    assert crew.asked(Asked.KINDLY, now=7.0) == to_all(SIGINT)
    crew.ended(2, 0, now=7.5)
    assert crew.asked(Asked.NOW, now=9.0) == [Send(1, SIGKILL), Send(3, SIGKILL)]
    crew.ended(1, -9, now=9.0)
    crew.ended(3, -9, now=9.0)
    assert (crew.is_over, crew.status) == (True, 1)


def test_who_does_not_end_at_once_is_killed() -> None:
    crew = serving()
    crew.asked(Asked.KINDLY, now=5.0)
    first = crew.deadline  # none: what is playing may take its time
    crew.asked(Asked.KINDLY, now=7.0)
    assert (first, crew.deadline) == (None, 7.0 + LEAVE_WITHIN)
    crew.ended(2, 0, now=8.0)
    assert crew.tick(now=6.9 + LEAVE_WITHIN) == []
    assert crew.tick(now=7.0 + LEAVE_WITHIN) == [Kill(1), Kill(3)]
    assert (crew.deadline, crew.tick(now=100.0)) == (None, [])
    crew.ended(1, -9, now=100.0)
    crew.ended(3, -9, now=100.0)
    assert (crew.is_over, crew.status) == (True, 1)


def test_nor_does_a_failed_start_wait_for_ever() -> None:
    crew = Crew(2)
    crew.begin(now=0.0)
    crew.ready(1, now=1.0)
    crew.ended(2, 1, now=2.0)
    assert crew.tick(now=2.0 + LEAVE_WITHIN) == [Kill(1)]


def test_at_once_is_at_once() -> None:
    crew = serving()
    assert crew.asked(Asked.NOW, now=5.0) == [Tell(Word.STOPPING), *to_all(SIGINT)]


def test_nobody_is_started_while_all_end() -> None:
    crew = serving()
    crew.ended(2, -9, now=20.0)  # is to be started again
    crew.ended(3, -9, now=20.0)
    crew.tick(now=20.0)
    crew.ended(3, -9, now=20.0)  # waits
    crew.asked(Asked.KINDLY, now=20.1)
    assert crew.deadline is None
    assert crew.tick(now=100.0) == []
    crew.ended(2, -9, now=21.0)
    crew.ended(1, -11, now=21.0)
    assert (crew.is_over, crew.status) == (True, 1)


def test_who_is_only_starting_cannot_be_talked_to() -> None:
    crew = Crew(2)
    crew.begin(now=0.0)
    crew.ready(1, now=0.0)
    stop = crew.asked(Asked.KINDLY, now=1.0)
    assert stop == [Tell(Word.STOPPING), Send(1, SIGTERM), Send(2, SIGKILL)]
    assert crew.ready(2, now=1.0) == []  # it was on its way
    crew.ended(2, -9, now=1.0)
    crew.ended(1, 0, now=1.0)
    assert crew.is_over


def test_a_reload_is_over_when_all_have_done_it() -> None:
    crew = serving()
    assert crew.reload() == [Tell(Word.RELOADING), *to_all(SIGHUP)]
    assert crew.ready(1, now=1.0) == []
    assert crew.ready(3, now=1.0) == []
    assert crew.ready(2, now=1.0) == [Tell(Word.READY)]


def test_who_dies_of_a_reload_is_not_waited_for() -> None:
    crew = serving()
    crew.reload()
    crew.ready(1, now=1.0)
    crew.ready(2, now=1.0)
    assert crew.ended(3, 1, now=1.0) == [Tell(Word.READY)]
    assert crew.tick(now=1.0) == [Start(3)]


def test_a_second_reload_within_the_first() -> None:
    crew = serving(2)
    crew.reload()
    crew.ready(1, now=1.0)
    assert crew.reload() == to_all(SIGHUP, 2)
    assert crew.ready(1, now=1.0) == []
    assert crew.ready(2, now=1.0) == [Tell(Word.READY)]


def test_who_starts_meanwhile_reads_again_what_it_may_have_read_too_early() -> None:
    crew = serving(2)
    crew.ended(2, -9, now=20.0)
    crew.tick(now=20.0)
    assert crew.reload() == [Tell(Word.RELOADING), Send(1, SIGHUP)]
    assert crew.ready(1, now=20.0) == [Tell(Word.READY)]
    assert crew.ready(2, now=21.0) == [Send(2, SIGHUP)]
    assert crew.ready(2, now=21.0) == []


def test_a_reload_before_all_are_there() -> None:
    crew = Crew(2)
    crew.begin(now=0.0)
    assert crew.reload() == []
    assert crew.ready(1, now=1.0) == [Send(1, SIGHUP), Start(2)]
    assert crew.ready(1, now=1.0) == []
    assert crew.reload() == [Send(1, SIGHUP)]
    assert crew.ready(2, now=1.0) == [Send(2, SIGHUP), Tell(Word.READY)]


def test_no_reload_while_nobody_is_there_or_all_end() -> None:
    crew = serving(1)
    crew.ended(1, -9, now=20.0)
    assert crew.reload() == [Tell(Word.RELOADING), Tell(Word.READY)]
    crew.asked(Asked.KINDLY, now=20.0)
    assert crew.reload() == []
