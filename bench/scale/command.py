# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench scale`: what listeners cost, beside nginx and icecast; bench/README.md says all.

Every server has one core to itself, the listeners have the others, and all of it is measured in one
run, one server after the other.
"""

import argparse
import contextlib
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from bench.command_line import CommandLine, count_up_to, new_file, number_from, some_of
from bench.load import RATE, TRACKS, LoadError, write_songs
from bench.report import text_table, write_json
from bench.scale.measuring import Bench, Herd, Start, herd, steady
from bench.scale.orders import Order
from bench.scale.peers import MOUNT, Peer, PeerError, antiphon, control, icecast, nginx
from bench.scale.results import HEADER, Result, as_json, cells, page, verdicts
from bench.scale.workers import HEADER as WORKERS_HEADER
from bench.scale.workers import as_json as workers_as_json
from bench.scale.workers import one_round
from bench.scale.workers import verdicts as worker_verdicts
from bench.serving import headline
from client.settings import TOP_UP
from common.constants import FIRST_WINDOW

OWN: Final = "antiphon"
BESIDE: Final = ("control", "nginx", "icecast")
SERVER_CORE: Final = 0
LEAD: Final = RATE  # bytes: a second of sound, the least with which any of our players starts
ICECAST_LISTENERS: Final = 2_500  # more than one core of it bears would measure its collapse
SHORTEST: Final = 1.0  # seconds
HERDS: Final = 3  # each on a new server
SPARE: Final = 100  # descriptors of a process beside those of its listeners
NICE: Final = -15
GROUP: Final = Path("/proc/self/autogroup")


class SetupError(Exception):
    """The measurement cannot begin; the argument is a sentence."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One server, and what its listeners are told."""

    name: str
    order: Order
    music: Path
    folder: Path  # for what it writes, a new one for each start

    def start(self, core: int, others: frozenset[int]) -> AbstractContextManager[Peer]:
        """A new process of it."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        match self.name:
            case "control":
                return control(core=core)
            case "nginx":
                return nginx(folder, self.music, listeners=self.order.listeners, core=core)
            case "icecast":
                count = self.order.listeners
                return icecast(folder, listeners=count, core=core, feeder=set(others))
            case _:
                return antiphon(self.music, listeners=self.order.listeners, core=core)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; the exit status: 1 where this server failed, 2 where none can be made."""
    options = _command_line().parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        bench = _bench(options)
        with ahead_of_others():
            if options.workers > 1:
                return _measure_workers(options, bench)
            results = _measure(options, bench)
    except (SetupError, OSError) as error:
        print(f"scale: {error}", file=sys.stderr)
        return 2
    line = headline(f"{RATE} bytes/s in top-ups of {options.period:g} s", seed=1)
    print(line)
    print(text_table(HEADER, [cells(result) for result in results]))
    print("\n".join(verdicts(results)))
    if options.json:
        write_json(options.json, as_json(results))
    if options.html:
        page(results, line).write(options.html)
    return 0 if results[0].steady is not None else 1


def _terminated(_number: int, _frame: object) -> NoReturn:
    sys.exit(143)  # through every `finally`, so that nothing stays behind


def _command_line() -> CommandLine:
    parser = CommandLine("scale", __doc__)
    add = parser.add_argument
    count = count_up_to()
    add("--listeners", type=count, default=9_500, metavar="N")
    add(
        "--seconds",
        type=number_from(SHORTEST),
        default=24.0,
        metavar="S",
        help="to watch for (default: 24)",
    )
    add(
        "--period",
        type=number_from(SHORTEST),
        default=TOP_UP,
        metavar="S",
        help=f"of sound in a top-up (default: the client's own, {TOP_UP:g})",
    )
    add(
        "--beside",
        type=some_of(BESIDE, nothing="none"),
        default=BESIDE,
        metavar="NAMES",
        help=f"of {','.join(BESIDE)} (default: all; none: nothing beside)",
    )
    add(
        "--herd",
        type=count_up_to(least=0),
        default=1_000,
        metavar="N",
        help="who come at once; 0: no herd",
    )
    add("--processes", type=count, default=2, metavar="N", help="of listeners")
    add(
        "--workers",
        type=count,
        default=1,
        metavar="N",
        help="compare N processes that have N times the listeners with one, and nothing else",
    )
    add("--rounds", type=count, default=2, metavar="N", help="with --workers (default: 2)")
    add("--json", type=new_file, metavar="FILE")
    add("--html", type=new_file, metavar="FILE")
    return parser


