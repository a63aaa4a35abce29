# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a core some thousand listeners of 128 kbit/s cost.

`python -m bench.capacity 500 2000` lets simulated listeners grant 8 seconds at a time to a server
on loopback that has core 0 to itself; the listeners have the other cores.

A row: listeners; seconds until all were attached; MB/s that came; share of a core that the server
used by its own account; busy share of its core, which is the truth where nothing else runs on it;
milliseconds from CREDIT to the last byte of a top-up (median, 95th, 99th percentile); top-ups that
were not complete when the next was due; MB of the server's own memory; errors.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.load import RATE, SwarmProcess, alone_on_a_core, busy, resident, write_songs
from bench.serving import Serving, headline

SERVER_CORE = 0
COLUMNS = (
    f"{'listeners':>9} {'attach':>7} {'MB/s':>7} {'server':>7} {'core':>7}"
    f" {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'late':>5} {'MB':>6}  errors"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="bench.capacity", description=__doc__)
    parser.add_argument("listeners", type=int, nargs="+", metavar="LISTENERS")
    parser.add_argument("--seconds", type=float, default=16.0, metavar="S")
    parser.add_argument("--period", type=float, default=8.0, metavar="S", help="of one top-up")
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="of listeners")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args(arguments)
    print(headline(f"{RATE} bytes/s in top-ups of {wanted.period:g} s", seed=wanted.seed))
    print(COLUMNS)
    with tempfile.TemporaryDirectory() as folder:
        write_songs(Path(folder), seconds=3 * wanted.period + wanted.seconds)
        for listeners in wanted.listeners:
            with alone_on_a_core(Path(folder), (), SERVER_CORE) as server:
                print(_row(server, listeners, wanted), flush=True)
    return 0


def _row(server: Serving, listeners: int, wanted: argparse.Namespace) -> str:
    others = set(range(os.cpu_count() or 1)) - {SERVER_CORE} or {SERVER_CORE}
    share = -(-listeners // wanted.processes)
    swarms = [
        SwarmProcess(
            server.port,
            min(share, listeners - first),
            period=wanted.period,
            rate=RATE,
            seed=wanted.seed + first,
            cores=others,
        )
        for first in range(0, listeners, share)
    ]
    try:
        attach = max(swarm.attached().attach_seconds for swarm in swarms)
        time.sleep(wanted.period + 1)  # until all have begun
        before = busy(server.pid, SERVER_CORE)
        time.sleep(wanted.seconds)
        used, core = busy(server.pid, SERVER_CORE).since(before)
        memory = resident(server.pid) / 1e6
        seen = [swarm.stop() for swarm in swarms]
    finally:
        for swarm in swarms:
            swarm.kill()
    latencies = sorted(ms for one in seen for ms in one.latencies_ms) or [0.0]
    cuts = statistics.quantiles(latencies, n=100) if len(latencies) > 1 else 99 * latencies
    rate = sum(one.payload_bytes for one in seen) / (wanted.seconds + wanted.period + 1) / 1e6
    errors = Counter(error for one in seen for error in one.errors)
    return (
        f"{listeners:9d} {attach:7.1f} {rate:7.1f} {100 * used:6.1f}% {100 * core:6.1f}%"
        f" {cuts[49]:8.1f} {cuts[94]:8.1f} {cuts[98]:8.1f} {sum(one.late for one in seen):5d}"
        f" {memory:6.1f}  {dict(errors) or 'none'}"
    )


if __name__ == "__main__":
    sys.exit(main())
