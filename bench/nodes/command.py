# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench nodes`: a node behind a real HAProxy is killed, and its listeners' tapes judged.

bench/README.md tells the rest.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bench.chaos.command import why_not as why_no_network
from bench.command_line import (
    CommandLine,
    count_up_to,
    new_file,
    new_folder,
    terminating,
    whole_number,
)
from bench.links.priority import favour_session, favour_this
from bench.links.programs import ProgramError
from bench.links.wire import LinkError
from bench.nodes.trial import HEADER, READ_AHEAD, WAYS, Found, perform
from bench.report import keep, text_table, write_json
from bench.serving import headline
from bench.songs import SongError
from bench.station.songs import make_songs

PROGRAMS: Final = ("haproxy", "redis-server", "lame", "nsenter", "ip")


def why_not() -> str | None:
    """Why it cannot be done here; None where it can."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} is not installed"
    return why_no_network()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; the exit status: 1 where something was heard of it, 2 where it cannot."""
    options = _command_line().parse_args(arguments)
    ways = [way for way in WAYS if options.only in way.name]
    if not ways:
        known = "; ".join(way.name for way in WAYS)
        print(
            f"nodes: no way has “{options.only}” in its name; there are: {known}", file=sys.stderr
        )
        return 2
    problem = why_not()
    if problem is not None:
        print(f"nodes: {problem}", file=sys.stderr)
        return 2
    with suppress(OSError):
        favour_this()
        favour_session(os.getpid())
    head = headline(f"{READ_AHEAD:g} s of a song held", seed=options.seed)
    print(head)
    found: list[Found] = []
    failed: list[str] = []
    with terminating(), tempfile.TemporaryDirectory(prefix="nodes-") as folder:
        work = Path(folder)
        try:
            titles = make_songs(work / "songs", count=3, seed=options.seed)
        except SongError as error:
            print(f"nodes: {error}", file=sys.stderr)
            return 2
        for way in ways:
            place = work / way.name.replace(" ", "-")
            place.mkdir()
            print(f"nodes: one is {way.name}", file=sys.stderr, flush=True)
            try:
                found.append(
                    perform(
                        way,
                        place,
                        titles,
                        songs=options.songs,
                        station=options.station,
                        seed=options.seed,
                    )
                )
            except (ProgramError, LinkError, OSError) as error:
                failed.append(f"{way.name}: {error}")
            if options.keep is not None:
                keep(place, options.keep / place.name)
    print(text_table(HEADER, [one.row() for one in found]))
    for trouble in [*failed, *(f"{one.way}: {text}" for one in found for text in one.troubles)]:
        print(f"nodes: {trouble}", file=sys.stderr)
    if options.json is not None:
        trials = [asdict(one) for one in found]
        write_json(options.json, {"headline": head, "trials": trials, "failed": failed})
    return int(bool(failed) or not all(one.is_good for one in found))


def _command_line() -> CommandLine:
    parser = CommandLine(
        "nodes",
        "Two servers behind HAProxy, as deploy/haproxy.cfg has it, in network"
        " namespaces: one of them ends, and every sample that its listeners hear is compared."
        " Needs root, haproxy, redis-server and lame.",
        epilog="The exit status is 1 where anybody heard anything of it.",
    )
    add = parser.add_argument
    add("--songs", type=count_up_to(50), default=4, metavar="N", help="listeners (default: 4)")
    add(
        "--station",
        type=count_up_to(50, least=0),
        default=2,
        metavar="N",
        help="listeners of the station (default: 2)",
    )
    add("--only", metavar="WORDS", default="", help="ways whose name has these")
    add("--seed", type=whole_number, default=1, help="of the songs (default: 1)")
    add("--json", type=new_file, metavar="FILE", help="write the figures there, too")
    add("--keep", type=new_folder, metavar="DIR", help="keep tapes and logs there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