def _bench(options: argparse.Namespace) -> Bench:
    cores = os.sched_getaffinity(0)
    others = frozenset(cores - {SERVER_CORE})
    if SERVER_CORE not in cores or not others:
        raise SetupError("two cores are needed: one for the server, one for its listeners")
    os.sched_setaffinity(0, others)
    return Bench(SERVER_CORE, others, options.processes, options.seconds)


@contextmanager
def ahead_of_others() -> Generator[None]:
    """So that what else the machine does counts as little as can be, as far as we may.

    Where the kernel groups processes by terminal, a process is nice only to those of its own; so
    the group is set too, and set back.
    """
    before = "0"
    with contextlib.suppress(OSError):
        before = GROUP.read_text(encoding="ascii").rsplit(maxsplit=1)[-1]
    with contextlib.suppress(OSError):
        os.nice(NICE)
        GROUP.write_text(str(NICE), encoding="ascii")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            GROUP.write_text(before, encoding="ascii")


@contextmanager
def _played(options: argparse.Namespace) -> Generator[tuple[Order, Path, Path]]:
    """What listeners of this server are told, the music, and where servers may write."""
    listeners = affordable(options.listeners)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)  # icecast gives up being root, and must still get in
        music = folder / "music"
        music.mkdir()
        lasting = 3 * options.period + options.seconds + 30
        write_songs(music, seconds=lasting)
        first = LEAD + int(options.period * RATE)
        songs = tuple(f"/{number}.mp3" for number in range(1, TRACKS + 1))
        order = Order(
            kind=OWN,
            port=0,
            listeners=listeners,
            rate=RATE,
            period=options.period,
            lead=LEAD,
            first=first,
            ramp=2 * options.period,
            paths=songs,
        )
        yield order, music, folder


def _measure(options: argparse.Namespace, bench: Bench) -> list[Result]:
    with _played(options) as (order, music, folder):
        orders = {
            "nginx": replace(order, kind="http"),
            "icecast": replace(
                order,
                kind="http",
                paths=(MOUNT,),
                listeners=min(order.listeners, ICECAST_LISTENERS),
            ),
        }
        return [
            _result(Candidate(name, orders.get(name, order), music, folder), bench, options.herd)
            for name in (OWN, *options.beside)
        ]


def _measure_workers(options: argparse.Namespace, bench: Bench) -> int:
    """Measure and report; the exit status."""
    bench = replace(bench, processes=max(bench.processes, options.workers))  # for descriptors
    try:
        with _played(options) as (order, music, _folder):
            found = [
                one_round(bench, order, music, options.workers, tell=_progress)
                for _ in range(options.rounds)
            ]
    except (PeerError, LoadError) as error:
        print(f"scale: {error}", file=sys.stderr)
        return 1
    print(headline(f"{RATE} bytes/s in top-ups of {options.period:g} s", seed=1))
    print(text_table(WORKERS_HEADER, [row for one in found for row in one.rows()]))
    print("\n".join(worker_verdicts(found)))
    if options.json:
        write_json(options.json, workers_as_json(found))
    return 0


def affordable(listeners: int) -> int:
    """As many as there are descriptors for; says so where those are fewer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard or hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    fit = listeners if hard == resource.RLIM_INFINITY else (hard - SPARE) // 2
    if fit < listeners:
        print(
            f"scale: {listeners} listeners need {2 * listeners + SPARE} descriptors in one process,"
            f" and the limit is {hard}: measuring {fit} (ulimit -Hn)",
            file=sys.stderr,
        )
    return min(fit, listeners)


def _result(candidate: Candidate, bench: Bench, herd_size: int) -> Result:
    start = partial(candidate.start, bench.core, bench.others)
    order = candidate.order
    result = Result(candidate.name)
    try:
        _progress(f"{candidate.name}: {order.listeners} listeners come, and stay")
        result.steady = steady(bench, start, order)
        if herd_size:
            result.herds = _herds(candidate, bench, start, herd_size)
    except (PeerError, LoadError, OSError) as error:
        result.missing = str(error)
        _progress(f"{candidate.name}: {error}")
    return result


def _herds(candidate: Candidate, bench: Bench, start: Start, size: int) -> list[Herd]:
    order = replace(candidate.order, listeners=size, first=FIRST_WINDOW)
    found: list[Herd] = []
    for number in range(1, HERDS + 1):
        _progress(f"{candidate.name}: {size} listeners come at once, {number} of {HERDS}")
        found.append(herd(bench, start, order))
    return found


def _progress(text: str) -> None:
    print(f"scale: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
