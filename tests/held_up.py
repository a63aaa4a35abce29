# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that listen to the clock, on a machine that does something else meanwhile. A pytest plugin.

The machine under a virtual one gives its cores to others at times: they are stolen. Sound breaks
off then as it would for anybody, and a peer seems to be gone. A test that listens to the clock and
failed while that happened is tried again; where it happens each time, nothing can be said, and it
is skipped, with how much was stolen. On a machine that keeps its cores a failure stays one.
"""

import os
import time
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import pytest

LISTENING: Final = ("needs_sound", "needs_quiet")  # marks
AGAIN: Final = 2  # times that a test is tried behind the first
PAUSE: Final = 5.0  # seconds between two tries, for the machine to have its cores again
NOTICED: Final = 0.05  # seconds stolen that may be heard: a sink holds 0.2 of sound
A_LOT: Final = 0.05  # of a core; of as much, a few seconds may be in one piece
STOLEN: Final = 7  # the field of /proc/stat (proc_stat(5)), behind the name
TICKS: Final = os.sysconf("SC_CLK_TCK")  # a second


class Moment(NamedTuple):
    """What the clocks show, in seconds."""

    at: float
    stolen: float  # from all cores until now

    @classmethod
    def now(cls, stat: Path = Path("/proc/stat")) -> "Moment":
        """0 is stolen where the kernel does not tell."""
        try:
            stolen = int(stat.read_text(encoding="ascii").split("\n", 1)[0].split()[1 + STOLEN])
        except (OSError, ValueError, IndexError):
            stolen = 0
        return cls(time.monotonic(), stolen / TICKS)


BEGAN: Final = pytest.StashKey[Moment]()  # the latest try of a test


def was_held_up(began: Moment, now: Moment) -> bool:
    """Whether another try may end otherwise."""
    return now.stolen - began.stolen >= NOTICED


def cannot_be_judged(began: Moment, now: Moment) -> str:
    """Why nothing can be said of this try; empty if it counts."""
    stolen, lasted = now.stolen - began.stolen, now.at - began.at
    if stolen < max(NOTICED, A_LOT * lasted):
        return ""
    return f"the machine was held up: {stolen:.1f} s of its cores were stolen in {lasted:.0f} s"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever listens to the clock may be tried again."""
    for item in items:
        if any(item.get_closest_marker(mark) for mark in LISTENING):
            condition = partial(_was_held_up, item)
            item.add_marker(
                pytest.mark.flaky(reruns=AGAIN, reruns_delay=PAUSE, condition=condition)
            )
            # The net under a hang is under all tries together.
            net = float(item.config.getini("timeout"))
            item.add_marker(pytest.mark.timeout((1 + AGAIN) * (net + PAUSE)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A try begins."""
    item.stash[BEGAN] = Moment.now()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The last try of who was held up each time says nothing."""
    report = yield
    tries: int = getattr(item, "execution_count", 0)  # pytest-rerunfailures counts them
    if report.failed and tries > AGAIN and item.get_closest_marker("flaky") is not None:
        why = cannot_be_judged(item.stash[BEGAN], Moment.now())
        if why:
            path, line, _ = item.location
            report.outcome = "skipped"
            report.longrepr = (path, 1 + (line or 0), f"Skipped: {why}")
    return report


def _was_held_up(item: pytest.Item) -> bool:
    return was_held_up(item.stash[BEGAN], Moment.now())
