# SPDX-License-Identifier: GPL-3.0-or-later
"""A path as options of `tc … netem`, where the kernel has it; decides when they have to change."""

from dataclasses import dataclass
from typing import Final

from bench.links.path import MTU, Path

AHEAD: Final = 600.0  # seconds that a timeline reaches: longer than any run


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on, by the link's clock, netem has these options."""

    at: float
    options: tuple[str, ...]


def is_expressible(path: Path) -> bool:
    """Whether netem can do it: it cannot let packets wait without letting later ones overtake."""
    return not path.holds


def options(path: Path, *, rate: float | None, cut: bool) -> tuple[str, ...]:
    """The options for one moment; `rate` in bits per second, None for no limit."""
    words = ["delay", f"{path.delay * 1e6:.0f}us"]
    if path.jitter:
        words.append(f"{path.jitter * 1e6:.0f}us")
    if cut:
        words += ["loss", "100%"]
    elif path.loss and path.burst:
        leave_bad = 1 / path.burst
        leave_good = leave_bad * path.loss / (1 - path.loss)
        words += ["loss", "gemodel", f"{leave_good * 100:g}%", f"{leave_bad * 100:g}%"]
    elif path.loss:
        words += ["loss", f"{path.loss * 100:g}%"]
    if rate is not None:
        words += ["rate", f"{rate:.0f}bit"]
    # netem's limit counts what travels as well as what waits.
    travelling = 0 if rate is None else round(path.delay * rate / 8)
    limit = 10_000 if rate is None else max(1, (path.queue + travelling) // MTU)
    return (*words, "limit", str(limit))


def timeline(path: Path) -> list[Change]:
    """The options from the click on, in order, the first at 0."""
    moments = {0.0}
    if len(path.rates) > 1:
        time, number = 0.0, 0
        while time < AHEAD:
            moments.add(time)
            time += path.rates[number % len(path.rates)].seconds
            number += 1
    for cut in path.cuts:
        begin = cut.begin
        while begin < AHEAD:
            moments |= {max(begin, 0.0), begin + cut.seconds}
            if not cut.every:
                break
            begin += cut.every
    found: list[Change] = []
    for moment in sorted(moments):
        is_cut = any(cut.end_at(moment) is not None for cut in path.cuts)
        words = options(path, rate=_rate_at(path, moment), cut=is_cut)
        if not found or found[-1].options != words:
            found.append(Change(moment, words))
    return found


def _rate_at(path: Path, time: float) -> float | None:
    if not path.rates:
        return None
    time %= sum(phase.seconds for phase in path.rates)
    for phase in path.rates:
        if time < phase.seconds:
            return phase.rate
        time -= phase.seconds
    return path.rates[-1].rate
