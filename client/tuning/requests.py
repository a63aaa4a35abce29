# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shell asks of the engine about stations; part of `client.requests`.

Where a request does not name a station, it is about the one that is tuned in.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrowseStations:
    """Answered by StationsListed or Refused."""

    tag: int


@dataclass(frozen=True, slots=True)
class Tune:
    """Listen to this station now; answered by TunedIn or Refused."""

    tag: int
    station: str


@dataclass(frozen=True, slots=True)
class RequestSong:
    """Ask for this track; answered by Requested or Refused."""

    tag: int
    track: int


@dataclass(frozen=True, slots=True)
class ListRequests:
    """What waits to be played, from place `first` on; answered by RequestsListed or Refused."""

    tag: int
    first: int = 1
    limit: int = 20


@dataclass(frozen=True, slots=True)
class AskNow:
    """What the station plays; answered by OnAirNow or Refused."""

    tag: int


@dataclass(frozen=True, slots=True)
class VoteSkip:
    """Vote to skip the song that is heard; answered by Voted or Refused."""

    tag: int


DeskRequest = BrowseStations | RequestSong | ListRequests | AskNow | VoteSkip
StationRequest = Tune | DeskRequest
