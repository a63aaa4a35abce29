# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench links`: every player over every link; bench/README.md tells the rest."""

import argparse
import os
import shlex
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.command_line import (
    CommandLine,
    count_up_to,
    new_file,
    number_from,
    some_of,
    terminating,
    whole_number,
)
from bench.links.accuracy import accuracy
from bench.links.namespaces import TUN, new_namespace
from bench.links.peers import PEERS
from bench.links.priority import favour_this
from bench.links.programs import Cancelled, ProgramError
from bench.links.scenarios import BY_NAME
from bench.links.songs import make_songs
from bench.links.sound import SoundError
from bench.links.summary import HEADER, Row, lines, page, verdicts
from bench.links.trial import OWN, Trial, perform, row
from bench.links.wire import LinkError
from bench.report import text_table, write_json, write_line
from bench.serving import headline
from bench.songs import SongError

AVAILABLE: Final = Path("/proc/sys/net/ipv4/tcp_available_congestion_control")
LOOK: Final = 0.2  # seconds between two looks for a signal
LATE_SHARE: Final = 0.01  # of the packets, from which on the machine has disturbed a run
TRIES: Final = 2  # of a run in which a program failed, or that was disturbed
MOST_RUNS: Final = 1000
MOST_JOBS: Final = 64  # each is two network namespaces, a server and a player
LEAST_SECONDS: Final = 1.0
LONGEST_SONG: Final = 3600  # seconds
PLAYERS: Final = (OWN, *(known.name for known in PEERS))


class SetupError(Exception):
    """The measurement cannot begin; the argument is a sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; the exit status: 1 where a run failed, 2 where none can be made."""
    options = _command_line().parse_args(arguments)
    try:
        _use_privileges()
        with terminating():
            if options.accuracy:
                print(headline("asked against got on the emulated links", seed=1))
                found = accuracy(options.link, options.scenarios)
                print(text_table(("link", "quantity", "asked", "got"), found))
                return 0
            return _measure(options)
    except (SetupError, SongError, LinkError, OSError) as error:
        print(f"links: {error}", file=sys.stderr)
        return 2


def _measure(options: argparse.Namespace) -> int:
    players = _installed(options.players)
    congestions = _available(options.cc)
    what = f"links {','.join(options.scenarios)}; {','.join(congestions)}; {','.join(players)}"
    head = headline(what, seed=options.seed)
    print(head)
    with ExitStack() as holding:
        output = (
            holding.enter_context(options.lines.open("w", encoding="utf-8"))
            if options.lines
            else None
        )
        folder = Path(holding.enter_context(tempfile.TemporaryDirectory(prefix="links-")))
        trials = _trials(options, congestions, players, folder)

        def done(result: Row) -> None:
            if output is not None:
                write_line(output, result)
                output.flush()

        rows, failed = _perform_all(trials, options.jobs, done)
    print(text_table(HEADER, lines(rows)))
    print("\n".join(verdicts(rows)))
    disturbed = sum(found["disturbed"] for found in rows)
    if disturbed:
        print(
            f"{disturbed} of {len(rows)} runs were disturbed: the machine was too busy for the link"
            " to be in time, so that their stalls may be its own."
        )
    if options.json:
        write_json(options.json, {"runs": rows, "failed": failed, "headline": head})
    if options.html:
        page(rows, head, failed, options.html)
    return 1 if failed else 0


def _trials(
    options: argparse.Namespace, congestions: Sequence[str], players: Sequence[str], folder: Path
) -> list[Trial]:
    made: list[Trial] = []
    songs: dict[int, tuple[Path, Path]] = {}
    for name in options.scenarios:
        scenario = BY_NAME[name]
        kbps = scenario.song_kbps
        if kbps not in songs:
            length = options.song_seconds
            first, second = make_songs(
                folder / str(kbps), kbps=kbps, seconds=length, seed=options.seed
            )
            songs[kbps] = first, second
        made += [
            Trial(
                scenario,
                congestion,
                player,
                run,
                options.seed,
                options.seconds,
                options.song_seconds,
                songs[kbps],
                options.link,
                options.force_cc,
                options.client_options,
                options.server_options,
            )
            for congestion in congestions
            for run in range(options.runs)
            for player in players
        ]
    return made


def _perform_all(
    trials: Sequence[Trial], jobs: int, done: Callable[[Row], None]
) -> tuple[list[Row], list[str]]:
    """All runs, some at the same time; the results in the order of the trials, and failures."""
    stop = threading.Event()
    rows: dict[int, Row] = {}
    failed: list[str] = []
    with ThreadPoolExecutor(jobs) as pool:
        try:
            waiting: dict[Future[Row], int] = {
                pool.submit(made, trial, stop): number for number, trial in enumerate(trials)
            }
            while waiting:
                # In short waits: a signal that another thread was given interrupts no long one.
                for future in wait(waiting, timeout=LOOK, return_when=FIRST_COMPLETED).done:
                    number = waiting.pop(future)
                    progress = f"[{len(rows) + len(failed) + 1}/{len(trials)}] {trials[number]}:"
                    try:
                        found = future.result()
                    except (ProgramError, LinkError, SoundError, OSError) as error:
                        failed.append(f"{trials[number]}: {error}")
                        print(progress, f"failed: {error}", file=sys.stderr)
                        continue
                    rows[number] = found
                    done(found)
                    print(progress, _told(found), file=sys.stderr)
        finally:
            # Also on Ctrl-C: every run that goes on takes itself apart first.
            stop.set()
            pool.shutdown(cancel_futures=True)
    return [rows[number] for number in sorted(rows)], failed


