# SPDX-License-Identifier: GPL-3.0-or-later
"""Silences within songs, and what of each of them nothing explains. Pure; times on one clock.

A fault explains a silence only if it lasted longer than the sound that was held when it began: as
long as there should have been sound to play, nobody may fall silent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.chaos.editions import RATE
from bench.chaos.tape import Piece

LEAST: Final = 0.03  # seconds; shorter silences are the machine's
SLACK: Final = 0.5  # seconds by which lines are read late, and the sink is ahead of what is heard
FRAME: Final = 1152  # samples, by which a song may end early


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time."""

    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Cause:
    """What may have silenced a client.

    Attributes:
        begin, end: of the fault, with the time that it may take to recover from it.
        held: seconds of sound that the client had to play on with when it began.
    """

    begin: float
    end: float
    held: float
    what: str


@dataclass(frozen=True, slots=True)
class Silence:
    """A song fell silent.

    Attributes:
        unexplained: the longest stretch of it that nothing explains, seconds.
        what: the causes that explain some of it.
    """

    at: float
    seconds: float
    unexplained: float
    title: str
    what: str


def silences(
    pieces: Sequence[Piece],
    *,
    origin: float,
    over: Sequence[float],
    pauses: Sequence[Span],
    causes: Sequence[Cause],
) -> list[Silence]:
    """Those of one tape, which ran from `origin` on.

    `over`: when each announced song was over, because the listener or the client said so.
    """
    found: list[Silence] = []
    for number, piece in enumerate(pieces):
        follower = pieces[number + 1] if number + 1 < len(pieces) else None
        begin = origin + piece.end / RATE
        if follower is not None and follower.announced == piece.announced:
            # Behind its end a song may sound for a moment more, until the client has ended.
            end = min(origin + follower.begin / RATE, over[piece.announced])
        elif piece.place + piece.samples > piece.edition.end - FRAME:
            continue  # the song was heard to its end
        else:
            end = over[piece.announced]
        if end - begin < LEAST:
            continue
        found.append(_explained(Span(begin, end), piece.edition.title, pauses, causes))
    return found


def _explained(gap: Span, title: str, pauses: Sequence[Span], causes: Sequence[Cause]) -> Silence:
    covers = [Span(pause.begin - SLACK, pause.end + SLACK) for pause in pauses]
    names: list[str] = []
    for cause in causes:
        overlaps = cause.begin - SLACK < gap.end and gap.begin < cause.end
        if overlaps and gap.begin >= cause.begin + cause.held - SLACK:
            covers.append(Span(cause.begin - SLACK, cause.end))
            names.append(cause.what)
    rest = longest_uncovered(gap, covers)
    if rest < LEAST:
        rest = 0.0
    return Silence(gap.begin, gap.end - gap.begin, rest, title, ", ".join(names))


def longest_uncovered(span: Span, covers: Iterable[Span]) -> float:
    """Seconds of the longest stretch of a span that none of `covers` covers."""
    at, longest = span.begin, 0.0
    for cover in sorted(covers, key=lambda cover: cover.begin):
        if cover.end <= at:
            continue
        longest = max(longest, min(cover.begin, span.end) - at)
        at = max(at, cover.end)
        if at >= span.end:
            return longest
    return max(longest, span.end - at)
