# SPDX-License-Identifier: GPL-3.0-or-later
"""A song or a station: at most one of them is heard, and the listener's latest word counts.

It is to the connections what `client.playback` alone would be. The streams of both are numbered in
one row, and the server obeys the newest (RFC.md, "Stations").
"""

from client import player_events as player
from client.playback import Playback
from client.plays import Wish
from client.requests import Seek
from client.sentences import NOTHING_PLAYS, WAITS_FOR_NOTHING
from client.tuning.sentences import NO_PAUSE, NO_SEEK, NO_STATIONS
from client.tuning.tunes import OVERTAKEN, TuneWish
from client.tuning.tuning import Tuning
from common.errors import ErrorCode, ProtocolError
from control.music_messages import Play, Stream
from control.relay_messages import Parents
from control.session_messages import Error
from control.station_messages import Tune, Tuned
from data.frames import Data, End, Fail
from data.station_frames import Seal, SongFrame


class Choice:
    """Hands on to the one or the other, and sees to it that one gives way.

    Attributes:
        playback: the songs.
        tuning: the stations.
    """

    def __init__(self, playback: Playback, tuning: Tuning) -> None:
        """Nothing is heard yet."""
        self.playback = playback
        self.tuning = tuning

    @property
    def owed_since(self) -> float | None:
        """Since when the server could send and nothing came; None where it owes nothing."""
        times = (self.playback.owed_since, self.tuning.owed_since)
        return min((time for time in times if time is not None), default=None)

    @property
    def is_awaited(self) -> bool:
        """Whether something to be heard has yet to come from the server."""
        return self.playback.is_awaited or self.tuning.is_awaited

    @property
    def tries(self) -> bool:
        """Whether something was asked that an older server need not know."""
        return bool(self.tuning.tunes.asked)

    # -- the listener

    def play(self, wish: Wish, *, now: float) -> bool:
        """As that of Playback; a station that waits for the link gives way."""
        waited = self.tuning.tunes.are_waiting
        self.tuning.tunes.withdraw(OVERTAKEN)
        self._weigh()
        return self.playback.play(wish, now=now) and not waited

    def tune(self, wish: TuneWish, *, now: float) -> bool:
        """As that of Tuning; a song that waits for the link gives way."""
        waited = self.playback.plays.are_waiting
        self.playback.plays.withdraw(OVERTAKEN)
        begins = self.tuning.tune(wish, now=now)
        self._weigh()
        return begins and not waited

    def stop(self, *, now: float) -> bool:
        """End what is heard and every wish; False where there was neither."""
        reason = "It was stopped before the server had answered."
        had_station = self.tuning.stop(reason, now=now)
        self._weigh()
        return self.playback.stop(now=now) or had_station

    def leave(self, *, now: float) -> None:
        """The listener goes: nothing more is heard, while others may still need what comes."""
        self.playback.stop(now=now)
        self.tuning.air.hush()
        self.tuning.reception.feed.leave(now)

    @property
    def has_left(self) -> bool:
        """Whether nobody else needs what comes."""
        return self.tuning.reception.feed.has_left

    def sought(self, request: Seek, asked_at: float) -> Wish | str:
        """The wish that a `seek` means; or the sentence why there is none."""
        song, wish = self.playback.playing.song, self.playback.plays.newest
        if song is None and wish is None:
            return NOTHING_PLAYS if self.tuning.air.station is None else NO_SEEK
        track = wish.track if wish is not None else song.info.track if song is not None else 0
        if song is not None and song.info.track == track and request.to_ms >= song.info.duration:
            return "The song ends before that."
        start_ms = max(0, request.to_ms)
        at_once = wish is not None and wish.at_once
        return Wish(request.tag, track, start_ms, asked_at, is_seek=True, at_once=at_once)

    def start_now(self) -> str:
        """Let what waits begin, or go on, with what there is; a sentence where nothing waits."""
        playing, air = self.playback.playing, self.tuning.air
        hurried = self.playback.plays.start_newest_at_once() or playing.start_now()
        if hurried or air.start_now():
            return ""
        is_silent = playing.song is None and air.station is None
        return NOTHING_PLAYS if is_silent else WAITS_FOR_NOTHING

    def pause(self, *, held: bool) -> str:
        """Hold the song, or let it go on; a sentence where that cannot be."""
        if self.tuning.air.station is not None:
            return NO_PAUSE
        if not self.playback.playing.pause(held=held):
            return NOTHING_PLAYS
        return ""

    # -- the link

    def linked(self, newest_stream: int, *, session: int, round_trip: float, now: float) -> None:
        """The control connection is open (again); the server's newest stream has this number."""
        self.playback.plays.skip_to(newest_stream)
        if self.tuning.linked(newest_stream, session=session, now=now):
            newest_stream = 0  # it lives on, and is no song's
        self.playback.linked(newest_stream, round_trip=round_trip, now=now)

    def may_ask(self, *, now: float) -> None:
        """From here on the server may be asked for something to hear."""
        self._weigh()
        self.tuning.may_ask(now=now)
        self.playback.may_ask(now=now)

    def control_lost(self, *, now: float) -> None:
        """Requests cannot be sent, and those without an answer will get none."""
        self.playback.control_lost()
        self.tuning.control_lost(now=now)
        self._keep_latest()

    def data_lost(self, *, now: float) -> None:
        """What was under way will not arrive."""
        self.playback.data_lost(now=now)
        self.tuning.data_lost(now=now)
        self._keep_latest()

    def hurry(self, *, now: float) -> None:
        """The server stops soon; nothing of a station can come before it is due."""
        self.playback.hurry(now=now)

    def end(self, reason: str, *, now: float) -> None:
        """Nothing will ever come again, and nothing more is heard."""
        self.playback.end(reason)
        self.tuning.end(reason, now=now)

    # -- the server

    def answered(self, asked: Play | Tune, answer: Stream | Tuned | Error, *, now: float) -> None:
        """The answer to PLAY or TUNE; raises ProtocolError where it does not fit."""
        match asked, answer:
            case Play(), Stream() | Error():
                song = self.playback.playing.song
                self.playback.answered(asked, answer, now=now)
                if self.playback.playing.song is not song and isinstance(answer, Stream):
                    self.tuning.yield_to(answer.stream, OVERTAKEN, now=now)
            case Tune(), Tuned() | Error():
                if self.tuning.answered(asked, answer, now=now):
                    self.playback.yield_to(asked.stream, OVERTAKEN, now=now)
            case _:
                raise ProtocolError(ErrorCode.UNEXPECTED, "an answer of another kind")
        self._weigh()
        self.playback.go_on(now=now)
        self.tuning.go_on(now=now)

    def frame(self, frame: Data | End | Fail | SongFrame | Seal, *, now: float) -> None:
        """A frame of a stream; raises ProtocolError where it breaks a rule."""
        if not self.tuning.owns(frame.stream):
            self.playback.frame(frame, now=now)
        elif isinstance(frame, End):
            raise ProtocolError(ErrorCode.UNEXPECTED, "END of a station's stream")
        else:
            self.tuning.frame(frame, now=now)

    def parents(self, parents: Parents, *, now: float) -> None:
        """PARENTS has come; it may be about a stream that is over."""
        if parents.stream != 0 and parents.stream == self.tuning.stream:
            self.tuning.reception.parents(parents, now=now)

    def has_no_stations(self, *, now: float) -> None:
        """The server knows nothing of stations."""
        self.tuning.tunes.drop(NO_STATIONS, ErrorCode.NO_SUCH_STATION.name)
        self.tuning.fail(ErrorCode.NO_SUCH_STATION.name, NO_STATIONS, now=now)

    # -- the player

    def ran_dry(self, number: int, *, now: float) -> None:
        """What this song or station had was taken, and its gate is closed."""
        self.playback.ran_dry(number, now=now)
        self.tuning.air.ran_dry(number)

    def player_event(self, event: player.Event, *, now: float) -> None:
        """The player tells how a song, or a station, goes; a number is that of one of them."""
        playing, air = self.playback.playing, self.tuning.air
        match event:
            case player.Started(number, at):
                playing.started(number, at)
                air.started(number, at)
            case player.Starved(number):
                playing.starved(number, now=now)
                air.starved(number, now=now)
            case player.Continued(number):
                playing.continued(number, now=now)
                air.continued(number, now=now)
            case player.Finished(number):
                playing.ended(number)
                air.finished(number)
                self.playback.check(now=now)
            case player.Failed(number, text):
                self.playback.broke(number, text, now=now)
                self.tuning.broke(number, text, now=now)
            case player.SongHeard(number, song):
                air.song_heard(number, song)
            case player.SongFailed(number, song, text):
                air.song_failed(number, song, text)
            case player.Slipped(number, frames):
                air.slipped(number, frames)
            case player.Stopped():
                pass  # this side wanted it

    # -- time

    def deadline(self) -> float | None:
        """When to call `tick` at the latest."""
        times = (self.playback.deadline(), self.tuning.deadline())
        return min((time for time in times if time is not None), default=None)

    def tick(self, *, now: float) -> None:
        """Let time pass."""
        self.playback.tick(now=now)
        self.tuning.tick(now=now)

    def check(self, *, now: float) -> None:
        """Look whether what is heard may begin, or go on."""
        self.playback.check(now=now)
        self.tuning.check(now=now)

    # -- inside

    def _weigh(self) -> None:
        """What is wished for decides first whether the rest of what is heard is still wanted."""
        self.playback.gives_way = self.tuning.tunes.newest is not None
        self.tuning.gives_way = self.playback.plays.newest is not None

    def _keep_latest(self) -> None:
        """Of two wishes that wait again, only the later one was not taken back."""
        song, station = self.playback.plays.newest, self.tuning.tunes.newest
        if song is not None and station is not None:
            if song.asked_at > station.asked_at:
                self.tuning.tunes.withdraw(OVERTAKEN)
            else:
                self.playback.plays.withdraw(OVERTAKEN)
        self._weigh()
