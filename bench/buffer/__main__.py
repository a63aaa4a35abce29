# SPDX-License-Identifier: GPL-3.0-or-later
"""Start rules on simulated plays: ours, fixed marks, peers, whole-file rules, the clairvoyant."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict

from bench.buffer.generators import generated
from bench.buffer.page import CLASS_HEADER, HEADER, class_rows, rows, write_page
from bench.buffer.results import Plays, figures, gather
from bench.buffer.run import Plan, run
from bench.buffer.traces import TraceError, read_traces
from bench.buffer.workload import WORKLOADS
from bench.command_line import CommandLine, count_up_to, existing_folder, new_file, whole_number
from bench.report import text_table, write_json, write_line
from bench.serving import headline


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate and report; 2 where the traces cannot be read."""
    parser = CommandLine("buffer", __doc__)
    add = parser.add_argument
    add("--traces", type=existing_folder, metavar="DIR", help="recorded links (else: made)")
    add("--plays", type=count_up_to(), default=2000, metavar="N", help="of each workload")
    add("--seed", type=whole_number, default=1, metavar="N")
    add("--json", type=new_file, metavar="FILE", help="the figures, as one object")
    add("--html", type=new_file, metavar="FILE", help="a page with tables and plots")
    add("--lines", type=new_file, metavar="FILE", help="each play, as JSON lines")
    wanted = parser.parse_args(arguments)
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
