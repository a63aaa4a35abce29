# SPDX-License-Identifier: GPL-3.0-or-later
"""The threads in which passwords are checked, behind whatever serves listeners.

scrypt holds no lock of the interpreter while it computes, so the hub runs on meanwhile.
"""

import os
import threading
from collections.abc import Callable
from typing import Final

import gevent
from gevent.event import AsyncResult
from gevent.threadpool import ThreadPool

from server.logbook import Logbook

EVENTS = Logbook("antiphon.server")

NICENESS: Final = 10  # of a thread, on Linux; the hub's has the process's, mostly 0


class Threads:
    """A few threads, started when they are first needed."""

    def __init__(self, most: int) -> None:
        """`most` pieces of work are done at a time; more must not be asked for."""
        self._pool = ThreadPool(most)  # whose `spawn` would wait where all of them are busy

    def __call__(self, work: Callable[[], bool], done: Callable[[bool | None], None]) -> None:
        """Have `work` done; `done` is called in the hub, with None where it failed."""
        try:
            result: AsyncResult[bool | Exception] = self._pool.spawn(_gently, work)
        except RuntimeError as error:  # no thread can be started
            EVENTS.warning("login_unchecked", "a password cannot be checked", reason=error)
            gevent.get_hub().loop.run_callback(done, None)
            return
        result.rawlink(lambda ended: _tell(ended, done))

    def close(self) -> None:
        """Wait for what is being done, and end the threads."""
        self._pool.kill()


def _gently(work: Callable[[], bool]) -> bool | Exception:
    thread = threading.get_native_id()
    if os.getpriority(os.PRIO_PROCESS, thread) < NICENESS:
        os.setpriority(os.PRIO_PROCESS, thread, NICENESS)
    try:
        return work()
    except (MemoryError, OSError, ValueError) as error:  # as scrypt has it
        return error


def _tell(ended: "AsyncResult[bool | Exception]", done: Callable[[bool | None], None]) -> None:
    result = ended.value
    if not isinstance(result, bool):
        EVENTS.warning("login_unchecked", "a password cannot be checked", reason=result)
        result = None
    try:
        done(result)
    except Exception:  # noqa: BLE001 - a defect here must cost one listener and nobody else
        EVENTS.defect("a defect of the server")
