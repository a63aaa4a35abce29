# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person can ask of a station; `client.language.stations` reads these commands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShowStations:
    """`stations`."""


@dataclass(frozen=True, slots=True)
class TuneIn:
    """`tune NAME`: a station's name, or its beginning; empty for the only station there is."""

    name: str


@dataclass(frozen=True, slots=True)
class RequestNumber:
    """`request 3`: the track with this id."""

    track: int


@dataclass(frozen=True, slots=True)
class RequestTitle:
    """`request TITLE`: the track that the server finds under these words."""

    title: str


@dataclass(frozen=True, slots=True)
class ShowRequests:
    """`requests`: what waits to be played, from this place on."""

    first: int


@dataclass(frozen=True, slots=True)
class ShowNow:
    """`now`."""


@dataclass(frozen=True, slots=True)
class VoteToSkip:
    """`skip`."""


StationCommand = (
    ShowStations | TuneIn | RequestNumber | RequestTitle | ShowRequests | ShowNow | VoteToSkip
)
