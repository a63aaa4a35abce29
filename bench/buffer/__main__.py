# SPDX-License-Identifier: GPL-3.0-or-later
"""Start rules on simulated plays: ours, fixed marks, peers, whole-file rules, the clairvoyant."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.buffer.generators import generated
from bench.buffer.page import CLASS_HEADER, HEADER, class_rows, rows, write_page
from bench.buffer.results import Plays, figures, gather
from bench.buffer.run import Plan, run
from bench.buffer.traces import TraceError, read_traces
from bench.buffer.workload import WORKLOADS
from bench.report import text_table, write_json, write_line
from bench.serving import headline


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate and report; 2 where the traces cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m bench buffer", description=__doc__)
    parser.add_argument("--traces", type=Path, metavar="DIR", help="recorded links (else: made)")
    parser.add_argument("--plays", type=int, default=2000, metavar="N", help="of each workload")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures, as one object")
    parser.add_argument("--html", type=Path, metavar="FILE", help="a page with tables and plots")
    parser.add_argument("--lines", type=Path, metavar="FILE", help="each play, as JSON lines")
    wanted = parser.parse_args(arguments)
    if wanted.plays < 1:
        parser.error("--plays must be at least 1")
    try:
        traces = read_traces(wanted.traces) if wanted.traces else generated(wanted.seed)
    except (TraceError, OSError) as error:
        print(f"bench buffer: {error}", file=sys.stderr)
        return 2
    source = str(wanted.traces) if wanted.traces else "made by its own generators"
    said = headline(
        f"{wanted.plays} plays a workload over {len(traces)} traces ({source})", seed=wanted.seed
    )
    plays = gather(run(Plan(traces, wanted.plays, wanted.seed)))
    print(said)
    for workload in WORKLOADS:
        of = plays[workload]
        print(f"\n{workload}\n{text_table(HEADER, rows(of, wanted.seed))}")
        print("\ncap60 by how long the clairvoyant waits")
        print(text_table(CLASS_HEADER, class_rows(of)))
    write_results(wanted, plays, said)
    return 0


def write_results(wanted: argparse.Namespace, plays: Plays, said: str) -> None:
    """The files that were asked for; raises OSError."""
    if wanted.json:
        found = {
            workload: {rule: asdict(figures(results)) for rule, results in of.items()}
            for workload, of in plays.items()
        }
        write_json(wanted.json, found)
    if wanted.lines:
        with wanted.lines.open("w", encoding="utf-8") as lines:
            for of in plays.values():
                for results in of.values():
                    for result in results:
                        write_line(lines, asdict(result))
    if wanted.html:
        write_page(wanted.html, plays, said, wanted.seed)


if __name__ == "__main__":
    sys.exit(main())
