# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parent and a worker tell each other."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.config import Share
from server.workers.wire import (
    ALIVE,
    FAILED,
    LONGEST,
    MOST_UNSENT,
    READY,
    RELOADING,
    STOPPING,
    Task,
    ToParent,
    give,
    pair,
    take,
)

TASK = Task(Share(2, 3), 4711, "/state", ("--workers", "3", "no text \udcff", "music"))


def test_the_task_comes_with_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, worker = pair()
    with parent, worker:
        monkeypatch.chdir(tmp_path)
        give(parent, TASK, None)
        monkeypatch.chdir("/")
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
        assert take(worker) == (TASK, None)
        assert Path.cwd() == tmp_path
        assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_listening_socket_comes_along() -> None:
    parent, worker = pair()
    with parent, worker, socket.create_server(("127.0.0.1", 0)) as listening:
        give(parent, TASK, listening)
        task, same = take(worker)
        assert task == TASK
        assert same is not None
        with same, socket.create_connection(listening.getsockname()):
            assert same.getsockname() == listening.getsockname()
            assert not same.getblocking()
            assert not same.get_inheritable()


def test_there_is_no_parent() -> None:
    parent, worker = pair()
    with worker:
        parent.close()
        with pytest.raises(EOFError):
            take(worker)
        ToParent(worker).ready()  # which nobody hears


def test_what_a_worker_says() -> None:
    parent, worker = pair()
    with parent, worker:
        says = ToParent(worker)
        for say, word in (
            (says.ready, READY),
            (says.reloading, RELOADING),
            (says.stopping, STOPPING),
            (says.alive, ALIVE),
            (lambda: says.failed("no port \udcff"), FAILED + b"no port \\udcff"),
        ):
            say()
            assert parent.recv(100) == word


def test_a_reason_has_an_end() -> None:
    parent, worker = pair()
    with parent, worker:
        ToParent(worker).failed("x" * 2 * LONGEST)
        assert len(parent.recv(2 * LONGEST)) == LONGEST


def test_a_parent_that_is_stopped_hears_the_last_words_later() -> None:
    parent, worker = pair()
    with parent, worker:
        parent.setblocking(False)
        says = ToParent(worker)
        for _ in range(10_000):  # more than any kernel keeps
            says.alive()
        says.reloading()
        says.ready()
        heard = list(heard_by(parent))
        assert 0 < len(heard) < 10_000
        says.alive()
        assert [*heard_by(parent)] == [ALIVE, RELOADING, READY]
        for _ in range(10_000):
            says.ready()
        list(heard_by(parent))
        says.alive()
        assert [*heard_by(parent)] == [READY] * MOST_UNSENT


def heard_by(parent: socket.socket) -> Iterator[bytes]:
    """All that has come."""
    while True:
        try:
            yield parent.recv(100)
        except BlockingIOError:
            return
