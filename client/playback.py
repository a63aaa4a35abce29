# SPDX-License-Identifier: GPL-3.0-or-later
"""From the listener's wish over PLAY, streams and credit to the song that is played; pure.

The old song sounds on until the server has accepted the next one. A song outlives its stream: what
is missing after a loss is asked for with another one (RFC.md, "Losing and Resuming").
"""

from collections.abc import Callable

from client.arrivals import Arrivals
from client.now_playing import NowPlaying
from client.plays import Plays, Wish
from client.sentences import sentence
from client.settings import Bounds
from client.song import Song
from common.errors import ErrorCode, ProtocolError, code_name
from control.music_messages import Credit, Play, Stop, Stream
from control.session_messages import Error
from data import receiver
from data.estimate import Measured
from data.frames import Data, End, Fail
from data.station_frames import Seal, SongFrame

START_CHECK = 0.1  # seconds between two questions to the start rule while nothing arrives

Ask = Callable[[Play | Stop | Credit], None]


class Playback:
    """The wishes, the streams that fulfil them, and the credit.

    Attributes:
        playing: the song, for the player's events and the status.
        plays: the wishes that are not answered.
        gives_way: a station is wished for, so the rest of a song is not.
    """

    def __init__(self, playing: NowPlaying, plays: Plays, ask: Ask, *, bounds: Bounds) -> None:
        """`ask` sends a request; it is called only between `may_ask` and a loss."""
        self.playing = playing
        self.plays = plays
        self._ask = ask
        self._bounds = bounds
        self._receiver = receiver.Receiver()
        self._arrivals = Arrivals()
        self._asked_at: tuple[int, float] = (0, 0.0)  # the newest PLAY's stream, seconds
        self._resuming: int | None = None  # the stream asked for to bring the song's rest
        self._may_ask = False  # control is open, and what the server sends would reach us
        self._next_check: float | None = None
        self.gives_way = False

    def measured(self, *, now: float) -> Measured | None:
        """The link, by what it brought of the latest song; None before that."""
        return self._arrivals.measured(now=now)

    @property
    def owed_since(self) -> float | None:
        """Since when the server could send and nothing came; None where it owes nothing."""
        return self._arrivals.owed_since

    @property
    def is_awaited(self) -> bool:
        """Whether a song, or the rest of one, has yet to come from the server."""
        song = self.playing.song
        return self.plays.newest is not None or (song is not None and not song.is_over)

    # -- the listener

    def play(self, wish: Wish, *, now: float) -> bool:
        """Ask for a song; what plays goes on until the server accepts.

        Returns whether this begins a wait for the link: it cannot be asked for now, and nothing
        that waits has been told that it gives way.
        """
        has_overtaken = self.plays.wish(wish)
        self.go_on(now=now)
        return self.plays.are_waiting and not has_overtaken

    def stop(self, *, now: float) -> bool:
        """End the song and every wish; False where there was neither."""
        song = self.playing.song
        self._send_stops(*self.plays.asked, song.stream if song and not song.is_over else 0)
        self._receiver.stop()
        had_wishes = self.plays.drop("The song was stopped before the server had answered.")
        had_song = self.playing.silence()
        self.check(now=now)
        return had_song or had_wishes

    def number(self) -> int:
        """A number for a station's stream."""
        return self._receiver.skip(self.plays.number())

    def yield_to(self, stream: int, reason: str, *, now: float) -> None:
        """A station was accepted as `stream`, which has ended the streams before it."""
        self.plays.overtaken(stream, reason)
        self._receiver.overtaken(stream)
        self.playing.song = None
        self.check(now=now)

    # -- the link

    def linked(self, newest_stream: int, *, round_trip: float, now: float) -> None:
        """The control connection is open (again); the server's newest stream has this number.

        `round_trip`: seconds that the server's WELCOME took.
        """
        self._arrivals.connected(round_trip)
        self.plays.skip_to(newest_stream)
        song = self.playing.song
        if song is not None and newest_stream and song.stream == newest_stream:
            # What was granted since may have been lost with the old connection.
            self._ask(Credit(song.stream, song.limit))
        else:
            self._forget_streams()
            if newest_stream:
                self._ask(Stop(newest_stream))
        self.check(now=now)

    def may_ask(self, *, now: float) -> None:
        """From here on a PLAY makes sense."""
        self._may_ask = True
        self.go_on(now=now)
        self.check(now=now)

    def control_lost(self) -> None:
        """Requests cannot be sent, and those without an answer will get none."""
        self._may_ask = False
        self._resuming = None
        self._arrivals.unasked()
        self.plays.lost()

    def data_lost(self, *, now: float) -> None:
        """What was under way will not arrive."""
        self.control_lost()
        self._forget_streams()
        self.check(now=now)

    def hurry(self, *, now: float) -> None:
        """The server stops soon: whatever may be held should come before that."""
        if self.playing.song is not None:
            self.playing.song.is_hurried = True
        self.check(now=now)

    def end(self, reason: str) -> None:
        """Nothing will ever come again, and nothing more is heard."""
        self._may_ask = False
        self.plays.drop(reason)
        self.playing.silence()

    # -- the server

    def answered(self, play: Play, answer: Stream | Error, *, now: float) -> None:
        """STREAM or ERROR for a PLAY; raises ProtocolError where it does not fit."""
        if self._asked_at[0] == play.stream:
            self._arrivals.answered(now - self._asked_at[1])
        if isinstance(answer, Error):
            self._refused(play, answer)
        elif play.stream == self._resuming and self.playing.song is not None:
            self._resumed(self.playing.song, play, answer, now)
        else:
            self._accepted(play, answer, now)
        self.go_on(now=now)
        self.check(now=now)

    def frame(self, frame: Data | End | Fail | SongFrame | Seal, *, now: float) -> None:
        """A frame of a stream; raises ProtocolError where it breaks a rule."""
        if isinstance(frame, Data):
            self._arrivals.something_came(now=now)
        self._received(self._receiver.receive(frame), now)

    # -- the player

    def ran_dry(self, song: int, *, now: float) -> None:
        """The song's buffer was emptied and has closed its gate."""
        self.playing.ran_dry(song, now=now)
        self.check(now=now)

    def broke(self, song: int, reason: str, *, now: float) -> None:
        """The player cannot go on."""
        ended = self.playing.broke(song, reason)
        if ended is not None and not ended.is_over:
            self._send_stops(ended.stream)
        self.check(now=now)

    # -- time

    def deadline(self) -> float | None:
        """When to call `tick` at the latest."""
        return self._next_check

    def tick(self, *, now: float) -> None:
        """Let time pass."""
        if self._next_check is not None and now >= self._next_check:
            self.check(now=now)

    def check(self, *, now: float) -> None:
        """Look at the gate and the credit, and decide when to look again."""
        song = self.playing.song
        self._next_check = None
        if song is not None and not song.is_over:
            measured = self.measured(now=now)
            # While a later PLAY is under way, a song not heard yet would be no more than a blip.
            if not self.plays.asked:
                self.playing.open_gate(now=now, measured=measured)
            if self._may_ask and (limit := song.grant(self._arrivals.in_flight)) is not None:
                self._receiver.grant(song.stream, limit)
                self._ask(Credit(song.stream, limit))
            if song.waits:
                self._next_check = now + START_CHECK
            elif song.gate_open and not song.is_paused and song.limit < song.info.total:
                self._next_check = now + song.patience
        if song is not None and song.is_owed and self._may_ask:
            self._arrivals.owed(now=now)
        else:
            self._arrivals.not_owed(now=now)

    # -- inside

    def go_on(self, *, now: float) -> None:
        """Ask for what is wished for, or for the rest of what is heard."""
        if not self._may_ask:
            return
        play = self.plays.send(min(self._arrivals.in_flight, self._bounds.max_buffer))
        song = self.playing.song
        # A wish under way decides first whether the rest of the old song is still wanted.
        idle = play is None and self._resuming is None and not self.plays.asked
        if idle and not self.gives_way and song is not None and song.needs_resume:
            self._resuming = self.plays.number()
            play = song.play_rest(self._resuming, self._arrivals.in_flight)
        if play is not None:
            self._receiver.ask(play.stream, window=play.window)
            self._asked_at = play.stream, now
            self._ask(play)

    def _send_stops(self, *streams: int) -> None:
        """End these streams (0: none), and the one that was asked for to bring the song's rest."""
        numbers = {*streams, self._resuming or 0} - {0}
        self._resuming = None
        if self._may_ask:
            for number in sorted(numbers):
                self._ask(Stop(number))

    def _accepted(self, play: Play, answer: Stream, now: float) -> None:
        events = self._receiver.accept(
            answer.stream, offset=answer.offset, total=answer.total, digest=answer.digest
        )
        wish = self.plays.accepted(answer.stream)
        if wish is not None:
            self._resuming = None
            song = self.playing.load(wish, answer, window=play.window)
            self._arrivals.begins(song.mean_rate)
            self._received(events, now)

    def _resumed(self, song: Song, play: Play, answer: Stream, now: float) -> None:
        self._resuming = None
        if not answer.offset <= song.next <= answer.total:
            raise ProtocolError(ErrorCode.MALFORMED, "STREAM does not continue what PLAY asked for")
        song.resumed(answer.stream, answer.offset + play.window)
        events = self._receiver.accept(
            answer.stream,
            offset=answer.offset,
            total=answer.total,
            digest=answer.digest,
            wanted=song.next,
        )
        self._received(events, now)

    def _refused(self, play: Play, error: Error) -> None:
        self._receiver.refused(play.stream)
        reason = sentence(error.code, error.text)
        if play.stream == self._resuming:
            self._resuming = None
            self.playing.fail(error.code, reason)
        elif (wish := self.plays.refused(play.stream)) is not None:
            self.plays.refuse(wish, reason, code_name(error.code))

    def _received(self, events: list[receiver.Event], now: float) -> None:
        for event in events:
            song = self.playing.song
            if song is None or event.stream != song.stream:
                continue
            match event:
                case receiver.Audio():
                    self._arrivals.received(len(event.data), now=now)
                    self.playing.feed(event.data, now=now)
                case receiver.Complete():
                    self.playing.complete(intact=event.intact)
                case receiver.Failed():
                    self.playing.fail(event.code, sentence(event.code, event.text))
                case receiver.Resume():
                    pass  # comes of a loss alone

    def _forget_streams(self) -> None:
        """Nothing more will come of the streams so far."""
        song = self.playing.song
        for event in self._receiver.lost():
            if song is not None and event.stream == song.stream:
                song.stream, song.is_hurried = 0, False
