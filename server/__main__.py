# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m server [PORT] FOLDER`: where the program begins, quiet under Ctrl-C from the first."""

import signal
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; its exit status."""
    # As in client/__main__.py, which may not be imported from here: while modules are imported,
    # nobody catches KeyboardInterrupt, and Ctrl-C ends this program as it ends others.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # So would SIGHUP, where it is to read a configuration again: it waits (server/hang_up.py).
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    from server import program  # noqa: PLC0415

    return program.main(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
