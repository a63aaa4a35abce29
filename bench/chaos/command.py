# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench chaos`: a server and its clients, to which everything happens."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.chaos.network import QUALITIES
from bench.chaos.page import COLUMNS, cause_rows, page, rows
from bench.chaos.results import figures, is_bad
from bench.chaos.run import Order, run
from bench.command_line import (
    CommandLine,
    count_up_to,
    new_file,
    new_folder,
    number_from,
    terminating,
    whole_number,
)
from bench.links.namespaces import TUN, new_namespace
from bench.links.programs import ProgramError
from bench.links.wire import LinkError
from bench.report import text_table, write_json
from bench.serving import headline
from bench.songs import TITLES, SongError

MINUTE: Final = 60.0
SLOWEST: Final = 0.01  # times the usual
LEAST: Final = 0.2  # minutes: shorter, there is no time for faults


def why_not() -> str | None:
    """The reason why no run can be made here, in a sentence; None where one can."""
    try:
        os.close(new_namespace())
    except OSError as error:
        return f"Network namespaces cannot be made ({error.strerror}); run this as root."
    return None if TUN.exists() else f"There is no {TUN}; load the kernel's module tun."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and report; exit status 1 where something was wrong, 2 where there can be no run."""
    options = _command_line().parse_args(arguments)
    problem = why_not()
    if problem is not None:
        print(f"chaos: {problem}", file=sys.stderr)
        return 2
    order = Order(
        seed=options.seed,
        seconds=options.minutes * MINUTE,
        clients=options.clients,
        songs=options.songs,
        pace=options.pace,
        keep=options.keep,
    )
    try:
        with terminating(), tempfile.TemporaryDirectory(prefix="chaos-") as folder:
            return _measure(order, Path(folder), options)
    except (SongError, LinkError, ProgramError, OSError) as error:
        print(f"chaos: {error}", file=sys.stderr)
        return 2


def _measure(order: Order, work: Path, options: argparse.Namespace) -> int:
    scenario = f"{order.clients} clients on {order.links} links, {options.minutes:g} minutes"
    head = headline(scenario, seed=order.seed)
    print(head, flush=True)
    outcome = run(order, work, lambda line: print(line, file=sys.stderr, flush=True))
    found = figures(outcome)
    print(text_table(("figure", "value"), rows(found)))
    print(text_table(("silenced by", *COLUMNS), cause_rows(found)))
    for name in ("wrong", "jumps", "deaths", "defects", "failures"):
        for sentence in found[name]:
            print(f"{name}: {sentence}")
    for gap in found["unexplained"]:
        print(f"unexplained: {gap}")
    if options.json:
        write_json(options.json, {**found, "headline": head})
    if options.html:
        page(outcome, found, head, options.html)
    return 1 if is_bad(found) else 0


def _command_line() -> CommandLine:
    links = "; ".join(str(quality) for quality in QUALITIES)
    parser = CommandLine(
        "chaos",
        "A server and many clients, to which everything happens that can happen; every"
        " sample that is heard is compared. Needs root, for network namespaces, and lame.",
        epilog=f"links: {links}. The exit status is 1 where anything was wrong.",
    )
    add = parser.add_argument
    add(
        "--seed",
        type=whole_number,
        default=1,
        help="of the faults and of listeners (default: 1)",
    )
    add(
        "--minutes",
        type=number_from(LEAST),
        default=10.0,
        metavar="M",
        help="how long (default: 10)",
    )
    add("--clients", type=count_up_to(200), default=20, metavar="N", help="how many (default: 20)")
    add(
        "--songs",
        type=count_up_to(len(TITLES)),
        default=8,
        metavar="N",
        help=f"how many, up to {len(TITLES)} (default: 8)",
    )
    add(
        "--pace",
        type=number_from(SLOWEST),
        default=1.0,
        metavar="X",
        help="so many times as many faults as usual (default: 1)",
    )
    add("--json", type=new_file, metavar="FILE", help="write the result into this file")
    add("--html", type=new_file, metavar="FILE", help="write a page with plots into this file")
    add(
        "--keep",
        type=new_folder,
        metavar="DIR",
        help="keep the tapes and lines of clients with something wrong here",
    )
    return parser
