# SPDX-License-Identifier: GPL-3.0-or-later
"""Click to sound: how long from asking for a song to the first sound handed to the sink.

`python -m bench.clicks` plays songs one after the other, each over the one before, on a real server
over loopback, with the real decoder and the silent sink. What is measured is what a listener waits
for: request, PLAY, index and file, the first frames, start rule, decoder, sink.
"""

import statistics
import sys
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

from bench.command_line import CommandLine, count_up_to, existing_folder, new_file, number_from
from bench.report import write_json
from bench.serving import ROOT, headline, serving
from client.engine import Engine
from client.reports import Connected, Disconnected, Listed, Refused, Report, SongFailed, Started
from client.requests import ListTracks, PlayTrack
from client.settings import Settings
from client.sinks import open_sink

PATIENCE = 10.0  # seconds for any one answer

Wanted = TypeVar("Wanted", bound=Report)


class BenchError(Exception):
    """The measurement could not be made."""


class Clicker:
    """An engine with the silent sink, whose reports are waited for."""

    def __init__(self, port: int, *, start: float | None) -> None:
        """Connect; raises BenchError."""
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self.engine = Engine(
            Settings("127.0.0.1", port, start=start),
            open_sink("null", lambda _: None),
            self._reports.put,
        )
        self.engine.start()
        self._wait_for(Connected)

    def tracks(self) -> list[int]:
        """The ids of the first tracks."""
        self.engine.submit(ListTracks(1))
        return [line.track for line in self._wait_for(Listed).tracks]

    def click(self, tag: int, track: int) -> float:
        """Play a track; milliseconds until its first sound."""
        self.engine.submit(PlayTrack(tag, track))
        return self._wait_for(Started).latency_ms

    def close(self) -> None:
        """Take leave."""
        self.engine.close(PATIENCE)

    def _wait_for(self, wanted: type[Wanted]) -> Wanted:
        while True:
            try:
                report = self._reports.get(timeout=PATIENCE)
            except Empty:
                raise BenchError(f"no {wanted.__name__} within {PATIENCE:g} s") from None
            if isinstance(report, wanted):
                return report
            if isinstance(report, Refused | SongFailed | Disconnected):
                raise BenchError(report.reason)


def measure(port: int, *, plays: int, warm_up: int, start: float | None) -> list[float]:
    """Milliseconds of each counted play, in order."""
    clicker = Clicker(port, start=start)
    try:
        tracks = clicker.tracks()
        if not tracks:
            raise BenchError("the server has no tracks")
        clicks = [
            clicker.click(number + 2, tracks[number % len(tracks)])
            for number in range(warm_up + plays)
        ]
    finally:
        clicker.close()
    return clicks[warm_up:]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status."""
    parser = CommandLine("clicks", "Click to sound, in milliseconds.")
    add = parser.add_argument
    most = count_up_to()
    add("--plays", type=most, default=50, help="counted plays (default: 50)")
    before = count_up_to(least=0)
    add("--warm-up", type=before, default=5, help="plays before (default: 5)")
    add(
        "--start",
        type=number_from(0),
        help="seconds of sound to have first (default: the client's own rule)",
    )
    add("--music", type=existing_folder, default=ROOT / "music", help="folder of MP3 files")
    add("--json", type=new_file, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    rule = "its own start rule" if options.start is None else f"start {options.start:g} s"
    print(headline(f"{options.plays} warm plays over loopback, null sink, {rule}"))
    try:
        with serving(options.music) as server:
            clicks = measure(
                server.port, plays=options.plays, warm_up=options.warm_up, start=options.start
            )
    except (BenchError, RuntimeError) as error:
        print(f"clicks: {error}", file=sys.stderr)
        return 1
    print("click to sound [ms]:", " ".join(f"{click:.1f}" for click in clicks))
    p95 = statistics.quantiles(clicks, n=20)[-1] if len(clicks) > 1 else clicks[0]
    print(
        f"min {min(clicks):.2f}  median {statistics.median(clicks):.2f}  "
        f"p95 {p95:.2f}  max {max(clicks):.2f}"
    )
    if options.json:
        figures = {"median_ms": statistics.median(clicks), "p95_ms": p95, "max_ms": max(clicks)}
        write_json(options.json, {"clicks_ms": clicks, **figures})
    return 0


if __name__ == "__main__":
    sys.exit(main())
