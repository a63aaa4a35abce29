# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m server.workers.worker`: one of several processes that are one server.

Only their parent starts it, and it does not outlive the parent: clients are better off with nobody
than with a server that nobody can end, and come back to the next one as they do to any that died.
"""

import os
import shutil
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

import gevent

from server.options import OptionsError, Parsed, parse
from server.running import run_server
from server.starting import StartError
from server.workers.plan import PlanError, check, shared
from server.workers.wire import BEAT, STDIN, Task, ToParent, take

ORPHANED: Final = 1  # exit status


def main() -> int:
    """Do the parent's task; the exit status."""
    sock = socket.socket(fileno=STDIN)
    try:
        task, listening = take(sock)
    except (EOFError, OSError):
        return ORPHANED
    # A thread, not the hub: it must not wait until the hub has time.
    threading.Thread(target=_end_with, args=(sock, task.state), name="parent", daemon=True).start()
    to_parent = ToParent(sock)
    # A greenlet, not a thread: it must not say so when the hub has stopped.
    gevent.spawn(_beat, to_parent)
    try:
        return run_server(
            read(task), reread=lambda: read(task), listening=listening, manager=to_parent
        )
    except (OptionsError, StartError) as error:
        to_parent.failed(str(error))  # who tells it: a server that does not start has one voice
        return 1


def read(task: Task) -> Parsed:
    """The configuration, as far as it is this worker's; raises OptionsError."""
    parsed = parse(task.words)
    config = replace(parsed.config, port=task.port, workers=task.share.of)
    if config.state is None and task.state is not None:
        config = replace(config, state=Path(task.state))
    try:
        check(config)
    except PlanError as error:
        raise OptionsError(str(error)) from None
    return replace(parsed, config=shared(config, task.share))


def _beat(to_parent: ToParent) -> None:
    while True:
        to_parent.alive()
        gevent.sleep(BEAT)


def _end_with(parent: socket.socket, state: str | None) -> None:
    """End this process, whatever it does, when the parent is no more.

    The folder `state`, that was to be forgotten at the end, nobody else is left to forget.
    """
    try:
        while parent.recv(1):
            pass
    finally:
        if state is not None:
            shutil.rmtree(state, ignore_errors=True)
        os._exit(ORPHANED)


if __name__ == "__main__":
    sys.exit(main())
