# SPDX-License-Identifier: GPL-3.0-or-later
"""The client without sockets, threads and clocks: inputs and a time in, effects out.

The engine calls a method for whatever happens and carries out the effects that it returns, in
their order. `now` is in seconds, on a clock that goes on counting while the machine is suspended.
"""

from collections.abc import Callable

from client import player_events as player
from client.backoff import Backoff
from client.control_line import ControlLine, Stage
from client.data_line import DataLine
from client.effects import Effect, Outbox
from client.lines import ENDED, Lines
from client.lists import Lists
from client.now_playing import NowPlaying
from client.playback import Playback
from client.plays import Plays, Wish
from client.reports import Done, Notice, Refused
from client.requests import (
    MAX_TRACK,
    EngineRequest,
    ListTracks,
    Pause,
    PlayTrack,
    Quit,
    Seek,
    StartNow,
    StopSong,
    Unpause,
)
from client.sentences import NOTHING_PLAYS, WAITS_FOR_NOTHING
from client.settings import Settings
from client.snapshot import Snapshot, snapshot
from data.waiting import StartRule

MAX_START = 0xFFFFFFFFFFFFFFFF  # milliseconds

NOT_LINKED = "The link to the server is lost; it is being looked for."
WAITS = "The link is lost; this is done as soon as it is back."


