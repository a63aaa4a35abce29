# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m client HOST [PORT]`: where the program begins, quiet under Ctrl-C from the first."""

import signal
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; its exit status."""
    # Nobody is there to catch KeyboardInterrupt while a hundred modules are imported: until the
    # program can end in order, Ctrl-C ends it as it ends others. Who ignores it goes on doing so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from client import program  # noqa: PLC0415

    return program.main(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
