# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench soak`: hours of music in minutes, and whether anything grows meanwhile."""

import argparse
import contextlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.chaos.observed import anonymous_kib, descriptors
from bench.load import TRACKS, write_songs
from bench.report import text_table, write_json
from bench.serving import headline
from bench.soak.player import Player
from bench.soak.proxy import FRONT, Proxy
from bench.soak.server import SoakError, WatchedServer
from bench.soak.trend import Point, Trend, trend
from bench.soak.visitors import Visitors

PLAYERS: Final = 2
SONG_SECONDS: Final = 20.0
LOOK: Final = 1.0  # seconds between two looks
BREAK: Final = (10.5, 14.0)  # seconds between two breaks: what lasted 10 s is tried again at once
HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Bound:
    """What something may grow, once it is warm.

    Attributes:
        an_hour: of music, which has some 200 plays, and 160 visits to the server.
        floor: what it may grow in all, however short the time was: it goes up and down by less.
    """

    an_hour: float
    floor: float

    def is_broken(self, found: Trend) -> bool:
        """Whether this is more."""
        return found.slope > self.an_hour and found.growth > self.floor


BOUNDS: Final[Mapping[str, Bound]] = {
    "anon_kib": Bound(64.0, 1024.0),
    "fds": Bound(0.5, 4.0),
    "greenlets": Bound(0.5, 2.0),
    "watchers": Bound(0.5, 8.0),
    "threads": Bound(0.2, 1.0),
    "objects": Bound(50.0, 1500.0),
    "blocks": Bound(100.0, 3000.0),
    "malloc_kib": Bound(64.0, 1024.0),
}


@dataclass(slots=True)
class _Watched:
    """A process and the samples of it so far."""

    name: str
    pid: int
    own: Path
    points: dict[str, list[Point]] = field(default_factory=dict[str, list[Point]])

    def look(self, hours: float) -> None:
        """Take a sample; raises OSError where the process is gone."""
        kib = anonymous_kib(self.pid)
        if kib is None:
            raise ProcessLookupError(self.name)
        self._add("anon_kib", hours, kib)
        self._add("fds", hours, descriptors(self.pid).total())
        lines = self.own.read_text(encoding="ascii").splitlines() if self.own.exists() else []
        with contextlib.suppress(ValueError, IndexError):  # the last line may be on its way
            for name, amount in json.loads(lines[-1]).items():
                self._add(name, hours, amount)

    def trends(self) -> dict[str, Trend]:
        """Of everything."""
        return {name: trend(points) for name, points in self.points.items()}

    def _add(self, name: str, hours: float, amount: float) -> None:
        self.points.setdefault(name, []).append(Point(hours, amount))


@dataclass(frozen=True, slots=True)
class _Limits:
    hours: float
    minutes: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak and report; the exit status is 1 where something grew or went wrong."""
    options = _parser().parse_args(arguments)
    head = headline(f"up to {options.hours:g} hours of music", seed=options.seed)
    print(head, flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            found = _soak(Path(folder), _Limits(options.hours, options.minutes), options.seed)
    except (SoakError, OSError) as error:
        print(f"soak: {error}", file=sys.stderr)
        return 2
    _print(found)
    if options.json:
        write_json(options.json, {**found, "headline": head})
    return 0 if found["flat"] and not found["failures"] else 1


def _soak(folder: Path, limits: _Limits, seed: int) -> dict[str, Any]:
    music = folder / "music"
    music.mkdir()
    write_songs(music, seconds=SONG_SECONDS)
    dice = random.Random(seed)
    with ExitStack() as holding:
        server = WatchedServer(music, folder / "server.jsonl")
        holding.callback(server.kill)
        proxy = Proxy(server.ports)
        holding.callback(proxy.close)
        players = [
            Player(
                (FRONT, server.ports[0]),
                folder / f"client-{number}.jsonl",
                tracks=TRACKS,
                seconds=SONG_SECONDS,
                seed=seed * 100 + number,
            )
            for number in range(PLAYERS)
        ]
        for player in players:
            holding.callback(player.kill)
        visitors = Visitors(server.address, TRACKS, seed)
        holding.callback(visitors.close)
        watched = [
            _Watched("server", server.pid, server.own),
            *(
                _Watched(f"client {number}", player.pid, player.own)
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
            process.look(hours)
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
        f"{name}: {what} grew by {found.slope:.2f} an hour of music"
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
        "flat": not grown,
        "failures": list(failures),
    }


def _figures(found: Trend) -> dict[str, float]:
    return {
        "first": round(found.first, 2),
        "last": round(found.last, 2),
        "most": round(found.most, 2),
        "per_hour": round(found.slope, 3),
    }


def _print(found: Mapping[str, Any]) -> None:
    rows = [(name, f"{value:,}") for name, value in found.items() if isinstance(value, int | float)]
    print(text_table(("figure", "value"), rows))
    table = [
        (f"{name}, {what}", *(f"{figures[key]:,.2f}" for key in ("first", "last", "per_hour")))
        for name, trends in found["processes"].items()
        for what, figures in trends.items()
    ]
    print(text_table(("process", "first", "last", "growth an hour"), table))
    for name in ("grown", "failures"):
        for sentence in found[name][:20]:
            print(f"{name}: {sentence}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench soak",
        description="Hours of music in minutes: clients whose sink keeps no time play, switch, seek"
        " and are broken off, thousands of sessions come and go, and memory, descriptors, greenlets"
        " and watchers of all processes are watched. The exit status is 1 where anything grew.",
    )
    add = parser.add_argument
    add("--hours", type=_positive, default=8.0, metavar="H", help="of music (default: 8)")
    add("--minutes", type=_positive, default=60.0, metavar="M", help="at most (default: 60)")
    add("--seed", type=int, default=1, help="of what listeners do (default: 1)")
    add("--json", type=Path, metavar="FILE", help="write the result into this file")
    return parser


def _positive(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (number := float(text)) < 1e6:
            return number
    raise argparse.ArgumentTypeError(f"“{text}” is no number above 0")
