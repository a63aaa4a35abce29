# SPDX-License-Identifier: GPL-3.0-or-later
"""The start rule that computes its mark: from what the link brought and what the song will need.

A score over a dozen features says how likely sound that starts now lasts to the end of the song.
Consumption is known exactly, variable bitrates included; only the link's future is uncertain.
"""

from dataclasses import dataclass, replace
from math import exp, log

from data.coefficients import RESUME, START, Weights
from data.estimate import SHORTEST, Measured
from data.waiting import Decision, Outlook, Situation

SLOW, CRAWLING = 0.7, 0.35  # shares of the mean rate that a link may fall to
LEAST_BUFFERED = 0.05  # seconds
MAX_LOG_SPEED = 2.0
RATIO = (0.05, 5.0)  # of a recent rate to the mean
SPEED = (0.02, 20.0)  # of the mean rate to the song's need
USUAL_LEFT = 200.0  # seconds of sound
WAIT_UNIT = 20.0  # seconds
MAX_WAIT = 60.0  # seconds; whoever waited longer is not more ready for it
KNOWN = 8.0  # seconds after the first byte from which the spread is trusted
WELL_KNOWN = 12.0  # and from which the wander is
LUMPS = 4.0  # seconds of which a lump is no more than one; the spread may be as much larger
DEVIATIONS = 2.0  # the mean rate of what is to come lies within so many spreads of that so far
ERROR = 0.01  # share by which even the steadiest link may bring less than it did
FARTHEST = 600.0  # seconds that the outlook looks ahead
NEAREST = 0.05  # seconds, and its precision at first
AHEAD = 1.15  # each look of the outlook is so much farther


@dataclass(frozen=True, slots=True)
class Limits:
    """Between how much sound the mark may lie, whatever the score says; in seconds of sound.

    Attributes:
        least: never start with less, unless the song is complete.
        least_on_fast: this is enough where the link brings `fast` times what is played.
        fast: see there.
        least_to_resume: never go on with less after a stall.
        most: always start with so much.
    """

    least: float = 1.0
    least_on_fast: float = 0.5
    fast: float = 4.0
    least_to_resume: float = 2.0
    most: float = 120.0


@dataclass(frozen=True, slots=True)
class Features:
    """A situation in the numbers that the weights are for; `Weights` says what each is."""

    speed: float
    fast: float
    steady: float
    spread: float
    silent: float
    short: float
    buffered: float
    behind: float
    behind_slow: float
    behind_crawling: float
    left: float
    elapsed: float
    waited: float


def features(situation: Situation, measured: Measured) -> Features:
    """The situation in numbers; something must be left to play."""
    demand, mean = situation.demand, measured.mean
    speed = _within(SPEED, mean / demand.rate)
    size = demand.size

    def behind(share: float) -> float:
        shortfall = demand.shortfall(share * speed * demand.rate, held=situation.held)
        return _within((-1.0, 1.0), shortfall / size)

    return Features(
        speed=_within((-MAX_LOG_SPEED, MAX_LOG_SPEED), log(speed)),
        fast=log(_within(RATIO, measured.fast / mean)),
        steady=log(_within(RATIO, measured.steady / mean)),
        spread=measured.spread,
        silent=measured.silent,
        short=measured.short,
        buffered=log(max(situation.buffered, LEAST_BUFFERED)),
        behind=behind(1.0),
        behind_slow=behind(SLOW),
        behind_crawling=behind(CRAWLING),
        left=log(demand.left / USUAL_LEFT),
        elapsed=log(max(measured.elapsed, SHORTEST)),
        waited=min(situation.waited, MAX_WAIT) / WAIT_UNIT,
    )


def score(of: Features, weights: Weights) -> float:
    """How much speaks for starting now; 0 is the mark."""
    return (
        weights.bias
        + weights.speed * of.speed
        + weights.fast * of.fast
        + weights.steady * of.steady
        + weights.spread * of.spread
        + weights.silent * of.silent
        + weights.short * of.short
        + weights.buffered * of.buffered
        + weights.behind * of.behind
        + weights.behind_slow * of.behind_slow
        + weights.behind_crawling * of.behind_crawling
        + weights.left * of.left
        + weights.elapsed * of.elapsed
        + weights.waited * of.waited
    )


