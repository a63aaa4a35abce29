# SPDX-License-Identifier: GPL-3.0-or-later
"""The threads for passwords: work is done there, and told here."""

import os
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from server.users.elsewhere import NICENESS, Threads
from tests.server.library.files import until


def _are(count: int, things: list[bool | None]) -> bool:
    return len(things) == count


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads(2)
    yield made
    made.close()


def test_work_is_done_behind_all_else_and_told_in_the_hub(
    threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[int] = []
    here: list[int] = []
    told: list[bool | None] = []

    def work() -> bool:
        thread = threading.get_native_id()
        there.extend((thread, os.getpriority(os.PRIO_PROCESS, thread)))
        return True

    def done(result: bool | None) -> None:
        here.append(threading.get_native_id())
        told.append(result)

    nice = os.getpriority(os.PRIO_PROCESS, 0)
    behind = min(19, max(nice + 1, NICENESS))  # also where all of this is behind others
    monkeypatch.setattr("server.users.elsewhere.NICENESS", behind)
    threads(work, done)
    until(lambda: told)
    assert told == [True]
    assert here == [threading.get_native_id()] != there[:1]
    assert there[1] == behind
    assert os.getpriority(os.PRIO_PROCESS, 0) == nice


def test_the_hub_runs_on_meanwhile(threads: Threads) -> None:
    go_on, told = threading.Event(), list[bool | None]()
    for _ in range(2):
        threads(lambda: go_on.wait(30), told.append)
    until(lambda: True)
    assert told == []
    go_on.set()
    until(lambda: len(told) == 2)
    for count in range(3, 50):  # also one right behind the other
        threads(lambda: False, told.append)
        until(partial(_are, count, told))
    assert told == [True, True, *[False] * 47]


def test_work_that_breaks_is_told_as_none(
    threads: Threads, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[bool | None] = []

    def work() -> bool:
        raise MemoryError("scrypt")

    threads(work, told.append)
    until(lambda: told)
    assert told == [None]
    assert "event=login_unchecked reason=scrypt" in caplog.text


def test_where_no_thread_can_be_had(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def __init__(self, most: int) -> None:
            pass

        def spawn(self, *_: object) -> None:
            raise RuntimeError("can't start new thread")

    told: list[bool | None] = []
    monkeypatch.setattr("server.users.elsewhere.ThreadPool", Full)
    threads = Threads(1)
    threads(lambda: True, told.append)
    assert told == []
    until(lambda: told)
    assert told == [None]
    assert "can't start new thread" in caplog.text


def test_a_defect_behind_it_is_logged(threads: Threads, caplog: pytest.LogCaptureFixture) -> None:
    def done(result: bool | None) -> None:
        raise ZeroDivisionError

    threads(lambda: True, done)
    until(lambda: "a defect of the server" in caplog.text)
