# SPDX-License-Identifier: GPL-3.0-or-later
"""One station on the air: its schedule kept, its stretches sent in time, its listeners woken."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import gevent
from gevent.event import Event

from common.constants import START_BACK
from common.ed25519 import Signer, signer
from control.station_messages import Tune
from data.index import AudioIndex
from data.station.ring import Ring
from server.channel import clock
from server.library.errors import TrackGone
from server.library.sound_file import SoundFile
from server.logbook import Logbook
from server.sessions import Session
from server.station.keeper import Keeper
from server.station.repertoire import Repertoire, Tracks
from server.station.schedule import Schedule, on_air
from server.station.sources import Source
from server.station.store import Store
from server.station.timeline import Timeline
from server.station.transmitter import RING_US, BrokenSongError, Transmitter

EVENTS = Logbook("antiphon.server")

START_BACK_US: Final = START_BACK * 1_000_000
LOOK: Final = 1.0  # seconds until the schedule is looked at again, though nobody said it changed
SLICE: Final = 0.004  # seconds of work without a pause; a song may have to be gone through


@dataclass(frozen=True, slots=True)
class Begin:
    """Where a listener's stream begins."""

    offset: int  # station offset
    behind_us: int  # since when the stretch there has been due; 0 where it is not


class Broadcast:
    """One station.

    Attributes:
        name: of the station.
        songs: it may play.
        store: has its schedule.
        keeper: writes the schedule.
        listeners: who is tuned in here, by the ids of the sessions.
    """

    def __init__(
        self, name: str, server: str, store: Store, tracks: Tracks, source: Source
    ) -> None:
        """Nothing is on the air before `start`; `server` is this process among the station's."""
        self.name = name
        self.store = store
        self.songs = Repertoire(tracks, source)
        self.listeners: dict[int, Session] = {}
        self._source = source
        self._tracks = tracks
        self.timeline = Timeline(self._index_of)
        self._transmitter = Transmitter(
            self.timeline,
            self._open_sound,
            signer=lambda seed: self._signer(seed).sign,
            filled=self._wake,
        )
        self._changed = Event()
        self.keeper = Keeper(
            name,
            server,
            store,
            self.songs,
            self.timeline,
            listeners=lambda: len(self.listeners),
            changed=self._changed.set,
        )
        self._key = signer(store.load().seed)
        self._seed = store.load().seed
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self._said = 0  # the number of the song that the log was told of
        self._hands_over = False

    # -- its life

    def start(self) -> None:
        """Go on the air, in the hub of the calling thread."""
        self.store.watch(self._noticed)
        EVENTS.info(
            "station_begun",
            "station {station} begins",
            station=self.name,
            source=self._source,
        )
        self.keeper.work()
        self.keeper.start()
        self._greenlet = gevent.spawn(self._run)

    def hand_over(self) -> None:
        """Look for no more songs: another server goes on, and the library is given up."""
        self._hands_over = True
        self.keeper.hand_over()

    def close(self) -> None:
        """Go off the air. May be called again."""
        self.keeper.close()
        if self._greenlet is not None:
            self._greenlet.kill()
            self._greenlet = None
        self._transmitter.abandon()
        self.store.close()

    # -- what is on

    @property
    def schedule(self) -> Schedule:
        """As far as it is known here."""
        return self.store.load()

    @property
    def public_key(self) -> bytes:
        """With which the seals are checked."""
        return self._signer(self.schedule.seed).public_key

    @property
    def ring(self) -> Ring:
        """What listeners read."""
        return self._transmitter.ring

    @property
    def live_edge(self) -> int:
        """The station offset behind the newest stretch."""
        return self.timeline.edge(self.schedule, self.store.now_us())

    def rate(self) -> float:
        """Bytes per second of the song on the air; 0.0 where there is none."""
        heard = on_air(self.schedule, self.store.now_us())
        return 0.0 if heard is None else heard[0].total * 1e6 / heard[0].playing_us

    # -- listeners

    def begin(self, message: Tune) -> Begin:
        """Where the stream of this TUNE begins (RFC.md, "TUNED")."""
        schedule, now_us = self.schedule, self.store.now_us()
        edge = self.timeline.edge(schedule, now_us)
        wanted = message.offset
        if message.station_id == schedule.station_id and self.ring.oldest <= wanted <= edge:
            place = self.timeline.at(schedule, wanted)
            if place is not None and place.due_us > now_us - RING_US:
                return Begin(wanted, max(0, now_us - place.due_us))
            if wanted == edge:
                return Begin(edge, 0)
        place = self.timeline.due_after(schedule, now_us - START_BACK_US)
        # Behind a song that is left out here, nothing is left of the one before it.
        if place is None or place.offset > edge or place.offset < self.ring.oldest:
            return Begin(edge, 0)
        return Begin(place.offset, max(0, now_us - place.due_us))

    def join(self, session: Session) -> None:
        """The session is tuned in."""
        self.listeners[session.id] = session

    def leave(self, session: Session) -> None:
        """The session is not. May be called again."""
        if self.listeners.pop(session.id, None) is not None:
            self.keeper.left(self.keeper.voter(session.id))

    # -- the parts' wishes

    def _index_of(self, digest: bytes) -> AudioIndex | None:
        track_id = None if self._hands_over else self.songs.track_id(digest)
        return None if track_id is None else self._tracks.index(track_id)

    def _open_sound(self, digest: bytes) -> SoundFile:
        track_id = self.songs.track_id(digest)
        if track_id is None:
            raise TrackGone("its file is no longer there")
        return self._tracks.open_sound(track_id)

    def _signer(self, seed: bytes) -> Signer:
        if seed != self._seed:  # another server began the station before this one
            self._key, self._seed = signer(seed), seed
        return self._key

    def _noticed(self, _schedule: Schedule) -> None:
        self._changed.set()

    def _wake(self) -> None:
        for session in self.listeners.values():
            if session.data is not None and session.tuned is not None and session.tuned.is_fed:
                session.data.wake()

    # -- time

    def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                wait = self.work()
            except Exception:  # noqa: BLE001 - a defect here must not end the station
                EVENTS.defect(
                    "a defect of the server; station {station} goes on", station=self.name
                )
                wait = LOOK
            if wait > 0:
                self._changed.wait(wait)
            else:
                gevent.sleep(0)

    def work(self, now: Callable[[], float] = clock) -> float:
        """Send what is due; in how many seconds to call again, 0 for soon."""
        until = now() + SLICE
        while now() < until:
            schedule, now_us = self.schedule, self.store.now_us()
            try:
                at_us = self._transmitter.step(schedule, now_us)
            except BrokenSongError as broken:
                self._broken(broken)
                return LOOK
            self._tell(schedule, now_us)
            if at_us is None:
                return LOOK
            if at_us > now_us:
                return min(LOOK, (at_us - now_us) / 1e6)
        return 0.0

    def _broken(self, broken: BrokenSongError) -> None:
        """End the song for all, or leave it to other servers."""
        if self._hands_over:
            return
        entry = broken.entry
        self.songs.drop(entry.digest)
        if not self.keeper.answers_for(entry.number):
            EVENTS.warning(
                "song_elsewhere",
                "only other servers play song {song} of station {station}",
                station=self.name,
                song=entry.number,
                title=entry.title,
                reason=broken,
            )
            self._transmitter.leave_out(entry)
            return
        EVENTS.warning(
            "song_broken",
            "station {station} cannot play song {song} any further",
            station=self.name,
            song=entry.number,
            title=entry.title,
            reason=broken,
        )
        self.keeper.cut_short(entry.number, until=broken.until, lasts_us=broken.lasts_us)

    def _tell(self, schedule: Schedule, now_us: int) -> None:
        heard = on_air(schedule, now_us)
        if heard is not None and heard[0].number != self._said:
            self._said = heard[0].number
            EVENTS.debug(
                "song_begun",
                "station {station} plays song {song}",
                station=self.name,
                song=self._said,
                title=heard[0].title,
                by=heard[0].by or None,
            )