def _told(found: Row) -> str:
    return (
        f"start {found['start']:.2f} s, {found['stalls']} stalls, "
        f"{found['stalled']:.2f} s stalled, cost {found['cost']:.2f}"
    )


def made(trial: Trial, stop: threading.Event) -> Row:
    """The result of a run, made again where it failed or was disturbed; raises what it raises."""
    for attempt in range(TRIES):
        before = _busy()
        try:
            outcome = perform(trial, stop)
        except (ProgramError, SoundError):
            if attempt == TRIES - 1:
                raise
        else:
            disturbed = outcome.late_packets > LATE_SHARE * outcome.packets
            if disturbed and attempt < TRIES - 1:
                continue
            busy, total = (now - then for now, then in zip(_busy(), before, strict=True))
            share = round(busy / max(total, 1), 3)
            return {**row(trial, outcome), "disturbed": disturbed, "machine_busy": share}
    raise Cancelled


def _busy() -> tuple[int, int]:
    """Ticks of all cores that were used so far, and all that there were."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    ticks = [int(field) for field in fields]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def _use_privileges() -> None:
    try:
        os.close(new_namespace())
    except OSError as error:
        raise SetupError(
            f"It makes network namespaces and so has to run as root ({error.strerror})."
        ) from None
    if not TUN.exists():
        raise SetupError(f"There is no {TUN}; `modprobe tun` may bring it.")
    favour_this()


def _installed(wanted: Sequence[str]) -> list[str]:
    missing = [
        f"{known.name} ({known.program})"
        for known in PEERS
        if known.name in wanted and not known.is_installed
    ]
    if missing:
        print(f"links: not installed, left out: {', '.join(missing)}", file=sys.stderr)
    return [
        name
        for name in wanted
        if name == OWN or any(known.name == name and known.is_installed for known in PEERS)
    ]


def _available(wanted: Sequence[str]) -> list[str]:
    there = AVAILABLE.read_text().split()
    missing = [name for name in wanted if name not in there]
    if missing:
        print(f"links: this kernel does not have {', '.join(missing)}", file=sys.stderr)
    found = [name for name in wanted if name in there]
    if not found:
        raise SetupError("No congestion control is left; modprobe tcp_bbr may bring bbr.")
    return found


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}”: {error}") from None


def _command_line() -> CommandLine:
    parser = CommandLine(
        "links",
        "Real programs over emulated links: start, stalls, switches. Needs root.",
        epilog="links: " + "; ".join(f"{found.name}: {found.what}" for found in BY_NAME.values()),
    )
    add = parser.add_argument
    everything = ",".join(BY_NAME)
    add("--scenarios", type=some_of(tuple(BY_NAME)), default=tuple(BY_NAME), help=everything)
    add(
        "--cc",
        type=lambda text: tuple(text.split(",")),
        default=("cubic", "bbr"),
        help="congestion control of the server's machine (default: cubic,bbr)",
    )
    add("--force-cc", action="store_true", help="a program cannot choose another one")
    add("--players", type=some_of(PLAYERS), default=PLAYERS, help=",".join(PLAYERS))
    runs = count_up_to(MOST_RUNS)
    add("--runs", type=runs, default=1, help="of each player on each link (default: 1)")
    ends = number_from(LEAST_SECONDS)
    add("--seconds", type=ends, default=90.0, help="a run's end after the click (default: 90)")
    lasts = count_up_to(LONGEST_SONG)
    add("--song-seconds", type=lasts, default=60, help="length of the song (default: 60)")
    add("--seed", type=whole_number, default=1, help="of losses, jitter and songs (default: 1)")
    add("--jobs", type=count_up_to(MOST_JOBS), default=2, help="runs at the same time (default: 2)")
    add("--link", choices=("auto", "tun", "netem"), default="auto", help="who emulates the link")
    for role in ("client", "server"):
        add(
            f"--{role}-options",
            type=_words,
            default=(),
            metavar="WORDS",
            help=f"options for Antiphon's {role}, in one word: --{role}-options='--this that'",
        )
    add("--accuracy", action="store_true", help="only measure the links themselves")
    add("--json", type=new_file, help="write all results into this file")
    add("--lines", type=new_file, help="write each result into this file as it comes, a line each")
    add("--html", type=new_file, help="write a page with plots into this file")
    return parser
