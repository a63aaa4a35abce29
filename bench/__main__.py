# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench NAME …`: the measurements by name; bench/README.md says what each shows."""

import errno
import importlib
import os
import sys
from collections.abc import Callable, Sequence

from client.streams import drop_stdout

BENCHES = {
    "buffer": ("bench.buffer.__main__", "start rules on thousands of simulated plays"),
    "fit": ("bench.buffer.fit", "seeks the start rule's weights on simulated plays"),
    "clicks": ("bench.clicks", "milliseconds from `play` to sound on loopback"),
    "links": ("bench.links.command", "real programs over emulated links, beside other players"),
    "idle": ("bench.idle", "what a server costs to which nobody listens"),
    "chaos": ("bench.chaos.command", "everything goes wrong, and what is heard is compared"),
    "resume": ("bench.resume", "how soon a song goes on when the link breaks"),
    "nodes": ("bench.nodes.command", "one of two servers behind HAProxy is killed"),
    "soak": ("bench.soak.command", "hours of music in minutes, and whether anything grows"),
    "station": ("bench.station.command", "a station's listeners feed each other, and are killed"),
    "scale": ("bench.scale.command", "what thousands of listeners cost, beside nginx and icecast"),
}
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})  # no fault of a program
USAGE = "usage: python -m bench NAME [OPTION...]      (python -m bench NAME --help says more)"


def main(arguments: Sequence[str]) -> int:
    """Run the measurement that is named first; its exit status.

    1 where the result cannot be written, 2 where no measurement is called so.
    """
    try:
        status = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        drop_stdout()
        return 1
    except OSError as problem:
        if problem.errno not in FULL:
            raise
        reason = os.strerror(problem.errno)
        print(f"bench: the result cannot be written: {reason}", file=sys.stderr)
        drop_stdout()
        return 1
    return status


def _run(arguments: Sequence[str]) -> int:
    match arguments:
        case [name, *rest] if name in BENCHES:
            found = importlib.import_module(BENCHES[name][0])
            measure: Callable[[Sequence[str]], int] = found.main
            return measure(rest)
        case [] | ["-h" | "--help"]:
            print("\n".join([USAGE, "", *_names()]))
            return 0
        case _:
            problem = f"bench: there is no measurement called {arguments[0]}; these there are:"
            print("\n".join([problem, "", *_names()]), file=sys.stderr)
            return 2


def _names() -> list[str]:
    return [f"  {name:<9} {what}" for name, (_module, what) in BENCHES.items()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
