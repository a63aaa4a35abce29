# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands about stations mean: the part of the dialogue that is about them. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from client.paging import Found, Paging
from client.reports import Refused, TrackLine
from client.requests import EngineRequest
from client.safe_text import safe
from client.tuning import commands as c
from client.tuning.answers import SongRequested
from client.tuning.reports import (
    OnAirNow,
    Requested,
    RequestsListed,
    StationLine,
    StationsListed,
    TunedIn,
    Voted,
)
from client.tuning.requests import (
    AskNow,
    BrowseStations,
    ListRequests,
    RequestSong,
    Tune,
    VoteSkip,
)
from client.tuning.sentences import NO_STATIONS, NOT_TUNED
from client.turn import Turn, failed
from common.errors import ErrorCode

MOST_NAMED: Final = 8  # stations in a sentence


@dataclass(frozen=True, slots=True)
class _Plain:
    """Whatever answers it is the event."""


@dataclass(frozen=True, slots=True)
class _Tuning:
    """`tune`; `as_typed`: the name may be only the beginning of one."""

    name: str
    as_typed: bool


@dataclass(frozen=True, slots=True)
class _Finding:
    """`tune`, while it is found out which station is meant."""

    name: str


@dataclass(frozen=True, slots=True)
class _Asking:
    """`request`, of a track that the station has."""

    track: TrackLine


_Open = _Plain | _Tuning | _Finding | _Asking
_Answer = StationsListed | TunedIn | Requested | RequestsListed | OnAirNow | Voted


class StationTalk:
    """Knows which commands about stations are open."""

    def __init__(self, next_tag: Callable[[], int], paging: Paging) -> None:
        """`paging` finds the songs that are asked for."""
        self._next_tag = next_tag
        self._paging = paging
        self._open: dict[int, _Open] = {}

    @property
    def is_open(self) -> bool:
        """Whether an answer is waited for."""
        return bool(self._open)

    @property
    def is_tuning(self) -> bool:
        """Whether a `tune` is under way."""
        return any(isinstance(what, _Tuning | _Finding) for what in self._open.values())

    def command(  # noqa: PLR0911 - a case a command
        self, command: c.StationCommand, *, is_tuned: bool
    ) -> Turn:
        """What to do about a command; `is_tuned`: a station is heard, or about to be."""
        match command:
            case c.ShowStations():
                return self._ask(BrowseStations, _Plain())
            case c.TuneIn(name):
                self.forget_tuning()
                return self._find(name) if not name else self._tune(name, as_typed=True)
            case _ if not (is_tuned or self.is_tuning):
                return failed(NOT_TUNED)
            case c.RequestNumber(track):
                return self._paging.find(track)
            case c.RequestTitle(title):
                return self._paging.search(title, asks=True)
            case c.ShowRequests(first):
                return self._ask(lambda tag: ListRequests(tag, first), _Plain())
            case c.ShowNow():
                return self._ask(AskNow, _Plain())
            case c.VoteToSkip():
                return self._ask(VoteSkip, _Plain())

    def found(self, found: Found) -> Turn:
        """This is the track that `request` means."""
        return self._ask(lambda tag: RequestSong(tag, found.track.track), _Asking(found.track))

    def forget_tuning(self) -> None:
        """The latest word on what plays counts: a search for a station must not overrule it."""
        for tag in [tag for tag, what in self._open.items() if isinstance(what, _Finding)]:
            del self._open[tag]

    def forget_all(self) -> None:
        """Wait for nothing more."""
        self._open.clear()

    def answered(self, report: _Answer) -> Turn:
        """What a report means for the command that it answers."""
        match self._open.pop(report.tag, None), report:
            case None, _:
                return Turn()
            case _Finding(name), StationsListed(_, stations):
                return self._choose(name, stations)
            case _Asking(track), Requested(_, _, place, starts_in_ms, already):
                return Turn(
                    events=(SongRequested(track, place, starts_in_ms, already),), ended=True
                )
            case _, Requested():
                return Turn(ended=True)
            case _, answer:
                return Turn(events=(answer,), ended=True)

    def refused(self, report: Refused) -> Turn | None:
        """What a refusal means; None where it answers nothing of this."""
        what = self._open.pop(report.tag, None)
        if what is None:
            return None
        is_unknown = report.code == ErrorCode.NO_SUCH_STATION.name
        if is_unknown and isinstance(what, _Tuning) and what.as_typed:
            return self._find(what.name)
        return failed(report.reason, report.code)

    def _ask(self, request: Callable[[int], EngineRequest], what: _Open) -> Turn:
        tag = self._next_tag()
        self._open[tag] = what
        return Turn(requests=(request(tag),))

    def _tune(self, name: str, *, as_typed: bool) -> Turn:
        return self._ask(lambda tag: Tune(tag, name), _Tuning(name, as_typed))

    def _find(self, name: str) -> Turn:
        return self._ask(BrowseStations, _Finding(name))

    def _choose(self, name: str, stations: tuple[StationLine, ...]) -> Turn:
        """Tune in to the station that is meant, if just one can be."""
        wanted = name.casefold()
        names = [line.station for line in stations]
        meant = [one for one in names if one.casefold().startswith(wanted)]
        named = [one for one in meant if one.casefold() == wanted]
        if len(named) == 1 or len(meant) == 1:
            return self._tune((named or meant)[0], as_typed=False)
        if not stations:
            return failed(NO_STATIONS, ErrorCode.NO_SUCH_STATION.name)
        if not name:
            return failed(f"Say which station: {_listed(names)}.")
        if meant:
            return failed(f"“{safe(name)}” could be {_listed(meant)}.")
        there = f"There {'is' if len(names) == 1 else 'are'} {_listed(names, 'and')}."
        code = ErrorCode.NO_SUCH_STATION.name
        return failed(f"There is no station “{safe(name)}”. {there}", code)


def _listed(names: list[str], joint: str = "or") -> str:
    *some, last = [safe(name) for name in names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        return f"{', '.join([*some, last])} {joint} {len(names) - MOST_NAMED} others"
    return f"{', '.join(some)} {joint} {last}" if some else last
