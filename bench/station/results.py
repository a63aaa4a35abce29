# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has come to, as figures, and what of it is bad."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bench.chaos.servers import DEFECTS
from bench.station.heard import Sound
from bench.station.run import Order, Run

INTERRUPTED: Final = (130, -2)  # statuses of a client that is told to leave, however early
GAP: Final = 0.25  # seconds from which on a silence is a gap, as in bench chaos


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a run.

    Attributes:
        listeners: who were there at a time.
        heard_seconds: of sound that was compared, of all listeners together.
        killed: how many were.
        gaps: silences of those that were not killed, GAP and longer.
        short_gaps: shorter ones.
        longest_gap: seconds.
        wrong_frames: pieces of sound that are not the station's, or not at their place.
        server_streams, most_streams: the server's upload on average and in its worst seconds.
        liars, liars_heard, liars_cut: how many came, had somebody to lie to, were cut off.
        innocents_cut: who were cut off and had not lied.
        depth, lag: the greatest that were seen: levels, seconds.
        hiccups: times at which the machine stood still.
        troubles: what nobody should have said, and who ended without being told to.
    """

    listeners: int
    heard_seconds: float
    killed: int
    gaps: int
    short_gaps: int
    longest_gap: float
    wrong_frames: int
    server_streams: float
    most_streams: float
    liars: int
    liars_heard: int
    liars_cut: int
    innocents_cut: int
    depth: int
    lag: float
    hiccups: int
    troubles: tuple[str, ...]

    def is_bad(self, *, streams: int) -> bool:
        """Whether something was wrong: a gap, a wrong frame, too much upload, a liar."""
        return bool(
            self.gaps
            or self.wrong_frames
            or self.server_streams >= streams
            or self.liars_cut < self.liars_heard
            or self.innocents_cut
            or self.troubles
        )


def figures(order: Order, found: Run, heard: Iterable[Sound]) -> Figures:
    """Of a run and of what its tapes hold, in the order of `found.members`."""
    sound = list(zip(found.members, heard, strict=True))
    silences = [
        seconds for member, tape in sound if not member.is_killed for seconds in tape.silences
    ]
    liars = {member.port for member in found.members if member.is_liar}
    return Figures(
        listeners=order.listeners,
        heard_seconds=sum(tape.seconds for _, tape in sound),
        killed=found.killed,
        gaps=sum(seconds >= GAP for seconds in silences),
        short_gaps=sum(seconds < GAP for seconds in silences),
        longest_gap=max(silences, default=0.0),
        wrong_frames=sum(tape.wrong for _, tape in sound),
        server_streams=found.mean_streams,
        most_streams=found.most_streams,
        liars=len(liars),
        liars_heard=len(found.lied | (liars & found.banned)),
        liars_cut=len(liars & found.banned),
        innocents_cut=len(found.banned - liars),
        depth=found.depth,
        lag=found.lag,
        hiccups=len(found.hiccups),
        troubles=tuple(_troubles(found)),
    )


def _troubles(found: Run) -> Iterable[str]:
    for member in found.members:
        said = member.troubles()
        if said and not member.is_liar:
            yield f"listener {member.number}: {said.splitlines()[-1]}"
        if not member.is_killed and member.status not in {0, *INTERRUPTED}:
            yield f"listener {member.number} ended with {member.status}"
    for line in found.log.splitlines():
        if DEFECTS.search(line):
            yield f"server: {line}"
