# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has shown, as figures: bench/README.md documents them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from bench.chaos.mischief import Done
from bench.chaos.silences import GAP, Silence
from bench.chaos.verdict import PAUSE, Life

TOLD: Final = 20  # silences of each sort
NOBODY: Final = "nobody can say"


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that was seen."""

    seconds: float
    started: float  # time.monotonic()
    lives: Sequence[Life]
    done: Sequence[Done]
    servers: int
    server_leaked: Counter[str]
    server_deaths: Sequence[str]
    defects: Sequence[str]  # lines that no server may log
    server_kib: Sequence[tuple[float, int, int]]  # time, which server, KiB of anonymous memory
    failures: Sequence[str]  # of the run itself


def figures(outcome: Outcome) -> dict[str, Any]:
    """The result as bench/README.md documents it."""
    lives = outcome.lives
    counts: Counter[str] = Counter()
    for life in lives:
        counts.update(life.counts)
    deaths = [
        *outcome.server_deaths,
        *(f"client {life.client}: {life.death}" for life in lives if life.death),
    ]
    silences = [(life, silence) for life in lives for silence in life.silences]
    leaks = sum((life.leaked for life in lives), outcome.server_leaked)
    kinds = Counter(done.fault.kind.name.lower() for done in outcome.done)
    return {
        "seconds": round(outcome.seconds, 1),
        "faults": len(outcome.done),
        "faults_by_kind": dict(sorted(kinds.items())),
        "bytes_compared": sum(life.heard.compared_bytes for life in lives),
        "wrong_bytes": sum(4 * life.heard.wrong_samples for life in lives),
        "wrong": [
            f"client {life.client}: {4 * wrong.samples} bytes of {wrong.what}"
            for life in lives
            for wrong in life.heard.wrong
        ],
        "jumps": [f"client {life.client}: {jump}" for life in lives for jump in life.heard.jumps],
        "broken_songs": sum(life.broken for life in lives),
        "longest_gap": round(max((life.worst for life in lives), default=0.0), 3),
        "longest_silence": round(max((silence.seconds for _, silence in silences), default=0.0), 3),
        "silences": len(silences),
        "unexplained_gaps": sum(silence.is_gap for _, silence in silences),
        "short_gaps": sum(0 < silence.unexplained < GAP for _, silence in silences),
        "unexplained": [
            _silence(life, silence, outcome.started)
            for life, silence in sorted(silences, key=lambda found: -found[1].unexplained)
            if silence.unexplained > 0
        ][:TOLD],
        "explained": [
            _silence(life, silence, outcome.started)
            for life, silence in sorted(silences, key=lambda found: -found[1].seconds)
            if not silence.unexplained and {cause.what for cause in silence.causes} - {PAUSE}
        ][:TOLD],
        "silences_by_cause": by_cause([silence for _, silence in silences]),
        "leaked_fds": leaks.total(),
        "leaked": dict(leaks),
        "unexpected_deaths": len(deaths),
        "deaths": deaths,
        "defects": list(outcome.defects),
        "failures": list(outcome.failures),
        "servers": outcome.servers,
        "lives": len(lives),
        "turned_away": sum(life.turned_away for life in lives),
        "plays": sum(life.plays for life in lives),
        "events": dict(sorted(counts.items())),
        "memory": {
            "server_peak_kib": max((kib for _, _, kib in outcome.server_kib), default=0),
            "server_growth_kib": growth(outcome.server_kib),
            "client_peak_kib": max((life.peak_kib for life in lives), default=0),
        },
    }


def is_bad(found: dict[str, Any]) -> bool:
    """Whether something was found that may never be."""
    wrong = ("wrong_bytes", "jumps", "broken_songs", "leaked_fds", "unexpected_deaths", "defects")
    return any(found[name] for name in (*wrong, "unexplained_gaps", "failures"))


def by_cause(silences: Sequence[Silence]) -> dict[str, dict[str, float]]:
    """How many silences each kind of cause explains, the longest, and the slowest recovery."""
    found: dict[str, list[Silence]] = {}
    for silence in silences:
        named = {cause.what for cause in silence.causes}
        for what in named | ({NOBODY} if silence.unexplained else set()):
            found.setdefault(what, []).append(silence)
    return {
        what: {
            "silences": len(those),
            "longest": round(max(silence.seconds for silence in those), 3),
            # Where several faults met, the last one is recovered from.
            "slowest_recovery": round(max(silence.recovery for silence in those), 3),
        }
        for what, those in sorted(found.items())
    }


def growth(samples: Sequence[tuple[float, int, int]]) -> int:
    """KiB by which a server grew from the first third of its life to the last, at most.

    Medians of the thirds, since a song that is indexed takes memory for a moment.
    """
    most = 0
    for number in {which for _, which, _ in samples}:
        sizes = [kib for _, which, kib in samples if which == number]
        third = len(sizes) // 3
        if third:
            first, last = sorted(sizes[:third]), sorted(sizes[-third:])
            most = max(most, last[third // 2] - first[third // 2])
    return most


def _silence(life: Life, silence: Silence, started: float) -> dict[str, object]:
    return {
        "client": life.client,
        "at": round(silence.at - started, 2),
        "seconds": round(silence.seconds, 3),
        "unexplained": round(silence.unexplained, 3),
        "song": silence.title,
        "recovery": round(silence.recovery, 3),
        "explained_by": [
            {
                "cause": cause.what,
                "at": round(cause.begin - started, 2),
                "lasted": round(cause.over - cause.begin, 3) if isfinite(cause.over) else None,
                "held": round(cause.held, 3),
            }
            for cause in silence.causes
        ],
    }
