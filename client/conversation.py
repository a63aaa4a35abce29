# SPDX-License-Identifier: GPL-3.0-or-later
"""The client without sockets, threads and clocks: inputs and a time in, effects out.

The engine calls a method for whatever happens and carries out the effects that it returns, in
their order. `now` is in seconds, on a clock that goes on counting while the machine is suspended.
"""

from collections.abc import Callable

from client import player_events as player
from client.backoff import Backoff
from client.control_line import ControlLine
from client.data_line import DataLine
from client.dispatch import Dispatch
from client.effects import Effect, Outbox
from client.hearing import Hearing
from client.line_events import Stage
from client.lines import ENDED, Lines
from client.lists import Lists
from client.now_playing import NowPlaying
from client.playback import Playback
from client.plays import Plays
from client.reports import Notice
from client.requests import EngineRequest, Quit
from client.settings import Settings
from client.snapshot import Snapshot, snapshot
from client.tuning.choice import Choice
from client.tuning.desk import Desk, NowHeard
from client.tuning.feeding import ServerAlone
from client.tuning.gate import start_marks
from client.tuning.on_air import OnAir
from client.tuning.reception import MakeFeed, Reception
from client.tuning.status import station_snapshot
from client.tuning.tuning import Tuning
from data.waiting import StartRule

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
        make_feed: MakeFeed = ServerAlone,
    ) -> None:
        """`chance` gives numbers from 0 up to 1; `keeps_time` is the sink's.

        `make_feed` makes what feeds a station's stream.
        """
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
        ask = self._control.request
        playback = Playback(self._playing, self._plays, ask, bounds=settings.bounds)
        marks = start_marks(settings.least_start)
        self._air = OnAir(out, marks=marks, keeps_time=keeps_time)
        reception = Reception(self._air, ask=ask, notify=self._control.notify, make_feed=make_feed)
        tuning = Tuning(out, reception, ask, number=playback.number)
        self._choice = Choice(playback, tuning)
        self._desk = Desk(out, ask, self._heard)
        self._lists = Lists(out, ask, self._station)
        self._lines = Lines(
            out,
            control=self._control,
            data=self._data,
            choice=self._choice,
            lists=self._lists,
            desk=self._desk,
        )
        self._dispatch = Dispatch(
            out,
            control=self._control,
            choice=self._choice,
            lists=self._lists,
            desk=self._desk,
            lines=self._lines,
        )
        self._hearing = Hearing()
        # Where a sink does not keep time, nobody listens.
        self._tells = settings.tells and keeps_time
        self._now = 0.0
        self._quits = False  # as soon as nobody else needs what is heard

    @property
    def ended(self) -> bool:
        """Whether Disconnected was reported: nothing more will happen."""
        return self._control.stage is Stage.ENDED

    def snapshot(self, *, now: float) -> Snapshot:
        """How things are."""
        linked = self._lines.are_whole
        if self._air.station is not None:
            feed = self._choice.tuning.reception.feed
            return station_snapshot(self._air, feed, linked=linked, now=now)
        return snapshot(
            self._playing.song,
            self._plays.newest or self._choice.tuning.tunes.newest,
            greeted=self._control.was_open,
            linked=linked,
            measured=self._choice.playback.measured(now=now),
        )

    # -- the listener

    def start(self) -> list[Effect]:
        """Open the first connection."""
        self._control.dial()
        return self._outbox.take()

    def request(self, request: EngineRequest, *, asked_at: float, now: float) -> list[Effect]:
        """The listener asks for something, and has asked at `asked_at`."""
        if self._quits or self._control.stage in {Stage.LEAVING, Stage.ENDED}:
            if not isinstance(request, Quit):
                self._dispatch.refuse(request.tag, ENDED)
            return self._outbox.take()
        waits = False
        if isinstance(request, Quit):
            self._quits = True
            self._choice.leave(now=now)
            self._quit(now)
        else:
            waits = self._dispatch.request(request, asked_at=asked_at, now=now)
        self._choice.check(now=now)
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

    # -- other listeners

    def among_listeners(self, step: Callable[[float], None], *, now: float) -> list[Effect]:
        """Something happened on a connection to another listener: `step` is its node's."""
        self._choice.tuning.reception.among_listeners(step, now=now)
        self._choice.check(now=now)
        return self._finish(now)

    # -- the player

    def took(self, song: int, consumed: int) -> None:
        """The decoder has taken this many bytes of the song's buffer; has no effects."""
        self._playing.took(song, consumed)

    def holds(self, station: int, seconds: float, size: int) -> None:
        """So much of the station's sound, `size` bytes, waits for the decoder; has no effects."""
        self._air.holds(station, seconds, size)

    def ran_dry(self, song: int, *, now: float) -> list[Effect]:
        """What this song or station had was taken, and its gate is closed."""
        self._choice.ran_dry(song, now=now)
        return self._finish(now)

    def player_event(self, event: player.Event, *, now: float) -> list[Effect]:
        """The player tells how a song, or a station, goes."""
        self._choice.player_event(event, now=now)
        return self._finish(now)

    # -- time

    def deadline(self) -> float | None:
        """When to call `tick` at the latest, unless something happens before."""
        if self.ended:
            return None
        times = (
            self._control.deadline(),
            self._data.deadline(can_ask=self._control.is_open),
            self._choice.deadline(),
            self._lines.silent_at(),
        )
        return min((time for time in times if time is not None), default=None)

    def tick(self, *, now: float) -> list[Effect]:
        """Let time pass."""
        self._lines.tick(now=now)
        self._choice.tick(now=now)
        return self._finish(now)

    # -- inside

    def _quit(self, now: float) -> None:
        """Take leave of the server, where that is wished and nobody else needs what comes."""
        is_over = self._control.stage in {Stage.LEAVING, Stage.ENDED}
        if self._quits and not is_over and self._choice.has_left:
            self._choice.stop(now=now)
            heard = self._hearing.figures(now=now) if self._tells else None
            self._lines.control_events(self._control.leave(heard, now=now), now=now)
            self._data.shut()

    def _heard(self) -> NowHeard | None:
        return self._choice.tuning.heard(now=self._now)

    def _station(self) -> str:
        heard = self._heard()
        return "" if heard is None else heard.station

    def _finish(self, now: float) -> list[Effect]:
        self._now = now
        source = None if self._quits else self._playing.song or self._air.station
        self._hearing.look(source, now=now)
        self._quit(now)
        self._lines.finish(now=now)
        self._control.is_awaited = self._choice.is_awaited
        tries = self._desk.is_open or self._lists.are_of_stations
        self._control.tries = tries or self._choice.tries
        return self._outbox.take()