def verdict(situation: Situation, measured: Measured) -> bool | None:
    """What the spread alone decides: True it lasts, False it runs dry, None it may be either.

    On a steady link this waits as long as it must, and not a second more.
    """
    if measured.elapsed < KNOWN:
        return None
    demand, deviation = situation.demand, DEVIATIONS * _unsteadiness(measured)
    fastest = (1 + deviation - ERROR) * measured.mean
    if demand.shortfall(fastest, held=situation.held) > 0:
        return False
    slowest = max(0.0, 1 - deviation - ERROR) * measured.mean
    return True if demand.shortfall(slowest, held=situation.held) <= 0 else None


def _unsteadiness(measured: Measured) -> float:
    """How far the rate may be from its mean for long, in shares of that."""
    if measured.elapsed < WELL_KNOWN:
        return measured.spread
    # Packets and lumps make the seconds differ on the steadiest of links.
    return min(measured.spread, max(measured.wander, measured.spread / LUMPS))


@dataclass(frozen=True, slots=True)
class Watermark:
    """Starts when what is at hand and what will come most likely last."""

    limits: Limits = Limits()
    start: Weights = START
    resume: Weights = RESUME

    def decide(self, situation: Situation) -> Decision:
        """Whether to start, or to go on after a stall."""
        if situation.complete or situation.held >= situation.demand.size:
            return Decision(ready=True, confidence=1.0)
        measured = situation.measured
        if measured is None or measured.mean <= 0:
            return Decision(ready=False, confidence=0.0)
        weights = self.resume if situation.resuming else self.start
        found = score(features(situation, measured), weights)
        confidence = 1 / (1 + exp(-(weights.sure * found + weights.even)))
        if situation.buffered >= min(self.limits.most, situation.demand.left):
            return Decision(ready=True, confidence=confidence)
        sure = verdict(situation, measured)
        lasts = found >= 0 if sure is None else sure
        enough = situation.buffered >= self._least(situation, measured)
        return Decision(ready=enough and lasts, confidence=confidence)

    def outlook(self, situation: Situation) -> Outlook:
        """Asks itself what it will decide if the link goes on at the mean rate so far."""
        measured = situation.measured
        if self.decide(situation).ready:
            return Outlook(situation.buffered, 0.0)
        if measured is None or measured.mean <= 0:
            return Outlook(self._least(situation, None), None)
        near, far = 0.0, NEAREST
        while not self.decide(later := _after(situation, measured, far)).ready:
            if far > FARTHEST:
                return Outlook(later.buffered, None)
            near, far = far, far * AHEAD + NEAREST
        while far - near > NEAREST:
            middle = (near + far) / 2
            if self.decide(_after(situation, measured, middle)).ready:
                far = middle
            else:
                near = middle
        return Outlook(_after(situation, measured, far).buffered, far)

    def _least(self, situation: Situation, measured: Measured | None) -> float:
        limits = self.limits
        least = limits.least
        if situation.resuming:
            least = limits.least_to_resume
        elif measured is not None and measured.mean >= limits.fast * situation.demand.rate:
            least = min(least, limits.least_on_fast)
        return min(least, limits.most, situation.demand.left)


def _after(situation: Situation, measured: Measured, seconds: float) -> Situation:
    """The situation in so many seconds, if the link goes on at its mean rate."""
    demand = situation.demand
    held = min(demand.size, situation.held + int(seconds * measured.mean))
    elapsed = measured.elapsed + seconds
    return replace(
        situation,
        held=held,
        buffered=demand.time_of(held),
        complete=held >= demand.size,
        waited=situation.waited + seconds,
        measured=replace(measured, elapsed=elapsed),
    )


def _within(bounds: tuple[float, float], value: float) -> float:
    return min(max(value, bounds[0]), bounds[1])