class Conversation:
    """One listener's whole conversation with the server, over any number of connections."""

    def __init__(
        self,
        settings: Settings,
        *,
        rule: StartRule,
        chance: Callable[[], float],
        keeps_time: bool = True,
    ) -> None:
        """`chance` gives numbers from 0 up to 1; `keeps_time` is the sink's."""
        out = self._outbox = Outbox()
        self._control = ControlLine(
            out,
            server=settings.server,
            agent=settings.agent,
            backoff=Backoff(chance),
            login=settings.login,
            insists=settings.insecure,
        )
        self._data = DataLine(out, backoff=Backoff(chance))
        self._playing = NowPlaying(out, rule=rule, bounds=settings.bounds, keeps_time=keeps_time)
        self._plays = Plays(out)
        self._playback = Playback(
            self._playing, self._plays, self._control.request, bounds=settings.bounds
        )
        self._lists = Lists(out, self._control.request)
        self._lines = Lines(
            out,
            control=self._control,
            data=self._data,
            playback=self._playback,
            lists=self._lists,
        )

    @property
    def ended(self) -> bool:
        """Whether Disconnected was reported: nothing more will happen."""
        return self._control.stage is Stage.ENDED

    def snapshot(self, *, now: float) -> Snapshot:
        """How things are."""
        return snapshot(
            self._playing.song,
            self._plays.newest,
            greeted=self._control.was_open,
            linked=self._lines.are_whole,
            measured=self._playback.measured(now=now),
        )

    # -- the listener

    def start(self) -> list[Effect]:
        """Open the first connection."""
        self._control.dial()
        return self._outbox.take()

    def request(self, request: EngineRequest, *, asked_at: float, now: float) -> list[Effect]:
        """The listener asks for something, and has asked at `asked_at`."""
        if self._control.stage in {Stage.LEAVING, Stage.ENDED}:
            if not isinstance(request, Quit):
                self._refuse(request.tag, ENDED)
            return self._outbox.take()
        waits = False
        match request:
            case ListTracks():
                waits = self._list(request)
            case PlayTrack():
                wish = Wish(
                    request.tag, request.track, request.start_ms, asked_at, at_once=request.at_once
                )
                waits = self._play(wish, now)
            case Seek():
                waits = self._seek(request, asked_at, now)
            case StartNow():
                self._start_now(request, now)
            case StopSong():
                self._done(request.tag, done=self._playback.stop(now=now))
            case Pause() | Unpause():
                held = isinstance(request, Pause)
                self._done(request.tag, done=self._playing.pause(held=held))
                self._playback.check(now=now)
            case Quit():
                self._playback.stop(now=now)
                self._lines.control_events(self._control.leave(now=now), now=now)
                self._data.shut()
        if waits and self._lines.are_lost:
            self._outbox.tell(Notice(WAITS))
        self._lines.hurry()
        return self._finish(now)

    # -- the control connection

    def control_connected(self, *, is_private: bool, now: float) -> list[Effect]:
        """It is open; `is_private`: nobody on the way can read what is sent."""
        self._lines.control_events(self._control.connected(is_private=is_private, now=now), now=now)
        return self._finish(now)

    def control_failed(self, reason: str, *, now: float) -> list[Effect]:
        """It could not be opened, or broke; `reason` is a sentence."""
        self._lines.control_events(self._control.failed(reason, now=now), now=now)
        return self._finish(now)

    def control_received(self, data: bytes, *, now: float) -> list[Effect]:
        """Bytes, or b"" for the end of the server's stream."""
        self._lines.control_events(self._control.received(data, now=now), now=now)
        return self._finish(now)

    # -- the data connection

    def data_connected(self, *, now: float) -> list[Effect]:
        """It is open."""
        self._data.connected(now=now)
        return self._finish(now)

    def data_failed(self, reason: str, *, now: float) -> list[Effect]:
        """It could not be opened, or broke; `reason` is a sentence."""
        self._lines.data_down(reason, now=now)
        return self._finish(now)

    def data_received(self, data: bytes, *, now: float) -> list[Effect]:
        """Bytes, or b"" for the end of the server's stream."""
        self._lines.data_received(data, now=now)
        return self._finish(now)

    # -- the player

    def took(self, song: int, consumed: int) -> None:
        """The decoder has taken this many bytes of the song's buffer; has no effects."""
        self._playing.took(song, consumed)

    def ran_dry(self, song: int, *, now: float) -> list[Effect]:
        """The song's buffer was emptied and has closed its gate."""
        self._playback.ran_dry(song, now=now)
        return self._finish(now)

    def player_event(self, event: player.Event, *, now: float) -> list[Effect]:
        """The player tells how a song goes."""
        match event:
            case player.Started(song, at):
                self._playing.started(song, at)
            case player.Starved(song):
                self._playing.starved(song, now=now)
            case player.Continued(song):
                self._playing.continued(song, now=now)
            case player.Finished(song):
                self._playing.ended(song)
                self._playback.check(now=now)
            case player.Failed(song, text):
                self._playback.broke(song, text, now=now)
            case player.Stopped():
                pass  # this side wanted it
            case player.SongHeard() | player.SongFailed() | player.Slipped():
                pass  # of stations, which are not asked for yet
        return self._finish(now)

    # -- time

    def deadline(self) -> float | None:
        """When to call `tick` at the latest, unless something happens before."""
        if self.ended:
            return None
        times = (
            self._control.deadline(),
            self._data.deadline(can_ask=self._control.is_open),
            self._playback.deadline(),
            self._lines.silent_at(),
        )
        return min((time for time in times if time is not None), default=None)

    def tick(self, *, now: float) -> list[Effect]:
        """Let time pass."""
        self._lines.tick(now=now)
        self._playback.tick(now=now)
        return self._finish(now)

    # -- inside: requests

    # Those that return something: whether the request waits for the link from here on.

    def _list(self, request: ListTracks) -> bool:
        is_open = self._control.is_open
        if not is_open and self._lines.are_lost and not request.may_wait:
            self._refuse(request.tag, NOT_LINKED)
            return False
        return self._lists.keep(request) and not is_open

    def _play(self, wish: Wish, now: float) -> bool:
        if not (0 <= wish.track <= MAX_TRACK and 0 <= wish.start_ms <= MAX_START):
            self._refuse(wish.tag, f"There is no track {wish.track}.")
            return False
        return self._playback.play(wish, now=now)

    def _seek(self, request: Seek, asked_at: float, now: float) -> bool:
        song, wish = self._playing.song, self._plays.newest
        if song is None and wish is None:
            self._refuse(request.tag, NOTHING_PLAYS)
            return False
        track = wish.track if wish is not None else song.info.track if song is not None else 0
        if song is not None and song.info.track == track and request.to_ms >= song.info.duration:
            self._refuse(request.tag, "The song ends before that.")
            return False
        start_ms = max(0, request.to_ms)
        at_once = wish is not None and wish.at_once
        sought = Wish(request.tag, track, start_ms, asked_at, is_seek=True, at_once=at_once)
        return self._play(sought, now)

    def _start_now(self, request: StartNow, now: float) -> None:
        if self._plays.start_newest_at_once() or self._playing.start_now():
            self._outbox.tell(Done(request.tag))
        else:
            nothing = NOTHING_PLAYS if self._playing.song is None else WAITS_FOR_NOTHING
            self._refuse(request.tag, nothing)
        self._playback.check(now=now)

    def _done(self, tag: int, *, done: bool) -> None:
        if done:
            self._outbox.tell(Done(tag))
        else:
            self._refuse(tag, NOTHING_PLAYS)

    def _refuse(self, tag: int, reason: str) -> None:
        self._outbox.tell(Refused(tag, "", reason))

    def _finish(self, now: float) -> list[Effect]:
        self._lines.finish(now=now)
        self._control.is_awaited = self._playback.is_awaited
        return self._outbox.take()
