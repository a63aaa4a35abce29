# SPDX-License-Identifier: GPL-3.0-or-later
"""What commands mean: turns them into requests, and reports into answers and ends of commands.

Pure. The interactive shell and the script runner hold one each and carry out what it returns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from client import commands as c
from client.answers import Did, Help, Matches, Playing, StatusShown, Tracks
from client.language import COMMANDS, find
from client.reports import (
    Accepted,
    Activity,
    Connected,
    Continued,
    Disconnected,
    Done,
    Finished,
    LinkBack,
    LinkLost,
    Listed,
    Notice,
    Refused,
    Report,
    SongFailed,
    Stalled,
    Started,
    Status,
    TrackLine,
)
from client.requests import (
    EngineRequest,
    ListTracks,
    Pause,
    PlayTrack,
    Quit,
    Seek,
    StopSong,
    Unpause,
)
from client.times import clock
from client.turn import Turn, failed

PAGE: Final = 100  # tracks
SHOWN_MATCHES: Final = 10  # tracks


class _Song(Enum):
    """What became of the latest song, for `wait`."""

    NONE = auto()
    ON = auto()
    HEARD = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class _Listing:
    query: str
    shown: int
    gathered: tuple[TrackLine, ...] = ()


@dataclass(frozen=True, slots=True)
class _Search:
    title: str


@dataclass(frozen=True, slots=True)
class _Plain:
    did: Did


@dataclass(frozen=True, slots=True)
class _Start:
    sought: bool = False


News = Connected | Started | Stalled | Continued | LinkLost | LinkBack | Notice
_Open = _Listing | _Search | _Plain | _Start


_NOTHING_PLAYS: Final = "Nothing is playing. `list` shows the tracks, `play NUMBER` plays one."


class Dialogue:
    """Knows which commands are open and what became of the song; owns no thread and no clock.

    `scripted`: a list is answered whole instead of a page at a time, and `wait` waits; at a prompt
    it would only be in the way.

    Attributes:
        is_over: whether the engine has reported its end.
    """

    def __init__(self, *, scripted: bool) -> None:
        self._scripted = scripted
        self._tag = 0
        self._open: dict[int, _Open] = {}
        self._next_page: tuple[_Listing, int] | None = None  # and the id that it starts after
        self._song = _Song.NONE
        self._stream = 0
        self._waiting = False
        self._leaving = False
        self._is_lost = False
        self.is_over = False

    def command(  # noqa: PLR0911, PLR0912 - a case a command; none is missing
        self, command: c.Command, status: Status
    ) -> Turn:
        """What to do about a command; `status` is the engine's at this moment."""
        match command:
            case c.Browse(query):
                return self._ask_page(_Listing(query, 0), after=0)
            case c.More():
                if self._next_page is None:
                    return failed("There is no more to show. `list` starts from the top.")
                listing, after = self._next_page
                return self._ask_page(listing, after)
            case c.PlayNumber(track):
                return self._play(track)
            case c.PlayTitle(title):
                self._forget_searches()
                return self._ask(
                    lambda tag: ListTracks(tag, query=title, limit=PAGE), _Search(title)
                )
            case c.PlayOn():
                if status.activity is Activity.PAUSED:
                    return self._ask(Unpause, _Plain(Did.RESUMED))
                return failed("Say what to play: `play 3` or `play TITLE`. `list` shows them.")
            case c.Stop():
                self._forget_searches()
                return self._ask(StopSong, _Plain(Did.STOPPED))
            case c.Hold():
                return self._ask(Pause, _Plain(Did.PAUSED))
            case c.Resume():
                return self._ask(Unpause, _Plain(Did.RESUMED))
            case c.Jump():
                return self._jump(command, status)
            case c.ShowStatus():
                return Turn(events=(StatusShown(status),), ended=True)
            case c.Wait():
                return self._wait(status, bounded=command.seconds is not None)
            case c.ShowHelp(topic):
                rows = COMMANDS if topic is None else (find(topic),)
                return Turn(events=(Help(rows),), ended=True)
            case c.Leave():
                self._leaving = True
                return Turn(requests=(Quit(self._next_tag()),), ended=True, leave=True)

    def _next_tag(self) -> int:
        self._tag += 1
        return self._tag

    def _ask(self, request: Callable[[int], EngineRequest], what: _Open) -> Turn:
        tag = self._next_tag()
        self._open[tag] = what
        return Turn(requests=(request(tag),))

    def _ask_page(self, listing: _Listing, after: int) -> Turn:
        self._next_page = None
        return self._ask(
            lambda tag: ListTracks(tag, query=listing.query, after=after, limit=PAGE), listing
        )

    def _play(self, track: int) -> Turn:
        self._forget_searches()
        return self._ask(lambda tag: PlayTrack(tag, track), _Start())

    def _forget_searches(self) -> None:
        """The latest word on what plays counts: a search under way must not overrule it."""
        for tag in [tag for tag, what in self._open.items() if isinstance(what, _Search)]:
            del self._open[tag]

    def _jump(self, command: c.Jump, status: Status) -> Turn:
        if status.track is None or status.activity is Activity.STOPPED:
            return failed(_NOTHING_PLAYS)
        to_ms = command.ms
        end_ms = int(status.duration * 1000)
        if command.relative:
            to_ms = max(0, int(status.position * 1000) + to_ms)
        if to_ms >= end_ms:
            return failed(f"The song ends at {clock(end_ms)}; seek to a place before that.")
        return self._ask(lambda tag: Seek(tag, to_ms), _Start(sought=True))

    def _wait(self, status: Status, *, bounded: bool) -> Turn:
        if not self._scripted:
            return failed("There is nothing to wait for at a prompt; `wait` is for scripts.")
        if self._song is _Song.NONE:
            return failed(_NOTHING_PLAYS)
        if self._song is not _Song.ON:
            return Turn(ended=self._song is _Song.HEARD)
        if status.activity is Activity.PAUSED and not bounded:
            return failed("The song is paused and would never end; `resume` it first.")
        self._waiting = True
        return Turn()

    def time_is_up(self) -> Turn:
        """A `wait` with a number of seconds has lasted that long."""
        self._waiting = False
        return Turn(ended=True)

    def report(self, report: Report) -> Turn:  # noqa: PLR0911 - a case a report
        """What to do about a report; what answers nothing that is open is dropped."""
        match report:
            case Listed():
                return self._listed(report)
            case Accepted():
                return self._accepted(report)
            case Done(tag):
                what = self._open.pop(tag, None)
                if not isinstance(what, _Plain):
                    return Turn()
                if what.did is Did.STOPPED:
                    self._song = _Song.NONE
                return Turn(events=(what.did,), ended=True)
            case Refused(tag, code, reason):
                if self._open.pop(tag, None) is None:
                    return Turn()
                return failed(reason, code)
            case Finished(stream, intact):
                return self._song_over(report, stream, heard=intact is not False)
            case SongFailed(stream):
                return self._song_over(report, stream, heard=False)
            case Disconnected(_, error):
                self.is_over = True
                was_open = bool(self._open) or self._waiting
                self._open.clear()
                self._waiting = False
                return Turn(
                    events=(report,) if error or not self._leaving else (),
                    ended=False if was_open else None,
                    leave=True,
                )
            case _:
                return self._news(report)

    def _news(self, report: News) -> Turn:
        """An outage is said once, however often the engine tries again."""
        was_lost = self._is_lost
        if isinstance(report, LinkLost | LinkBack | Connected):
            self._is_lost = isinstance(report, LinkLost)
        is_repeated = was_lost and isinstance(report, LinkLost)
        return Turn() if is_repeated else Turn(events=(report,))

    def _listed(self, page: Listed) -> Turn:
        what = self._open.pop(page.tag, None)
        if isinstance(what, _Search):
            return self._found(what, page)
        if not isinstance(what, _Listing):
            return Turn()
        shown = what.shown + len(page.tracks)
        following = _Listing(what.query, shown)
        if page.more and page.tracks and self._scripted:
            gathered = _Listing(what.query, shown, what.gathered + page.tracks)
            return self._ask_page(gathered, page.tracks[-1].track)
        if page.more and page.tracks:
            self._next_page = following, page.tracks[-1].track
        answer = Tracks(
            what.query,
            page.total,
            shown,
            page.more,
            page.scanning,
            what.gathered + page.tracks,
        )
        return Turn(events=(answer,), ended=True)

    def _found(self, search: _Search, page: Listed) -> Turn:
        if not page.tracks:
            still = " The server is still looking through its folder." if page.scanning else ""
            return failed(f"No track matches “{search.title}”.{still} `list` shows what there is.")
        wanted = search.title.casefold()
        named = [track for track in page.tracks if track.title.casefold() == wanted]
        candidates = page.tracks if len(named) != 1 else tuple(named)
        if len(candidates) == 1 and not (page.more and not named):
            return self._play(candidates[0].track)
        matches = Matches(search.title, page.total, page.tracks[:SHOWN_MATCHES])
        return Turn(events=(matches,), ended=False)

    def _accepted(self, accepted: Accepted) -> Turn:
        what = self._open.pop(accepted.tag, None)
        # The engine plays it, so it counts whether or not anybody waits for the answer.
        self._song, self._stream = _Song.ON, accepted.stream
        if not isinstance(what, _Start):
            return Turn()
        answer = Playing(accepted.stream, accepted.track, accepted.start_ms, what.sought)
        return Turn(events=(answer,), ended=True)

    def _song_over(self, report: Finished | SongFailed, stream: int, *, heard: bool) -> Turn:
        if stream != self._stream:
            return Turn()  # of a song that was switched away from
        self._song = _Song.HEARD if heard else _Song.FAILED
        ended = heard if self._waiting else None
        self._waiting = False
        return Turn(events=(report,), ended=ended)
