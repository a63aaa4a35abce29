# SPDX-License-Identifier: GPL-3.0-or-later
"""Passes of the loop that wait for company, and those that must not."""

from collections.abc import Iterator

import pytest
from gevent import get_hub

from server.gathering import BURST, CROWD, GAP, LONGEST, Gathering
from server.pump import Pump
from tests.server.library.files import until
from tests.server.wires import turns_of_the_loop


class Time:
    """A clock that goes on only where somebody sleeps or a test says so."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now += seconds


class Loop:
    """A gathering whose passes a test makes."""

    def __init__(self) -> None:
        self.time = Time()
        self.busy = False
        self.listeners = CROWD
        self.gathering = Gathering(
            lambda: self.busy, lambda: self.listeners, clock=self.time, sleep=self.time.sleep
        )

    def passes(self, count: int, *, seconds: float = 0.0) -> None:
        """So many, each with so much work."""
        for _ in range(count):
            self.gathering.gather()
            self.time.now += seconds


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.gathering.close()


def test_a_crowd_that_is_quiet_never_waits(loop: Loop) -> None:
    for _ in range(20):
        loop.passes(BURST)  # whatever a click takes
        loop.time.now += BURST * GAP
    loop.passes(1000, seconds=GAP)
    assert loop.time.slept == []


def test_few_never_wait_however_often_they_click(loop: Loop) -> None:
    loop.listeners = CROWD - 1
    loop.passes(100 * BURST)
    assert loop.time.slept == []
    loop.listeners = CROWD  # and have taken nothing from those who come then
    loop.passes(BURST)
    assert loop.time.slept == []
    loop.passes(1)
    assert loop.time.slept == pytest.approx([GAP])


def test_a_busy_one_is_spaced(loop: Loop) -> None:
    loop.passes(BURST)
    began = loop.time.now
    loop.passes(1000)
    assert loop.time.now - began == pytest.approx(1000 * GAP)
    assert max(loop.time.slept) <= GAP * 1.001


@pytest.mark.parametrize(
    ("listeners", "gap"),
    [(CROWD, GAP), (3 * CROWD, 3 * GAP), (10 * CROWD, LONGEST), (100 * CROWD, LONGEST)],
)
def test_the_more_listen_the_longer_a_pass_waits(loop: Loop, listeners: int, gap: float) -> None:
    loop.listeners = listeners
    loop.passes(BURST)
    assert sum(loop.time.slept) == pytest.approx(0)
    loop.time.slept.clear()
    loop.passes(10)
    assert loop.time.slept == pytest.approx([gap] * 10)


def test_work_counts_as_waiting(loop: Loop) -> None:
    loop.passes(2 * BURST, seconds=GAP / 4)
    loop.time.slept.clear()
    loop.passes(100, seconds=GAP / 4)
    assert loop.time.slept == pytest.approx([GAP * 3 / 4] * 100)


def test_passes_that_are_long_do_not_wait(loop: Loop) -> None:
    loop.passes(2 * BURST)
    loop.time.slept.clear()
    loop.time.now += GAP
    loop.passes(1000, seconds=GAP * 1.001)
    assert loop.time.slept == []


def test_a_loop_that_has_work_does_not_wait_and_is_not_charged(loop: Loop) -> None:
    loop.passes(2 * BURST)
    loop.time.slept.clear()
    loop.busy = True
    loop.passes(1000)
    assert loop.time.slept == []
    loop.busy = False
    loop.passes(1)
    assert loop.time.slept == pytest.approx([GAP])


def test_a_clock_that_jumps_back_costs_no_more_than_a_gap(loop: Loop) -> None:
    loop.passes(2 * BURST)
    loop.time.now -= 3600
    loop.passes(1)
    assert loop.time.slept[-1] <= GAP


def test_the_loop_asks_before_it_polls_and_no_more_after_close() -> None:
    time = Time()
    asked: list[float] = []

    def busy() -> bool:
        asked.append(time.now)
        return True

    gathering = Gathering(busy, lambda: CROWD, clock=time, sleep=time.sleep)
    until(lambda: len(asked) >= 3)
    gathering.close()
    count = len(asked)
    turns_of_the_loop(3)
    assert len(asked) == count


def test_callbacks_that_are_ready_come_first() -> None:
    log: list[str] = []

    def busy() -> bool:
        log.append("asked")
        return True

    gathering = Gathering(busy, lambda: 0)
    until(lambda: "asked" in log)
    log.clear()
    get_hub().loop.run_callback(lambda: log.append("callback"))
    until(lambda: "asked" in log)
    gathering.close()
    assert log[:2] == ["callback", "asked"]


def test_a_pump_with_somebody_due_is_busy() -> None:
    class Link:
        def turn(self, budget: int) -> bool:
            assert budget
            had.append(pump.busy)
            return False

        def drop(self) -> None: ...

    had: list[bool] = []
    pump = Pump()
    seen = [pump.busy]
    pump.wake(Link())
    seen.append(pump.busy)
    until(lambda: had)
    seen.append(pump.busy)
    assert seen == [False, True, False]
