# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench station`: a tree of listeners on a narrow uplink, killed and lied to."""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bench.chaos.command import why_not
from bench.command_line import (
    CommandLine,
    count_up_to,
    new_file,
    new_folder,
    number_from,
    terminating,
    whole_number,
)
from bench.links.programs import ProgramError
from bench.links.wire import LinkError
from bench.report import keep, text_table, write_json
from bench.serving import headline
from bench.songs import SongError
from bench.station.heard import hear
from bench.station.member import Member
from bench.station.results import figures
from bench.station.run import Order, run
from bench.station.songs import KBPS, make_songs
from bench.station.sound import Aircheck, Aired, Recordings
from bench.station.tree import TreeError

MINUTE: Final = 60.0
SONGS: Final = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and report; exit status 1 where something was wrong, 2 where there can be no run."""
    options = _command_line().parse_args(arguments)
    problem = why_not()
    if problem is not None:
        print(f"station: {problem}", file=sys.stderr)
        return 2
    order = Order(
        seed=options.seed,
        seconds=options.minutes * MINUTE,
        listeners=options.listeners,
        every=options.every,
        liars=options.liars,
        streams=options.streams,
        fan_out=options.fan_out,
        rate=KBPS * 1000 / 8,
    )
    try:
        with terminating(), tempfile.TemporaryDirectory(prefix="station-") as folder:
            return _measure(order, Path(folder), options)
    except (SongError, LinkError, ProgramError, TreeError, OSError) as error:
        print(f"station: {error}", file=sys.stderr)
        return 2


def _measure(order: Order, work: Path, options: argparse.Namespace) -> int:
    scenario = (
        f"{order.listeners} listeners, an uplink for {order.streams} streams,"
        f" one killed every {order.every:g} s for {options.minutes:g} minutes"
    )
    head = headline(scenario, seed=order.seed)
    print(head, flush=True)
    music = work / "music"
    songs = make_songs(music, count=SONGS, seed=order.seed)
    found = run(order, work, music, _say)
    _say("the tapes are compared")
    aired = _aired(found.members, songs, Recordings(work / "decoded"))
    heard = [hear(member.tape, aired) for member in found.members]
    result = figures(order, found, heard)
    print(text_table(("figure", "value"), _rows(asdict(result))))
    for tape, member in zip(heard, found.members, strict=True):
        for sentence in tape.found:
            print(f"listener {member.number}{' (killed)' if member.is_killed else ''}: {sentence}")
    for sentence in result.troubles:
        print(f"trouble: {sentence}")
    if options.json:
        write_json(options.json, {**asdict(result), "headline": head})
    bad = result.is_bad(streams=order.streams)
    if bad and options.keep:
        keep(work, options.keep)
    return 1 if bad else 0


def _aired(members: Sequence[Member], songs: Mapping[str, Path], sound: Recordings) -> Aircheck:
    """What was on the air, as the listeners were told; nobody skips.

    Titles are not believed: what is heard is compared with the song of that title.
    """
    titles = {
        event["song"]["number"]: event["song"]["title"]
        for member in members
        for _, event in member.events
        if event["event"] == "song"
    }
    return {number: Aired(number, sound.of(songs[title])) for number, title in titles.items()}


def _say(line: str) -> None:
    print(f"station: {line}", file=sys.stderr, flush=True)


def _rows(found: dict[str, object]) -> list[tuple[str, str]]:
    shown = {name: value for name, value in found.items() if name != "troubles"}
    return [
        (name, f"{value:.2f}" if isinstance(value, float) else str(value))
        for name, value in shown.items()
    ]


def _command_line() -> CommandLine:
    parser = CommandLine(
        "station",
        "A station's listeners feed each other below a server with a narrow uplink,"
        " while those in between are killed and some lie; every sample that is heard is compared."
        " Needs root, for network namespaces, and lame.",
        epilog="The exit status is 1 where anybody who was not killed heard a gap, where a sample"
        " was wrong, where the server sent too much, or where a liar was not cut off.",
    )
    add = parser.add_argument
    add(
        "--seed",
        type=whole_number,
        default=1,
        help="of songs and of who is killed (default: 1)",
    )
    add("--minutes", type=number_from(0.2), default=5.0, metavar="M", help="how long (default: 5)")
    add(
        "--listeners", type=count_up_to(200), default=40, metavar="N", help="how many (default: 40)"
    )
    add(
        "--every",
        type=number_from(0.5),
        default=4.0,
        metavar="S",
        help="seconds to a kill (default: 4)",
    )
    add(
        "--liars",
        type=count_up_to(20, least=0),
        default=2,
        metavar="N",
        help="who forge (default: 2)",
    )
    add(
        "--streams",
        type=count_up_to(50),
        default=3,
        metavar="N",
        help="that the server's uplink has room for (default: 3)",
    )
    add(
        "--fan-out",
        type=count_up_to(20),
        default=3,
        metavar="N",
        help="children of a listener (default: 3)",
    )
    add("--json", type=new_file, metavar="FILE", help="write the result into this file")
    add(
        "--keep",
        type=new_folder,
        metavar="DIR",
        help="keep tapes and logs if anything was wrong",
    )
    return parser
