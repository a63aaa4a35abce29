# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person can ask for: one frozen dataclass a command; `client.language` reads them."""

from dataclasses import dataclass

from client.tuning.commands import StationCommand


@dataclass(frozen=True, slots=True)
class Browse:
    """`list`: the tracks that match every word of `query`; all where it is empty.

    `of_station` with `songs`: only those of the station that is tuned in, if one is.
    """

    query: str
    of_station: bool = False


@dataclass(frozen=True, slots=True)
class More:
    """`more`: the next page of the latest list."""


@dataclass(frozen=True, slots=True)
class PlayNumber:
    """`play 3`: the track with this id; `at_once` with `--now`."""

    track: int
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class PlayTitle:
    """`play TITLE`: the track that the server finds under these words; `at_once` with `--now`."""

    title: str
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class PlayOn:
    """`play` alone: what that means depends on whether a song is paused."""


@dataclass(frozen=True, slots=True)
class PlayNow:
    """`play --now` alone: the song that waits starts with what there is."""


@dataclass(frozen=True, slots=True)
class Stop:
    """`stop`."""


@dataclass(frozen=True, slots=True)
class Hold:
    """`pause`."""


@dataclass(frozen=True, slots=True)
class Resume:
    """`resume`."""


@dataclass(frozen=True, slots=True)
class Jump:
    """`seek`: to `ms` of the song, or by `ms` from where it is."""

    ms: int
    relative: bool


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """`status`."""


@dataclass(frozen=True, slots=True)
class Wait:
    """`wait`: until the song ends, or `seconds` have passed."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """`help`: about one command, or about all."""

    topic: str | None


@dataclass(frozen=True, slots=True)
class Leave:
    """`quit`."""


Command = (
    Browse
    | More
    | PlayNumber
    | PlayTitle
    | PlayOn
    | PlayNow
    | Stop
    | Hold
    | Resume
    | Jump
    | ShowStatus
    | Wait
    | ShowHelp
    | Leave
    | StationCommand
)
