# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server costs that has nothing to do: CPU of the server with clients who only stay.

`python -m bench.idle` attaches idle clients, who say PING as the protocol asks and nothing else.
"""

import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.command_line import CommandLine, count_up_to, new_file, number_from
from bench.load import Swarms, alone_on_a_core, busy, write_songs
from bench.report import write_json
from bench.scale.orders import Order
from bench.serving import headline

SHORTEST: Final = 0.1  # seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report."""
    parser = CommandLine("idle", __doc__)
    parser.add_argument("--clients", type=count_up_to(least=0), default=100, metavar="N")
    parser.add_argument("--seconds", type=number_from(SHORTEST), default=30.0, metavar="S")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures there")
    wanted = parser.parse_args(arguments)
    print(headline(f"{wanted.clients} idle clients on loopback"))
    with tempfile.TemporaryDirectory() as folder:
        write_songs(Path(folder), seconds=10)
        used: list[float] = []  # seconds of CPU
        for clients in (0, wanted.clients):
            used.append(_measure(Path(folder), clients, wanted.seconds))
            print(f"{clients:5d} clients: {used[-1]:.2f} s of CPU in {wanted.seconds:g} s")
    if wanted.json:
        figures = {"clients": wanted.clients, "seconds": wanted.seconds}
        write_json(wanted.json, figures | {"cpu_empty": used[0], "cpu": used[1]})
    return 0


def _measure(folder: Path, clients: int, seconds: float) -> float:
    with alone_on_a_core(folder, (), 0) as server, contextlib.ExitStack() as stack:
        if clients:
            order = Order(
                kind="antiphon",
                port=server.port,
                listeners=clients,
                rate=0,
                period=0,
                lead=0,
                first=0,
                ramp=1.0,
                paths=(),
            )
            swarms = Swarms([order], cores={1})
            stack.callback(swarms.kill)
            swarms.begin()
        # What starting and attaching have set going ends first: the indexer rests after 10 s.
        time.sleep(12)
        before = busy([server.pid], 0)
        time.sleep(seconds)
        return busy([server.pid], 0).process - before.process


if __name__ == "__main__":
    sys.exit(main())
