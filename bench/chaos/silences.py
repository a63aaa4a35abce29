# SPDX-License-Identifier: GPL-3.0-or-later
"""Silences within songs, and what of each of them nothing explains. Pure; times on one clock.

A fault explains a silence only if it lasted longer than the sound that was held when it began: as
long as there should have been sound to play, nobody may fall silent. Of a song that was begun, or
sought in, while it lasted, nothing was held. One that comes while a song is silent already explains
what is left of the silence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.chaos.tape import Piece
from bench.songs import RATE

LEAST: Final = 0.03  # seconds; shorter silences are the machine's
# Seconds; that long may one of twenty players wait for its turn on a machine of few cores, which
# this program, one of them, need not notice. A fault of theirs costs at least a connection.
GAP: Final = 0.25
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
        begin, over: of the fault itself.
        end: `over`, and the time that it may take to recover from it.
        held: seconds of sound that the client had to play on with when it began.
    """

    begin: float
    over: float
    end: float
    held: float
    what: str

    def explains(self, gap: Span, *, since: float) -> bool:
        """Whether it may have silenced a song that began then, or kept it silent."""
        if not self.begin - SLACK < gap.end or not gap.begin < self.end:
            return False
        held = 0.0 if self.begin < since else self.held
        return self.begin >= gap.begin or gap.begin >= self.begin + held - SLACK


@dataclass(frozen=True, slots=True)
class Silence:
    """A song fell silent.

    Attributes:
        unexplained: the longest stretch of it that nothing explains, seconds.
        causes: the pauses and faults that explain it, or some of it.
    """

    at: float
    seconds: float
    unexplained: float
    title: str
    causes: tuple[Cause, ...] = ()

    @property
    def is_gap(self) -> bool:
        """Whether nothing explains it, or a good part of it."""
        return self.unexplained >= GAP

    @property
    def recovery(self) -> float:
        """Seconds for which it went on behind the end of the last of them; 0 where it was over."""
        last = max((cause.over for cause in self.causes), default=float("inf"))
        return max(0.0, self.at + self.seconds - last)


def silences(
    pieces: Sequence[Piece],
    *,
    origin: float,
    since: Sequence[float],
    over: Sequence[float],
    causes: Sequence[Sequence[Cause]],
) -> list[Silence]:
    """Those of one tape, which ran from `origin` on.

    `since`, `over`: when each announced song began and when it was over, because the listener or
    the client said so. `causes`: the likeliest first; others are told only where they explain more.
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
        # Lines are read late: that a song is over is told of behind its end.
        told = Span(over[piece.announced] - SLACK, over[piece.announced])
        song = _Song(piece.edition.title, since[piece.announced], told)
        silence = _explained(Span(begin, end), song, causes)
        if silence.causes or silence.unexplained:
            found.append(silence)
    return found


@dataclass(frozen=True, slots=True)
class _Song:
    title: str
    since: float
    told: Span  # in which it was over


def _explained(gap: Span, song: _Song, causes: Sequence[Sequence[Cause]]) -> Silence:
    named: list[Cause] = []
    covers = [song.told]
    rest = longest_uncovered(gap, covers)
    for likely in causes:
        if rest < LEAST:
            break
        those = [cause for cause in likely if cause.explains(gap, since=song.since)]
        more = [*covers, *(Span(cause.begin - SLACK, cause.end) for cause in those)]
        if (left := longest_uncovered(gap, more)) < rest:
            named, covers, rest = [*named, *those], more, left
    unexplained = rest if rest >= LEAST else 0.0
    return Silence(gap.begin, gap.end - gap.begin, unexplained, song.title, tuple(named))


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
