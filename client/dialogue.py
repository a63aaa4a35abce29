# SPDX-License-Identifier: GPL-3.0-or-later
"""What commands mean: turns them into requests, and reports into answers and ends of commands.

Pure. The interactive shell and the script runner hold one each and carry out what it returns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from client import commands as c
from client import requests as engine
from client.answers import Did, Help, Playing, StatusShown
from client.language import COMMANDS, find
from client.link_news import LinkNews
from client.outcome import TABLE, Happening, Outcome, Waiting
from client.paging import Paging
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
)
from client.sentences import NOTHING_PLAYS
from client.times import clock_words
from client.tuning import reports as station
from client.tuning.commands import StationCommand, TuneIn
from client.tuning.sentences import NO_PAUSE, NO_SEEK
from client.tuning.talk import StationTalk
from client.turn import Turn, failed


@dataclass(frozen=True, slots=True)
class _Plain:
    """A command that is done or refused."""

    did: Did


@dataclass(frozen=True, slots=True)
class _Start:
    """`play` or `seek`; to which place in the song, in milliseconds."""

    to_ms: int = 0
    sought: bool = False


News = Connected | Started | Stalled | Continued | LinkLost | LinkBack | Notice | station.News
_Open = _Plain | _Start

_ENDS: Final = {Waiting.AS_IT_WAS: None, Waiting.SUCCEEDS: True, Waiting.FAILS: False}


class Dialogue:
    """Knows which commands are open and what became of the song; owns no thread and no clock.

    `scripted`: a list is answered whole instead of a page at a time, and `wait` waits; at a prompt
    it would only be in the way.
    """

    def __init__(self, *, scripted: bool) -> None:
        self._scripted = scripted
        self._tags = count(1)
        self._open: dict[int, _Open] = {}
        self._paging = Paging(self._tags.__next__, whole=scripted)
        self._stations = StationTalk(self._tags.__next__, self._paging)
        self._song = Outcome.NONE
        self._stream = 0  # of that song
        self._named = 0  # the track that was told of last
        self._link = LinkNews()

    @property
    def is_over(self) -> bool:
        """Whether the engine has reported its end."""
        return self._link.is_over

    @property
    def is_stopping(self) -> bool:
        """Whether a `stop` is under way."""
        return _Plain(Did.STOPPED) in self._open.values()

    # ------------------------------------------------------------ commands

    def command(  # noqa: PLR0911, PLR0912 - a case a command; none is missing
        self, command: c.Command, status: Status
    ) -> Turn:
        """What to do about a command; `status` is the engine's at this moment."""
        match command:
            case c.Browse(query, of_station):
                return self._paging.browse(query, of_station=of_station)
            case c.More():
                return self._paging.more()
            case c.PlayNumber(track, at_once):
                return self._play(track, at_once=at_once)
            case c.PlayTitle(title, at_once):
                self._forget_searches()
                return self._paging.search(title, at_once=at_once)
            case c.PlayNow():
                return self._ask(engine.StartNow, _Plain(Did.HURRIED))
            case c.PlayOn():
                if status.activity is Activity.PAUSED:
                    return self._ask(engine.Unpause, _Plain(Did.RESUMED))
                return failed("Say what to play: `play 3` or `play TITLE`. `list` shows them.")
            case c.Stop():
                self._forget_searches()
                return self._ask(engine.StopSong, _Plain(Did.STOPPED))
            case c.Hold() if self._is_tuned(status):
                return failed(NO_PAUSE)
            case c.Hold():
                return self._ask(engine.Pause, _Plain(Did.PAUSED))
            case c.Resume():
                return self._ask(engine.Unpause, _Plain(Did.RESUMED))
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
                self._link.leave()
                return Turn(requests=(engine.Quit(next(self._tags)),), ended=True, leave=True)
            case _:
                return self._of_station(command, status)

    def time_is_up(self) -> Turn:
        """A `wait` with a number of seconds has lasted that long."""
        return Turn(ended=_ENDS[self._happens(Happening.TIME_UP)])

    def give_up(self, reason: str) -> Turn:
        """The command under way has lasted too long; a late answer to it is dropped."""
        self._forget_open()
        self._happens(Happening.GIVE_UP)
        return failed(reason)

    def _ask(self, request: Callable[[int], engine.EngineRequest], what: _Open) -> Turn:
        tag = next(self._tags)
        self._open[tag] = what
        return Turn(requests=(request(tag),))

    def _of_station(self, command: StationCommand, status: Status) -> Turn:
        if isinstance(command, TuneIn):
            self._paging.forget_search()
        return self._stations.command(command, is_tuned=self._is_tuned(status))

    def _is_tuned(self, status: Status) -> bool:
        """Whether a station is heard, and no song that was asked for behind it."""
        starts = any(isinstance(what, _Start) for what in self._open.values())
        return status.station is not None and not starts

    def _forget_searches(self) -> None:
        self._paging.forget_search()
        self._stations.forget_tuning()

    def _play(self, track: int, *, at_once: bool) -> Turn:
        self._forget_searches()
        return self._ask(lambda tag: engine.PlayTrack(tag, track, at_once=at_once), _Start())

    def _jump(self, command: c.Jump, status: Status) -> Turn:
        if self._is_tuned(status):
            return failed(NO_SEEK)
        # Two steps typed within one round trip add up, and a step behind a `play` is in its song.
        start = next((what for what in reversed(self._open.values()) if type(what) is _Start), None)
        if start is None and (status.track is None or status.activity is Activity.STOPPED):
            return failed(NOTHING_PLAYS)
        to_ms = command.ms
        if command.relative:
            base_ms = int(status.position * 1000) if start is None else start.to_ms
            to_ms = max(0, base_ms + to_ms)
        end_ms = int(status.duration * 1000)
        # Of a song that is still to be accepted, the end is not known here.
        if start is None and to_ms >= end_ms:
            return failed(f"The song ends at {clock_words(end_ms)}; seek to a place before that.")
        return self._ask(lambda tag: engine.Seek(tag, to_ms), _Start(to_ms, sought=True))

    def _wait(self, status: Status, *, bounded: bool) -> Turn:
        if not self._scripted:
            return failed("There is nothing to wait for at a prompt; `wait` is for scripts.")
        is_on = self._song is Outcome.ON
        if is_on and status.activity is Activity.PAUSED and not bounded:
            return failed("The song is paused and would never end; `resume` it first.")
        wait = self._happens(Happening.WAIT)
        return failed(NOTHING_PLAYS) if wait is Waiting.REFUSED else Turn(ended=_ENDS[wait])

    # ------------------------------------------------------------ reports

    def report(self, report: Report) -> Turn:  # noqa: PLR0911, PLR0912 - a case a report
        """What to do about a report; what answers nothing that is open is dropped."""
        if isinstance(report, News):
            return Turn(events=(report,)) if self._link.is_news(report) else Turn()
        match report:
            case Listed():
                found = self._paging.listed(report)
                if isinstance(found, Turn):
                    return found
                if found.asks:
                    return self._stations.found(found)
                return self._play(found.track.track, at_once=found.at_once)
            case Accepted():
                return self._accepted(report)
            case station.TunedIn(_, stream):
                self._happens(Happening.ACCEPTED)
                self._stream, self._named = stream, 0
                return self._stations.answered(report)
            case Done(tag):
                return self._done(tag)
            case Refused(tag, code, reason):
                if (turn := self._stations.refused(report)) is not None:
                    return turn
                was_open = self._open.pop(tag, None) is not None or self._paging.forget(tag)
                return failed(reason, code) if was_open else Turn()
            case Finished(stream, intact):
                heard = Happening.BROKE if intact is False else Happening.HEARD
                return self._song_over(report, stream, heard)
            case SongFailed(stream):
                return self._song_over(report, stream, Happening.BROKE)
            case Disconnected():
                return self._disconnected(report)
            case _:
                return self._stations.answered(report)

    def _happens(self, happening: Happening) -> Waiting:
        self._song, wait = TABLE.step(self._song, happening)
        return wait

    def _accepted(self, accepted: Accepted) -> Turn:
        what = self._open.pop(accepted.tag, None)
        # The engine plays it, so it counts whether or not anybody waits for the answer.
        self._happens(Happening.ACCEPTED)
        self._stream = accepted.stream
        if not isinstance(what, _Start):
            return Turn()
        # Where a `seek` has taken the place of a `play`, the song has not been told of yet.
        sought = what.sought and accepted.track.track == self._named
        self._named = accepted.track.track
        answer = Playing(accepted.stream, accepted.track, accepted.start_ms, sought)
        return Turn(events=(answer,), ended=True)

    def _done(self, tag: int) -> Turn:
        what = self._open.pop(tag, None)
        if not isinstance(what, _Plain):
            return Turn()
        if what.did is Did.STOPPED:
            self._happens(Happening.STOPPED)
        return Turn(events=(what.did,), ended=True)

    def _song_over(self, report: Finished | SongFailed, stream: int, how: Happening) -> Turn:
        if stream != self._stream:
            return Turn()  # of a song that was switched away from
        return Turn(events=(report,), ended=_ENDS[self._happens(how)])

    def _disconnected(self, report: Disconnected) -> Turn:
        was_wanted = self._link.ends()
        is_news = report.error or not was_wanted
        was_open = self._forget_open()
        fails = self._happens(Happening.CUT) is Waiting.FAILS or was_open
        return Turn(events=(report,) if is_news else (), ended=False if fails else None, leave=True)

    def _forget_open(self) -> bool:
        """No answer is waited for any more; whether one was."""
        was_open = bool(self._open) or self._paging.is_open or self._stations.is_open
        self._open.clear()
        self._paging.forget_all()
        self._stations.forget_all()
        return was_open
