# SPDX-License-Identifier: GPL-3.0-or-later
"""The exit statuses of a command that did not succeed, as argparse and shells have them."""

import os
import signal
import sys
from typing import Final

FAILED: Final = 1  # what was asked for makes sense, and cannot be done here
MISUSED: Final = 2  # what was asked for is wrong in itself
_BASE: Final = 128  # and the number of the signal that ended it

INTERRUPTED: Final = _BASE + signal.SIGINT
CLOSED_PIPE: Final = _BASE + signal.SIGPIPE


def drop_output() -> int:
    """Write nothing more, as whoever read it has seen enough; the exit status is CLOSED_PIPE."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return CLOSED_PIPE
