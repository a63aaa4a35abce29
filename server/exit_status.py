# SPDX-License-Identifier: GPL-3.0-or-later
"""The exit statuses of a command that a signal ended, as shells have them."""

import os
import signal
import sys
from typing import Final

_BASE: Final = 128

INTERRUPTED: Final = _BASE + signal.SIGINT
CLOSED_PIPE: Final = _BASE + signal.SIGPIPE


def drop_output() -> int:
    """Write nothing more, as whoever read it has seen enough; the exit status is CLOSED_PIPE."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return CLOSED_PIPE
