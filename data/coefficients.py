# SPDX-License-Identifier: GPL-3.0-or-later
"""The start rule's numbers, all of them: what each weighs, and how it was found.

`python -m bench fit` prints this table anew. The weights were sought so that the mean cost of
simulated plays is least (start + 3 s for each second of silence within the song + 5 s for each
stall, less what a clairvoyant would have had to wait, capped at 60 s).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """What each thing that is known adds to the score of starting now; 0 is the mark.

    "Speed" is the mean rate since the first byte over the song's need; logarithms are natural.

    Attributes:
        bias: the score where everything else is 0.
        speed: for the logarithm of the speed, within ±2.
        fast: for the logarithm of the last second's rate over the mean, within 1/20 to 5.
        steady: the same for the last half dozen seconds.
        spread: for the standard deviation of one-second samples over their mean.
        silent: for the share of samples with less than a tenth of the need.
        short: for the share of samples with less than the need.
        buffered: for the logarithm of the seconds of sound at hand, at least 1/20.
        behind: for the greatest shortfall to come at the mean rate, in shares of what is left.
        behind_slow: the same at 0.7 of the mean rate.
        behind_crawling: the same at 0.35 of it.
        left: for the logarithm of what is left of the song, in units of 200 s.
        elapsed: for the logarithm of the seconds since the first byte, at least 1/10.
        waited: for the seconds of this wait, in units of 20 s, at most 3.
        sure: by what the score is multiplied before it is taken for log-odds of no further stall.
        even: the log-odds at the mark.
    """

    bias: float
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
    sure: float = 1.0
    even: float = 0.7


START = Weights(
    bias=-0.243,
    speed=1.11,
    fast=1.836,
    steady=0.204,
    spread=-0.067,
    silent=2.093,
    short=-1.729,
    buffered=0.808,
    behind=-1.34,
    behind_slow=-2.944,
    behind_crawling=-1.329,
    left=0.148,
    elapsed=-0.664,
    waited=1.678,
)

RESUME = Weights(
    bias=0.577,
    speed=-0.249,
    fast=1.47,
    steady=0.0,
    spread=0.0,
    silent=0.0,
    short=0.0,
    buffered=1.11,
    behind=-1.669,
    behind_slow=-0.923,
    behind_crawling=0.0,
    left=0.556,
    elapsed=0.0,
    waited=-0.401,
)
