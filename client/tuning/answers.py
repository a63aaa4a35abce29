# SPDX-License-Identifier: GPL-3.0-or-later
"""What commands about stations lead to; part of `client.answers`."""

from dataclasses import dataclass

from client.reports import TrackLine
from client.tuning.reports import (
    Missed,
    OnAirNow,
    RequestsListed,
    SongHeard,
    StationsListed,
    TunedIn,
    Voted,
)


@dataclass(frozen=True, slots=True)
class SongRequested:
    """The station will play this track; see `client.tuning.reports.Requested`."""

    track: TrackLine
    place: int
    starts_in_ms: int
    already: bool


StationEvent = (
    StationsListed
    | TunedIn
    | SongHeard
    | Missed
    | SongRequested
    | RequestsListed
    | OnAirNow
    | Voted
)
