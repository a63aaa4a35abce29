# SPDX-License-Identifier: GPL-3.0-or-later
"""The stream of the station that is heard: from frames, whoever sends them, to proven sound; pure.

Between the connections and the stream stands a feed (see `client.tuning.feeding`).
"""

from collections.abc import Callable

from client.tuning.feeding import Feed, Frame, Listening, ServerAlone, Standing
from client.tuning.on_air import OnAir
from common.fields import malformed
from control.relay_messages import Accuse, Parents, Relay, Relaying, Report
from control.session_messages import Error
from control.station_messages import Tuned
from data.station.listener import Forged, SongBegan, SongEnded, Sound
from data.station.passing import seconds_of
from data.station_frames import SERVER_NODE

MakeFeed = Callable[[Listening], Feed]


class Reception:
    """Takes what the feed delivers, and hands on what has passed.

    Attributes:
        air: what is heard, with the player's side of it.
        feed: where the frames come from.
        owed_since: since when the server could send and nothing came; None where it owes nothing.
    """

    def __init__(
        self,
        air: OnAir,
        *,
        ask: Callable[[Relay], None],
        notify: Callable[[Report | Accuse], None],
        make_feed: MakeFeed = ServerAlone,
    ) -> None:
        """`ask` sends a request and `notify` a notice, where control is open."""
        self.air = air
        self.owed_since: float | None = None
        self._ask = ask
        self._notify = notify
        self._now = 0.0
        self.feed = make_feed(self)

    @property
    def is_served(self) -> bool:
        """Whether the server itself sends."""
        return self.feed.feeder == SERVER_NODE

    @property
    def _is_on_the_air(self) -> bool:
        station = self.air.station
        return station is not None and station.axis.is_on_the_air

    # -- the connections

    def linked(self, *, now: float) -> None:
        """Control is open again, and the stream lives on."""
        self._now = now
        self.feed.linked(now)

    def may_ask(self, *, now: float) -> None:
        """The server can be told things, and what it sends reaches us."""
        self._now = now
        station = self.air.station
        if station is not None and station.stream and self.is_served and self._is_on_the_air:
            self.owed_since = now

    def unlinked(self, *, now: float) -> None:
        """Control is lost."""
        self._now = now
        self.owed_since = None
        self.feed.unlinked(now)

    def tuned(self, tuned: Tuned, session: int, *, now: float) -> None:
        """A stream begins, or another one takes its place."""
        self._now = now
        self.feed.tuned(tuned, session, now)
        self.owed_since = now if self._is_on_the_air and not tuned.placed else None

    def untuned(self, *, now: float) -> None:
        """There is no stream any more."""
        self._now = now
        self.owed_since = None
        self.feed.untuned(now)

    def given_up(self) -> None:
        """The stream brings nothing more that is wanted: nothing is owed before the next TUNED."""
        self.owed_since = None

    def lost(self, *, now: float) -> None:
        """The stream is lost, and will be asked for again."""
        self._now = now
        self.owed_since = None
        self.feed.lost(now)

    def frame(self, frame: Frame, *, now: float) -> None:
        """The server has sent a frame of the stream; raises ProtocolError where it is amiss."""
        self._now = now
        if self.is_served:
            self.owed_since = now
        self.feed.from_server(frame, now)

    def parents(self, parents: Parents, *, now: float) -> None:
        """PARENTS has come."""
        self._now = now
        self.feed.parents(parents, now)

    def relaying(self, asked: Relay, answer: Relaying | Error, *, now: float) -> None:
        """The answer to RELAY has come."""
        self._now = now
        self.feed.answered(asked, answer, now)

    def among_listeners(self, step: Callable[[float], None], *, now: float) -> None:
        """Something happened on a connection to another listener."""
        self._now = now
        step(now)

    # -- time

    def deadline(self) -> float | None:
        """When to call `tick` at the latest."""
        return self.feed.deadline()

    def tick(self, *, now: float) -> None:
        """Let time pass."""
        self._now = now
        due = self.feed.deadline()
        if due is not None and now >= due:
            self.feed.tick(now)

    # -- for the feed (see `client.tuning.feeding.Listening`)

    def deliver(self, node: int, frame: Frame) -> None:
        """Take a frame that this node has sent.

        Raises ProtocolError where it is amiss, or completes a stretch that is forged.
        """
        station = self.air.station
        if station is None:
            return
        for event in station.receiver.receive(node, frame):
            match event:
                case Sound():
                    self._sound(event)
                case SongBegan():
                    pass  # each sound names its song
                case SongEnded(song, whole):
                    station.ended(song, whole=whole)
                case Forged(_, _, text):
                    raise malformed(text)

    def switch(self, node: int, offset: int) -> None:
        """Listen to this node from now on, which begins at `offset`."""
        station = self.air.station
        if station is not None:
            station.receiver.switch(node, offset)
        self.owed_since = self._now if node == SERVER_NODE else None

    def standing(self) -> Standing:
        """How the stream stands."""
        station = self.air.station
        if station is None:
            return Standing(0, 0, 0)
        return Standing(station.receiver.next, int(station.backlog.held * 1000), self.air.pace)

    def notify(self, message: Report | Accuse) -> None:
        """Tell the server, if it can be told."""
        self._notify(message)

    def request(self, message: Relay) -> None:
        """Ask the server, if it can be asked."""
        self._ask(message)

    def _sound(self, sound: Sound) -> None:
        self.air.sound(sound, now=self._now)
        self.feed.passed(sound, seconds_of(sound.audio), self._now)
