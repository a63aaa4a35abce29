# SPDX-License-Identifier: GPL-3.0-or-later
"""From the listener's wish over TUNE to the station that is heard; pure.

What is heard goes on until the server has accepted. A station outlives its stream: after a loss the
rest is asked for with another TUNE (RFC.md, "Stations").
"""

from collections.abc import Callable

from client.effects import Outbox
from client.sentences import sentence
from client.tuning.desk import NowHeard
from client.tuning.feeding import Frame
from client.tuning.reception import Reception
from client.tuning.reports import TunedIn
from client.tuning.retuning import Retuning
from client.tuning.station import Station
from client.tuning.tunes import OpenTune, Tunes, TuneWish
from common.ed25519 import verifier
from common.errors import ErrorCode, code_name
from control.music_messages import Stop
from control.session_messages import Error
from control.station_messages import NO_STATION_ID, Tune, Tuned
from data.frames import Fail

Ask = Callable[[Tune | Stop], None]


class Tuning:
    """The wishes for stations, the streams that fulfil them, and the station that is heard.

    Attributes:
        air: what is heard, with the player's side of it.
        reception: the stream of what is heard.
        tunes: the wishes that are not answered.
        gives_way: a song is wished for, so the rest of a station is not.
    """

    def __init__(
        self, outbox: Outbox, reception: Reception, ask: Ask, *, number: Callable[[], int]
    ) -> None:
        """`ask` sends a request; `number` makes a number for a stream."""
        self.air = reception.air
        self.reception = reception
        self.tunes = Tunes(outbox)
        self.gives_way = False
        self._outbox = outbox
        self._ask = ask
        self._number = number
        self._session = 0
        self._may_ask = False
        self._retuning = Retuning()

    @property
    def owed_since(self) -> float | None:
        """Since when the server could send and nothing came; None where it owes nothing."""
        return self.reception.owed_since

    @property
    def stream(self) -> int:
        """The number of the stream that brings what is heard; 0 where none does."""
        return 0 if self.air.station is None else self.air.station.stream

    @property
    def is_awaited(self) -> bool:
        """Whether a station, or the rest of one, has yet to come from the server."""
        station = self.air.station
        return self.tunes.newest is not None or (station is not None and not station.is_over)

    def owns(self, stream: int) -> bool:
        """Whether the frames of this stream are a station's."""
        return stream in self.tunes.asked or (stream != 0 and stream == self.stream)

    def heard(self, *, now: float) -> NowHeard | None:
        """What is heard, or about to be."""
        wish, station = self.tunes.newest, self.air.station
        if wish is not None and (station is None or wish.station != station.name):
            return NowHeard(wish.station)
        if station is None:
            return None
        song = 0 if station.backlog.heard is None else station.backlog.heard.song.number
        return NowHeard(station.name, song, int(station.behind(now=now) * 1000))

    # -- the listener

    def tune(self, wish: TuneWish, *, now: float) -> bool:
        """Ask for a station.

        Returns whether this begins a wait for the link: it cannot be asked for now, and nothing
        that waits has been told that it gives way.
        """
        has_overtaken = self.tunes.wish(wish)
        self.go_on(now=now)
        return self.tunes.are_waiting and not has_overtaken

    def stop(self, reason: str, *, now: float) -> bool:
        """End the station and every wish; False where there was neither."""
        for number in sorted({*self.tunes.asked, self.stream} - {0}):
            self._send_stop(number)
        had_wishes = self.tunes.drop(reason)
        had_station = self.air.silence()
        self._untuned(now)
        return had_station or had_wishes

    def yield_to(self, stream: int, reason: str, *, now: float) -> None:
        """A song was accepted as `stream`, which has ended the streams before it."""
        self.tunes.overtaken(stream, reason)
        self.air.give_way()
        self._untuned(now)

    # -- the link

    def linked(self, newest_stream: int, *, session: int, now: float) -> bool:
        """Control is open (again); whether `newest_stream` still brings what is heard."""
        self._session = session
        lives = newest_stream != 0 and newest_stream == self.stream
        if lives:
            self.reception.linked(now=now)
        else:
            self._stream_lost(now)
        return lives

    def may_ask(self, *, now: float) -> None:
        """From here on a TUNE makes sense."""
        self._may_ask = True
        self.reception.may_ask(now=now)
        self.go_on(now=now)

    def control_lost(self, *, now: float) -> None:
        """Requests cannot be sent, and those without an answer will get none."""
        self._may_ask = False
        self.tunes.lost()
        self.reception.unlinked(now=now)

    def data_lost(self, *, now: float) -> None:
        """What the server had under way will not arrive."""
        self._may_ask = False
        self.tunes.lost()
        if self.reception.is_served:
            self._stream_lost(now)

    def end(self, reason: str, *, now: float) -> None:
        """Nothing will ever come again, and nothing more is heard."""
        self._may_ask = False
        self.tunes.drop(reason)
        self.air.silence()
        self._untuned(now)

    def fail(self, code: str, reason: str, *, now: float) -> None:
        """Nothing more of the station will come; what there is is heard."""
        if self.air.station is not None:
            self.air.fail(code, reason)
            self._untuned(now)

    # -- the server

    def answered(self, tune: Tune, answer: Tuned | Error, *, now: float) -> bool:
        """TUNED or ERROR for a TUNE; whether a station takes the place of what was heard.

        Raises ProtocolError where a frame that came before does not fit.
        """
        asked = self.tunes.answered(tune.stream, accepted=isinstance(answer, Tuned))
        if asked is None:
            return False
        if isinstance(answer, Error):
            self._refused(asked, answer, now)
            return False
        return self._accepted(asked, answer, now)

    def frame(self, frame: Frame | Fail, *, now: float) -> None:
        """A frame of a stream that `owns` knows; raises ProtocolError where it breaks a rule."""
        asked = self.tunes.of(frame.stream)
        if asked is not None:
            asked.keep(frame)
        elif isinstance(frame, Fail):
            self._failed(frame, now)
        else:
            self.reception.frame(frame, now=now)

    def go_on(self, *, now: float) -> None:
        """Ask for what is wished for, or for the rest of what is heard."""
        if self._may_ask:
            wish, station = self.tunes.take_waiting(), self.air.station
            busy = self.gives_way or bool(self.tunes.asked)
            if wish is not None:
                self._tune(wish.station, wish)
            elif station is not None and station.needs_resume and not busy:
                if self._retuning.is_wanted:
                    self._tune(station.name)
                else:
                    at = station.receiver.next
                    self._tune(station.name, offset=at, station_id=station.station_id)
        self.check(now=now)

    # -- the player

    def broke(self, number: int, reason: str, *, now: float) -> None:
        """The player cannot go on."""
        ended = self.air.broke(number, reason)
        if ended is not None:
            if ended.stream:
                self._send_stop(ended.stream)
            self._untuned(now)

    # -- time

    def deadline(self) -> float | None:
        """When to call `tick` at the latest."""
        return self.reception.deadline()

    def tick(self, *, now: float) -> None:
        """Let time pass."""
        self.reception.tick(now=now)
        self.check(now=now)

    def check(self, *, now: float) -> None:
        """Open the gate, if it is time; or find that too much would be behind it."""
        station = self.air.station
        # While a later wish is under way, what is not heard yet would be no more than a blip.
        if station is None or not self.air.is_ready or self.tunes.are_wished:
            return
        can_rejoin = station.stream and self._may_ask
        if can_rejoin and self._retuning.is_due(station, now=now):
            self._retuning.put_off(now=now)
            self._rejoin(station, now)
        elif not self._retuning.holds_back(station, now=now):
            self.air.open_gate()

    # -- inside

    def _tune(
        self,
        name: str,
        wish: TuneWish | None = None,
        *,
        offset: int = 0,
        station_id: bytes = NO_STATION_ID,
    ) -> None:
        willing = self.reception.feed.is_willing
        tune = Tune(self._number(), name, offset, station_id, relayed=willing)
        self.tunes.ask(tune, wish)
        self._ask(tune)

    def _accepted(self, asked: OpenTune, tuned: Tuned, now: float) -> bool:
        wish, station = asked.wish, self.air.station
        self._retuning.over()
        if wish is not None:
            at = wish.asked_at
            station = Station(wish.station, tuned, verify=verifier, asked_at=at, now=now)
            self.air.load(station)
            self._outbox.tell(TunedIn(wish.tag, station.number, station.name, tuned.behind))
        elif station is not None:
            self.air.resumed(tuned, now=now)
        else:
            return False  # it was given up meanwhile
        self.reception.tuned(tuned, self._session, now=now)
        for frame in asked.kept:
            if self.owns(frame.stream):
                self.frame(frame, now=now)
        return wish is not None

    def _refused(self, asked: OpenTune, error: Error, now: float) -> None:
        reason, code = sentence(error.code, error.text), code_name(error.code)
        if asked.wish is not None:
            self.tunes.refuse(asked.wish, reason, code)
        else:
            self.fail(code, reason, now=now)

    def _failed(self, fail: Fail, now: float) -> None:
        station = self.air.station
        if station is not None and fail.code == ErrorCode.BEHIND:
            self._rejoin(station, now)
        else:
            self.fail(code_name(fail.code), sentence(fail.code, fail.text), now=now)

    def _rejoin(self, station: Station, now: float) -> None:
        """Go on at the live edge, whatever is missed by that."""
        station.lost()
        self._retuning.begin()
        self.reception.given_up()
        self.go_on(now=now)

    def _send_stop(self, number: int) -> None:
        if self._may_ask:
            self._ask(Stop(number))

    def _stream_lost(self, now: float) -> None:
        if self.stream and self.air.station is not None:
            self.air.station.lost()
            self.reception.lost(now=now)

    def _untuned(self, now: float) -> None:
        self._retuning.over()
        self.reception.untuned(now=now)
