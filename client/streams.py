# SPDX-License-Identifier: GPL-3.0-or-later
"""The standard streams, where whoever started the client may have left some of them closed."""

import os
import stat
import sys
from pathlib import Path

STDIN, STDOUT, STDERR = range(3)


def mend_streams() -> None:
    """Puts something in the place of each that is closed, before a socket takes its number.

    Standard input is empty then, standard error goes nowhere, and writing to standard output fails
    with OSError, as it would on a full disk: what was asked for cannot be given.
    """
    for number in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is the one that opens.
            os.open(os.devnull, os.O_WRONLY if number == STDERR else os.O_RDONLY)
    # The interpreter has None for those that it found closed.
    sys.stdin = sys.stdin or open(STDIN, closefd=False)  # noqa: SIM115 - no path
    sys.stdout = sys.stdout or open(STDOUT, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(STDERR, "w", closefd=False)  # noqa: SIM115


def drop_stdout() -> None:
    """Lets the interpreter's last flush of standard output succeed, where writing to it failed."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, STDOUT)
    os.close(null)


def is_stdout(path: str) -> bool:
    """Whether what is written to `path` gets in between what is written to standard output."""
    try:
        one, other = Path(path).stat(), os.fstat(STDOUT)
    except OSError:
        return False
    # A device, such as /dev/null, is no place where the two would meet.
    return os.path.samestat(one, other) and not stat.S_ISCHR(one.st_mode)
