# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps one station's schedule going: songs, requests, votes and listeners, into the store.

A store may wait for others, so all of it happens in one greenlet, and whoever asks for something is
told later. Nothing is written where nothing is new.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import gevent
from gevent.event import Event

from server.logbook import Logbook
from server.station.airing import advance, cut
from server.station.repertoire import Repertoire
from server.station.schedule import Schedule, on_air
from server.station.store import Store, T, Transition
from server.station.timeline import Timeline
from server.station.votes import crowd, settle, unvote

EVENTS = Logbook("antiphon.server")

LOOK: Final = 1.0  # seconds between two looks at the library and the clock
COUNT: Final = 1.0  # seconds between two counts of the listeners, however many come and go
ORDERS: Final = 20  # carried out before others have their turn
MOST_NAMED: Final = 5  # of the entries that a playlist lacks
MAX_ORDERS: Final = 1000  # that wait for the store; more are refused


class BusyStoreError(Exception):
    """So many wait for the store that nobody else may."""


@dataclass(frozen=True, slots=True)
class _Order:
    transition: Transition[Any]
    tell: Callable[[Any], None]


class Keeper:
    """The one who writes a station's schedule, for this server."""

    def __init__(
        self,
        name: str,
        server: str,
        store: Store,
        songs: Repertoire,
        timeline: Timeline,
        *,
        listeners: Callable[[], int],
        changed: Callable[[], None],
    ) -> None:
        """Do nothing yet.

        Args:
            name: of the station, for the log.
            server: tells this server process from others of the same station.
            store: has the schedule.
            songs: may be played.
            timeline: knows where songs can end.
            listeners: counts those of this server.
            changed: called whenever the schedule may be another one.
        """
        self._name = name
        self._server = server
        self._store = store
        self._songs = songs
        self._timeline = timeline
        self._listeners = listeners
        self._changed = changed
        self._orders: deque[_Order] = deque()
        self._leavers: set[str] = set()  # whose votes count no more
        self._wake = Event()
        self._chosen: set[int] = set()  # the numbers of the songs that this server has chosen
        self._counted_us = -(10**12)
        self._had = 0  # songs, as the log was told
        self._lacked: tuple[str, ...] = ()  # entries of the playlist, likewise
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        """Begin, in the hub of the calling thread."""
        self._greenlet = gevent.spawn(self._run)

    def close(self) -> None:
        """End. Whoever still waits is not told."""
        if self._greenlet is not None:
            self._greenlet.kill()
            self._greenlet = None

    def hand_over(self) -> None:
        """End for good: who listens here goes to another server. May wait for the store."""
        self.close()

        def transition(schedule: Schedule) -> tuple[Schedule, int]:
            return crowd(schedule, self._server, 0, now_us=self._store.now_us())

        self._store.update(transition)

    def order(self, transition: Transition[T], tell: Callable[[T], None]) -> None:
        """Have a transition applied soon, and `tell` called with its answer.

        Raises BusyStoreError where too many wait.
        """
        if len(self._orders) >= MAX_ORDERS:
            raise BusyStoreError
        self._orders.append(_Order(transition, tell))
        self._wake.set()

    def left(self, voter: str) -> None:
        """This listener's vote counts no more."""
        if voter in self._store.load().votes or self._orders:
            self._leavers.add(voter)
            self._wake.set()

    def voter(self, session: int) -> str:
        """The key of a listener's vote, unlike that of any other server's listener."""
        return f"{self._server}/{session}"

    def counted(self, schedule: Schedule) -> Schedule:
        """The schedule with the number of listeners here as it is now."""
        return crowd(schedule, self._server, self._listeners(), now_us=self._store.now_us())[0]

    def answers_for(self, number: int) -> bool:
        """Whether a song that cannot be played here ends for all, and not only here.

        It does at the server that chose it. Others may lack a file, or not have found it yet; they
        end it only where nobody listens to it elsewhere.
        """
        if number in self._chosen:
            return True
        schedule, now_us = self._store.load(), self._store.now_us()
        elsewhere = [one for one in schedule.crowds if one.server != self._server]
        heard_elsewhere = any(one.expires_us > now_us for one in elsewhere)
        return self._songs.is_whole and not heard_elsewhere

    def cut_short(self, number: int, *, until: int, lasts_us: int) -> None:
        """Have a song end early that cannot be sent any further."""

        def transition(schedule: Schedule) -> tuple[Schedule, None]:
            now_us = self._store.now_us()
            shorter, _ = cut(schedule, number, until=until, lasts_us=lasts_us, now_us=now_us)
            return shorter, None

        self._orders.appendleft(_Order(transition, lambda _: None))
        self._wake.set()

    def work(self) -> None:
        """Do everything that is to be done now."""
        if self._songs.follow(lambda: gevent.sleep(0)):
            self._tell_of_the_songs()
        for _ in range(min(ORDERS, len(self._orders))):
            order = self._orders.popleft()
            order.tell(self._store.update(order.transition))
            self._changed()
        self._count()
        self._advance()

    def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                self.work()
            except Exception:  # noqa: BLE001 - a defect here must not end the station
                EVENTS.defect(
                    "a defect of the server; station {station} goes on", station=self._name
                )
                gevent.sleep(LOOK)
            if self._orders:
                gevent.sleep(0)
            else:
                self._wake.wait(LOOK)

    def _tell_of_the_songs(self) -> None:
        if self._songs.problem:
            EVENTS.warning(
                "playlist_unreadable",
                "the playlist of station {station} cannot be read",
                station=self._name,
                reason=self._songs.problem,
            )
        lacked, self._lacked = self._lacked, self._songs.missing
        if self._lacked and self._lacked != lacked:
            EVENTS.warning(
                "playlist_lacks",
                "the playlist of station {station} has entries that are no songs of the library",
                station=self._name,
                entries=_some_of(self._lacked),
            )
        had, self._had = self._had, len(self._songs)
        if not self._had:
            # What is being sent is read to its end, wherever its file has gone.
            is_playing = had > 0 and on_air(self._store.load(), self._store.now_us()) is not None
            EVENTS.warning(
                "station_empty",
                "station {station} has no songs left, and is silent after what is on the air"
                if is_playing
                else "station {station} has no songs, and is silent until there are some",
                station=self._name,
            )
            return
        # More of them, one after the other, are no news but for who wants to know all.
        tell = EVENTS.debug if had else EVENTS.info
        tell(
            "station_songs",
            "station {station} has 1 song"
            if self._had == 1
            else "station {station} has {songs} songs",
            station=self._name,
            songs=self._had,
        )

    def _advance(self) -> None:
        """Fix what is heard now and next."""

        def transition(schedule: Schedule) -> tuple[Schedule, set[int]]:
            ahead, _ = advance(schedule, now_us=self._store.now_us(), songs=self._songs)
            newest = schedule.entries[-1].number if schedule.entries else 0
            return ahead, {entry.number for entry in ahead.entries if entry.number > newest}

        known = self._store.load()
        while True:
            try:
                if transition(known)[0] != known:
                    chosen = self._store.update(transition)
                    oldest = min((entry.number for entry in known.entries), default=0)
                    self._chosen = {number for number in self._chosen if number >= oldest} | chosen
                    self._changed()
            except KeyError as missing:
                self._songs.drop(missing.args[0])
            else:
                return

    def _count(self) -> None:
        """Tell how many listen, and take back the votes of those who left."""
        now_us = self._store.now_us()
        leavers, self._leavers = self._leavers, set()
        if not leavers and now_us - self._counted_us < COUNT * 1e6:
            return
        self._counted_us = now_us

        def transition(schedule: Schedule) -> tuple[Schedule, None]:
            for voter in leavers:
                schedule, _ = unvote(schedule, voter)
            counted = self.counted(schedule)
            boundary = self._timeline.boundary(counted, now_us)
            return settle(counted, now_us=now_us, boundary=boundary)[0], None

        known = self._store.load()
        if transition(known)[0] != known:
            self._store.update(transition)
            self._changed()


def _some_of(paths: Sequence[str]) -> str:
    """The first few, for the log."""
    named = ", ".join(path for path in paths[:MOST_NAMED])
    return f"{named} and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else named
