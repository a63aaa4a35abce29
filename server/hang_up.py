# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGHUP while a server starts: it waits until there is somebody who obeys it.

It would end a process that has said nothing about it yet, and whoever changes a configuration does
not ask whether its server is ready. Blocked, it is kept by the kernel, and comes when it is let.
`server.__main__` begins so, before it imports anything.
"""

import contextlib
import signal
from collections.abc import Generator


def let_come() -> None:
    """It does what is settled for it from now on, and at once where one has come already."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


@contextlib.contextmanager
def kept_from_children() -> Generator[None]:
    """What is started in this block begins with it blocked, and lets it come itself."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
