# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands what the listener asks for to whoever does it, and says where that cannot be. Pure."""

from client.control_line import ControlLine
from client.effects import Outbox
from client.lines import Lines
from client.lists import Lists
from client.plays import Wish
from client.reports import Done, Refused
from client.requests import (
    MAX_TRACK,
    Dispatched,
    ListTracks,
    Pause,
    PlayTrack,
    Seek,
    StartNow,
    StopSong,
    Unpause,
)
from client.sentences import NOTHING_PLAYS
from client.tuning.choice import Choice
from client.tuning.desk import Desk
from client.tuning.requests import StationRequest, Tune
from client.tuning.sentences import NO_STATIONS
from client.tuning.tunes import TuneWish
from common.errors import ErrorCode

MAX_START = 0xFFFFFFFFFFFFFFFF  # milliseconds

NOT_LINKED = "The link to the server is lost; it is being looked for."


class Dispatch:
    """Knows who does what; everything but `quit`, which is the conversation's."""

    def __init__(
        self,
        outbox: Outbox,
        *,
        control: ControlLine,
        choice: Choice,
        lists: Lists,
        desk: Desk,
        lines: Lines,
    ) -> None:
        """Nothing was asked for yet."""
        self._outbox = outbox
        self._control = control
        self._choice = choice
        self._lists = lists
        self._desk = desk
        self._lines = lines

    def request(self, request: Dispatched, *, asked_at: float, now: float) -> bool:
        """Begin to do it; whether it waits for the link from here on."""
        match request:
            case ListTracks():
                return self._list(request)
            case PlayTrack(tag, track, start_ms, at_once):
                return self._play(Wish(tag, track, start_ms, asked_at, at_once=at_once), now)
            case Seek():
                sought = self._choice.sought(request, asked_at)
                if isinstance(sought, Wish):
                    return self._play(sought, now)
                self.refuse(request.tag, sought)
            case StartNow():
                self._done(request.tag, self._choice.start_now())
            case StopSong():
                self._done(request.tag, "" if self._choice.stop(now=now) else NOTHING_PLAYS)
            case Pause() | Unpause():
                held = isinstance(request, Pause)
                self._done(request.tag, self._choice.pause(held=held))
            case _:
                return self._of_station(request, asked_at, now)
        return False

    def refuse(self, tag: int, reason: str, code: str = "") -> None:
        """Say why not."""
        self._outbox.tell(Refused(tag, code, reason))

    # Those that return something: whether the request waits for the link from here on.

    def _list(self, request: ListTracks) -> bool:
        is_open = self._control.is_open
        if not is_open and self._lines.are_lost and not request.may_wait:
            self.refuse(request.tag, NOT_LINKED)
            return False
        return self._lists.keep(request) and not is_open

    def _play(self, wish: Wish, now: float) -> bool:
        if not (0 <= wish.track <= MAX_TRACK and 0 <= wish.start_ms <= MAX_START):
            self.refuse(wish.tag, f"There is no track {wish.track}.")
            return False
        return self._choice.play(wish, now=now)

    def _of_station(self, request: StationRequest, asked_at: float, now: float) -> bool:
        if self._lines.lacks_stations:
            self.refuse(request.tag, NO_STATIONS, ErrorCode.NO_SUCH_STATION.name)
            return False
        if isinstance(request, Tune):
            return self._choice.tune(TuneWish(request.tag, request.station, asked_at), now=now)
        return self._desk.keep(request) and not self._control.is_open

    def _done(self, tag: int, refusal: str) -> None:
        if refusal:
            self.refuse(tag, refusal)
        else:
            self._outbox.tell(Done(tag))
