# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns for everybody who has something to send."""

import logging
import socket
from itertools import count, groupby

import pytest
from gevent import get_hub

from server.pump import BUDGET, ROUND, Pump
from tests.server.library.files import until


class Link:
    """Has so many turns' worth to send."""

    def __init__(self, name: str, turns: int, log: list[str]) -> None:
        self.name = name
        self.turns = turns
        self.log = log
        self.dropped = False

    def turn(self, budget: int) -> bool:
        assert budget == BUDGET
        self.log.append(self.name)
        self.turns -= 1
        return self.turns > 0

    def drop(self) -> None:
        self.dropped = True


class Broken(Link):
    """Has a defect."""

    def turn(self, budget: int) -> bool:
        raise RuntimeError("a defect")


def test_everybody_gets_a_turn_before_anybody_gets_the_next() -> None:
    log: list[str] = []
    pump = Pump()
    links = [Link("a", 3, log), Link("b", 1, log), Link("c", 2, log)]
    for link in links:
        pump.wake(link)
    until(lambda: len(log) >= 6)
    assert log == ["a", "b", "c", "a", "c", "a"]


def test_who_is_woken_twice_gets_one_turn() -> None:
    log: list[str] = []
    pump = Pump()
    once, last = Link("a", 1, log), Link("z", 1, log)
    for link in (once, once, last):
        pump.wake(link)
    until(lambda: "z" in log)
    assert log == ["a", "z"]


def test_between_two_rounds_the_loop_looks_at_everything_else() -> None:
    log: list[str] = []
    pump = Pump()
    here, there = socket.socketpair()
    with here, there:
        knocking = get_hub().loop.io(here.fileno(), 1)
        there.send(b"x")
        knocking.start(lambda: log.append("knock"))
        pump.wake(Link("a", 20, log))
        until(lambda: log.count("a") == 20)
        knocking.stop()
        knocking.close()
    assert max(len(list(turns)) for who, turns in groupby(log) if who == "a") == 1


def test_a_round_takes_its_time_and_no_more() -> None:
    log: list[str] = []
    looks: list[int] = []  # how many turns were had when a round began
    time = count(0.0, ROUND / 4)

    def clock() -> float:
        return next(time)

    def look() -> None:
        if len(log) > (looks[-1] if looks else 0):
            looks.append(len(log))

    pump = Pump(clock)
    checking = get_hub().loop.check()
    checking.start(look)
    for name in "abcdefghij":
        pump.wake(Link(name, 1, log))
    until(lambda: len(log) == 10)
    checking.stop()
    checking.close()
    assert log == list("abcdefghij")
    assert looks[:2] == [4, 8]


def test_what_is_costly_lets_the_others_have_as_much_time() -> None:
    log: list[str] = []
    time = [0.0]

    class Takes(Link):
        """Has turns that take this long."""

        seconds = 0.001

        def turn(self, budget: int) -> bool:
            time[0] += self.seconds
            return super().turn(budget)

    class Search(Takes):
        """The same, with much to do."""

        seconds = 4 * ROUND

    pump = Pump(lambda: time[0])
    for name in "xyz":
        pump.wake(Search(name, 1, log), costly=True)
    for name in "ab":
        pump.wake(Takes(name, 25, log))
    until(lambda: len(log) == 53)
    heard = [len(list(group)) for is_sound, group in groupby(log, "ab".__contains__) if is_sound]
    # Nobody who searches comes first, or again before the sound had as many milliseconds.
    assert heard == [2, 20, 20, 8]
    assert [who for who in log if who not in "ab"] == list("xyz")


def test_what_is_costly_waits_for_nobody_where_nobody_is_due() -> None:
    log: list[str] = []
    pump = Pump(lambda: 0.0)
    for name in "xy":
        pump.wake(Link(name, 2, log), costly=True)
    until(lambda: len(log) == 4)
    assert log == ["x", "y", "x", "y"]


def test_a_defect_costs_one_listener_alone(caplog: pytest.LogCaptureFixture) -> None:
    log: list[str] = []
    pump = Pump()
    broken, other = Broken("x", 1, log), Link("a", 3, log)
    with caplog.at_level(logging.CRITICAL + 1, "antiphon.server"):
        pump.wake(broken)
        pump.wake(other)
        until(lambda: len(log) == 3)
    assert broken.dropped
    assert not other.dropped
