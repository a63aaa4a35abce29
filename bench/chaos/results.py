# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has shown, as figures: bench/README.md documents them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.chaos.mischief import Done
from bench.chaos.silences import Silence
from bench.chaos.verdict import Life


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
        "unexplained": [
            _silence(life, silence, outcome.started)
            for life, silence in sorted(silences, key=lambda found: -found[1].unexplained)
            if silence.unexplained > 0
        ][:20],
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
    return any(found[name] for name in (*wrong, "failures"))


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
        "explained_by": silence.what,
    }
