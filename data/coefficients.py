# SPDX-License-Identifier: GPL-3.0-or-later
"""The start rule's numbers, all of them: what each weighs, and how it was found.

`python -m bench fit` prints such tables. The weights were sought so that the mean cost of simulated
plays is least (start + 3 s for each second of silence within the song + 5 s for each stall, less
what a clairvoyant would have had to wait, capped at 60 s). These are the mean of two searches, of
which one saw half of the recorded routes and the other all of them and made links too: each
alone cost the same, the mean a little less. Single weights mean little, since many move together.
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
    sure: float
    even: float


START = Weights(
    bias=-0.323,
    speed=0.646,
    fast=1.391,
    steady=0.537,
    spread=1.831,
    silent=-0.798,
    short=-0.849,
    buffered=0.808,
    behind=-2.910,
    behind_slow=-2.829,
    behind_crawling=-2.898,
    left=0.139,
    elapsed=-0.745,
    waited=1.589,
    sure=0.496,
    even=1.766,
)

RESUME = Weights(
    bias=0.891,
    speed=-0.742,
    fast=2.747,
    steady=0.000,
    spread=0.000,
    silent=0.000,
    short=0.000,
    buffered=1.110,
    behind=-2.937,
    behind_slow=-2.425,
    behind_crawling=0.000,
    left=-1.623,
    elapsed=0.000,
    waited=0.506,
    sure=0.496,
    even=1.766,
)
