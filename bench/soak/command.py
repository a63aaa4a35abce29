# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench soak`: hours of music in minutes, and whether anything grows meanwhile."""

import contextlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.chaos.observed import anonymous_kib, descriptors
from bench.command_line import CommandLine, new_file, number_from, whole_number
from bench.load import TRACKS, write_songs
from bench.report import text_table, write_json
from bench.serving import headline
from bench.soak.player import Player
from bench.soak.proxy import FRONT, Proxy
from bench.soak.server import SoakError, WatchedServer
from bench.soak.trend import LEAST, Point, Trend, trend
from bench.soak.visitors import VisitError, Visitors, await_songs

ROLES: Final = ("client", "client-alone")  # of the players
SONG_SECONDS: Final = 20.0
SHORTEST: Final = 0.01  # hours or minutes
LOOK: Final = 1.0  # seconds between two looks
BREAK: Final = (10.5, 14.0)  # seconds between two breaks: what lasted 10 s is tried again at once
HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Bound:
    """What something may grow, once it is warm.

    Attributes:
        a_turn: for each song that a client plays; for the server, each song and each visit.
        floor: what it may grow in all, however short the time was: it goes up and down by less.
    """

    a_turn: float
    floor: float

    def is_broken(self, found: Trend) -> bool:
        """Whether this is more."""
        return found.growth > self.floor and (found.slope > self.a_turn or not self.a_turn)


BOUNDS: Final[Mapping[str, Bound]] = {
    "anon_kib": Bound(0.5, 512.0),
    "malloc_kib": Bound(0.125, 256.0),
    "objects": Bound(0.05, 300.0),
    "blocks": Bound(0.25, 600.0),
    "objects_and_garbage": Bound(0.5, 1000.0),
    "blocks_and_garbage": Bound(4.0, 6000.0),
    "fds": Bound(0.0, 2.0),
    "greenlets": Bound(0.0, 1.0),
    "watchers": Bound(0.0, 1.0),
    "threads": Bound(0.0, 0.0),
}


@dataclass(slots=True)
class _Watched:
    """A process and the samples of it so far."""

    name: str
    pid: int
    own: Path
    turns: Callable[[], int]
    points: dict[str, list[Point]] = field(default_factory=dict[str, list[Point]])

    def look(self) -> None:
        """Take a sample; raises OSError where the process is gone."""
        kib = anonymous_kib(self.pid)
        if kib is None:
            raise ProcessLookupError(self.name)
        turns = self.turns()
        self._add("anon_kib", turns, kib)
        self._add("fds", turns, descriptors(self.pid).total())
        lines = self.own.read_text(encoding="ascii").splitlines() if self.own.exists() else []
        with contextlib.suppress(ValueError, IndexError):  # the last line may be on its way
            for name, amount in json.loads(lines[-1]).items():
                self._add(name, turns, amount)

    def trends(self) -> dict[str, Trend]:
        """Of everything of which there are enough samples."""
        found = {name: trend(points) for name, points in self.points.items()}
        return {name: its for name, its in found.items() if its is not None}

    def _add(self, name: str, turns: int, amount: float) -> None:
        self.points.setdefault(name, []).append(Point(turns, amount))


