# SPDX-License-Identifier: GPL-3.0-or-later
"""The signals that end a server, and what those see who wait for it."""

import os
import signal
from collections.abc import Callable
from functools import partial
from signal import SIGHUP, SIGINT, SIGTERM

import gevent
import pytest

from server.draining import SIGNALS_APART, Asked, Ending, Mode
from server.shutdown import Shutdown


class Process:
    """What the hub would do at a signal, at a time that passes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.handlers: dict[int, Callable[[], None]] = {}
        self.now = 0.0
        self.ignored: set[int] = set()
        self.exits: list[int] = []
        monkeypatch.setattr(gevent, "signal_handler", self._handle)
        monkeypatch.setattr(signal, "getsignal", self._handler_of)
        monkeypatch.setattr(os, "_exit", self.exits.append)
        monkeypatch.setattr("server.shutdown.clock", lambda: self.now)

    def signalled(self, number: int) -> None:
        self.now += 2 * SIGNALS_APART
        self.handlers[number]()

    def _handle(self, number: int, act: Callable[..., None], *given: object) -> None:
        self.handlers[number] = partial(act, *given)

    def _handler_of(self, number: int) -> signal.Handlers:
        return signal.SIG_IGN if number in self.ignored else signal.SIG_DFL


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Process:
    return Process(monkeypatch)


def test_a_kind_end_is_a_drain_until_a_second_signal(process: Process) -> None:
    shutdown = Shutdown(Ending(drains=True))
    shutdown.heed_signals(None)
    waiting = gevent.spawn(shutdown.wait)
    gevent.sleep(0)
    assert not waiting.ready()
    process.signalled(SIGTERM)
    waiting.get(timeout=30)
    assert shutdown.ending.mode is Mode.DRAINING
    assert not shutdown.wait_to_leave(0)
    process.signalled(SIGTERM)
    assert shutdown.wait_to_leave(0)
    assert process.exits == []
    process.signalled(SIGTERM)
    assert process.exits == [1]


@pytest.mark.parametrize("number", [SIGINT, SIGHUP])
def test_others_are_the_end_at_once(process: Process, number: int) -> None:
    shutdown = Shutdown(Ending(drains=True))
    shutdown.heed_signals(None)
    process.signalled(number)
    shutdown.wait()
    assert shutdown.ending.mode is Mode.LEAVING
    assert shutdown.wait_to_leave(0)


def test_a_hang_up_ends_nothing_where_it_is_wanted_for_something_else(process: Process) -> None:
    hung_up: list[bool] = []
    shutdown = Shutdown(Ending(drains=True))
    shutdown.heed_signals(lambda: hung_up.append(True))
    process.signalled(SIGHUP)
    assert hung_up == [True]
    assert shutdown.ending.mode is Mode.SERVING


def test_a_hang_up_stays_ignored(process: Process) -> None:
    process.ignored.add(SIGHUP)
    Shutdown(Ending(drains=True)).heed_signals(None)
    assert set(process.handlers) == {SIGTERM, SIGINT}


def test_it_is_over_when_nobody_listens_any_more(process: Process) -> None:
    shutdown = Shutdown(Ending(drains=True))
    shutdown.heed_signals(None)
    process.signalled(SIGTERM)
    shutdown.ask(Asked.EMPTY)
    assert shutdown.wait_to_leave(0)
