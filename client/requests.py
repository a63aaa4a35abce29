# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shell asks of the engine: one frozen dataclass a request, answered by `client.reports`.

Every request carries a `tag` that the shell chose; each report that answers it repeats the tag.
"""

from dataclasses import dataclass
from typing import Final

from client.tuning.requests import StationRequest

MAX_TRACK: Final = 0xFFFFFFFF  # the greatest id that PLAY has room for


@dataclass(frozen=True, slots=True)
class ListTracks:
    """One page of the library; answered by Listed or Refused.

    `may_wait`: where the link is lost, for its return; otherwise that is refused. `of_station`:
    only tracks of the station that is tuned in, where one is.
    """

    tag: int
    query: str = ""
    after: int = 0
    limit: int = 100
    may_wait: bool = True
    of_station: bool = False


@dataclass(frozen=True, slots=True)
class PlayTrack:
    """Switch to this track now; answered by Accepted or Refused.

    `at_once`: its sound starts with the first bytes, whatever the start rule says.
    """

    tag: int
    track: int
    start_ms: int = 0  # milliseconds of frame time
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class StartNow:
    """Let the song that waits begin, or go on, with what there is; answered by Done or Refused."""

    tag: int


@dataclass(frozen=True, slots=True)
class Seek:
    """Go on elsewhere in the song that plays; answered by Accepted or Refused."""

    tag: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class StopSong:
    """Silence at once; answered by Done or Refused (nothing plays)."""

    tag: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Hold the song; answered by Done or Refused."""

    tag: int


@dataclass(frozen=True, slots=True)
class Unpause:
    """Go on where it was held; answered by Done or Refused."""

    tag: int


@dataclass(frozen=True, slots=True)
class Quit:
    """Take leave of the server; answered by Disconnected."""

    tag: int


Dispatched = ListTracks | PlayTrack | StartNow | Seek | StopSong | Pause | Unpause | StationRequest
EngineRequest = Dispatched | Quit