@dataclass(frozen=True, slots=True)
class _Limits:
    hours: float
    minutes: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak and report; the exit status is 1 where something grew or went wrong."""
    options = _command_line().parse_args(arguments)
    head = headline(f"up to {options.hours:g} hours of music", seed=options.seed)
    print(head, flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            found = _soak(Path(folder), _Limits(options.hours, options.minutes), options.seed)
    except (SoakError, VisitError, OSError) as error:
        print(f"soak: {error}", file=sys.stderr)
        return 2
    _print(found)
    if options.json:
        write_json(options.json, {**found, "headline": head})
    return 1 if found["grown"] or found["failures"] else 0


def _soak(folder: Path, limits: _Limits, seed: int) -> dict[str, Any]:
    music = folder / "music"
    music.mkdir()
    write_songs(music, seconds=SONG_SECONDS)
    dice = random.Random(seed)
    with ExitStack() as holding:
        server = WatchedServer(music, folder / "server.jsonl")
        holding.callback(server.kill)
        await_songs(server.address)
        proxy = Proxy(server.ports)
        holding.callback(proxy.close)
        players = [
            Player(
                (FRONT, server.ports[0]),
                folder / f"client-{number}.jsonl",
                role=role,
                tracks=TRACKS,
                seconds=SONG_SECONDS,
                seed=seed * 100 + number,
            )
            for number, role in enumerate(ROLES)
        ]
        for player in players:
            holding.callback(player.kill)
        visitors = Visitors(server.address, TRACKS, seed)
        holding.callback(visitors.close)
        watched = [
            _Watched("server", server.pid, server.own, lambda: _turns(players, visitors)),
            *(
                _Watched(f"client {number}", player.pid, player.own, partial(_turns, [player]))
                for number, player in enumerate(players)
            ),
        ]
        began = time.monotonic()
        _watch(watched, players, proxy, limits, dice)
        minutes = (time.monotonic() - began) / 60
        visitors.close()
        for player in players:
            player.close()
        problem = server.close()
        failures = [
            *(failure for player in players for failure in player.failures),
            *visitors.failures,
            *server.defects,
            *([problem] if problem else []),
        ]
        return _found(watched, players, visitors, proxy, minutes, failures)


def _turns(players: Sequence[Player], visitors: Visitors | None = None) -> int:
    """Songs that were begun, and visits."""
    plays = sum(player.counts["play"] for player in players)
    return plays + (visitors.counts.total() if visitors else 0)


def _watch(
    watched: Sequence[_Watched],
    players: Sequence[Player],
    proxy: Proxy,
    limits: _Limits,
    dice: random.Random,
) -> None:
    """Until enough was heard; breaks all connections now and then."""
    began = told = time.monotonic()
    breaks = began + dice.uniform(*BREAK)
    while True:
        time.sleep(LOOK)
        now, hours = time.monotonic(), sum(player.heard for player in players) / HOUR
        for process in watched:
            process.look()
        if hours >= limits.hours or now - began >= limits.minutes * 60:
            return
        if now >= breaks:
            proxy.break_all()
            breaks = now + dice.uniform(*BREAK)
        if now >= told + 10:
            told = now
            print(f"[{now - began:5.0f} s] {hours:.2f} hours of music", file=sys.stderr, flush=True)


def _found(
    watched: Sequence[_Watched],
    players: Sequence[Player],
    visitors: Visitors,
    proxy: Proxy,
    minutes: float,
    failures: Sequence[str],
) -> dict[str, Any]:
    """The result as bench/README.md documents it."""
    counts = sum((player.counts for player in players), Counter[str]())
    processes = {process.name: process.trends() for process in watched}
    grown = [
        f"{name}: {what} grew by {found.growth:.0f}, {found.slope:.3f} a turn"
        for name, trends in processes.items()
        for what, found in trends.items()
        if BOUNDS[what].is_broken(found)
    ]
    return {
        "hours_of_music": round(sum(player.heard for player in players) / HOUR, 3),
        "minutes": round(minutes, 2),
        "plays": counts["play"],
        "seeks": counts["seek"],
        "finished": counts["finished"],
        "reconnects": counts["link_back"],
        "broken_connections": proxy.broken,
        "visits": visitors.counts.total(),
        "visits_by_kind": dict(sorted(visitors.counts.items())),
        "processes": {
            name: {what: _figures(found) for what, found in trends.items()}
            for name, trends in processes.items()
        },
        "bounds": {name: asdict(bound) for name, bound in BOUNDS.items()},
        "grown": grown,
        "flat": not grown if any(processes.values()) else None,
        "failures": list(failures),
    }


def _figures(found: Trend) -> dict[str, float]:
    return {
        "first": round(found.first, 2),
        "last": round(found.last, 2),
        "most": round(found.most, 2),
        "a_turn": round(found.slope, 4),
    }


def _print(found: Mapping[str, Any]) -> None:
    rows = [(name, f"{value:,}") for name, value in found.items() if isinstance(value, int | float)]
    print(text_table(("figure", "value"), rows))
    table = [
        (
            f"{name}, {what}",
            *(f"{figures[key]:,.0f}" for key in ("first", "last")),
            f"{figures['a_turn']:,.3f}",
        )
        for name, trends in found["processes"].items()
        for what, figures in trends.items()
    ]
    print(text_table(("process", "first", "last", "growth a turn"), table))
    if found["flat"] is None:
        print(f"It was too short to tell whether anything grows: {2 * LEAST} seconds are needed.")
    for name in ("grown", "failures"):
        for sentence in found[name][:20]:
            print(f"{name}: {sentence}")


def _command_line() -> CommandLine:
    parser = CommandLine(
        "soak",
        "Hours of music in minutes: clients whose sink keeps no time play, switch, seek"
        " and are broken off, thousands of sessions come and go, and memory, descriptors, greenlets"
        " and watchers of all processes are watched. The exit status is 1 where anything grew.",
    )
    add = parser.add_argument
    add(
        "--hours",
        type=number_from(SHORTEST),
        default=30.0,
        metavar="H",
        help="of music (default: 30)",
    )
    add(
        "--minutes",
        type=number_from(SHORTEST),
        default=60.0,
        metavar="M",
        help="at most (default: 60)",
    )
    add("--seed", type=whole_number, default=1, help="of what listeners do (default: 1)")
    add("--json", type=new_file, metavar="FILE", help="write the result into this file")
    return parser
