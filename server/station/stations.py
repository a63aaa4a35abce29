# SPDX-License-Identifier: GPL-3.0-or-later
"""All stations of the server, and what listeners ask of them (RFC.md, "Stations").

What changes a schedule may have to wait for other servers, so its answer is given to `reply` later.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from common.constants import MAX_USER
from common.errors import ErrorCode, ProtocolError
from common.text import clean
from control.queue_messages import Entries, Now, OnAir, Queue, Skip, Votes
from control.relay_messages import Report
from control.station_messages import Browse, Enqueue, Enqueued, Tune, Tuned
from control.station_messages import Stations as StationList
from data.station_frames import SERVER_NODE
from server.config import Share
from server.deadlines import Deadlines
from server.logbook import Logbook
from server.relay.allowed import RelayPlan
from server.relay.relays import Relays
from server.sessions import Session
from server.station import requests, votes
from server.station.answers import entries_of, entry_of, on_air_of, votes_of
from server.station.broadcast import Broadcast
from server.station.keeper import BusyStoreError
from server.station.requests import Request
from server.station.schedule import Schedule
from server.station.store import T, Transition
from server.station.tuned import StationStream
from server.station.votes import Tally

EVENTS = Logbook("antiphon.server")

MAX_WISHES: Final = 10  # songs of one listener or user that wait in a queue

Reply = Callable[[Enqueued | Votes | ProtocolError], None]


class Stations:
    """The stations by their names."""

    def __init__(
        self,
        broadcasts: Iterable[Broadcast] = (),
        *,
        relays: RelayPlan | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        """Stations that are on the air, or will be; without `relays`, all are fed from here."""
        ordered = sorted(broadcasts, key=lambda one: one.name.encode())
        self._broadcasts: Mapping[str, Broadcast] = {one.name: one for one in ordered}
        allowed = relays or RelayPlan(offered=False)
        self.relays = Relays(ordered, allowed, deadlines or Deadlines())

    def __iter__(self) -> Iterator[Broadcast]:
        return iter(self._broadcasts.values())

    def __len__(self) -> int:
        return len(self._broadcasts)

    # -- what can be answered at once

    def browse(self, _message: Browse) -> StationList:
        """Answer BROWSE."""
        return StationList(tuple(entry_of(one) for one in self._broadcasts.values()))

    def within(self, station: str) -> frozenset[int] | None:
        """The tracks that LIST with this STATION is about, None for all; raises ProtocolError."""
        return self._named(station).songs.ids if station else None

    def queue(self, message: Queue) -> Entries:
        """Answer QUEUE; raises ProtocolError."""
        return entries_of(self._named(message.station), message)

    def now(self, message: Now) -> OnAir:
        """Answer NOW; raises ProtocolError."""
        return on_air_of(self._named(message.station))

    def tune(self, session: Session, message: Tune) -> Tuned:
        """Answer TUNE; raises ProtocolError, and then nothing has changed.

        What was played before has to be let go, and the data connection told.
        """
        broadcast = self._named(message.station)
        sender = session.sender
        if message.stream <= sender.newest:
            text = f"stream {message.stream} does not come after {sender.newest}"
            raise ProtocolError(ErrorCode.STREAM_ORDER, text)
        begin = broadcast.begin(message)
        before = session.tuned
        if before is not None and before.station != broadcast.name:
            self.left(session)
        sender.tune(message.stream)
        placed = self.relays.tuned(session, message)
        session.tuned = StationStream(
            broadcast, broadcast.name, message.stream, begin.offset, is_fed=not placed
        )
        broadcast.join(session)
        return Tuned(
            stream=message.stream,
            offset=begin.offset,
            behind=begin.behind_us // 1000,
            station_id=broadcast.schedule.station_id,
            key=broadcast.public_key,
            placed=placed,
        )

    # -- what the store has to be asked for

    def enqueue(self, session: Session, message: Enqueue, reply: Reply) -> None:
        """Answer ENQUEUE; raises ProtocolError."""
        broadcast = self._named(message.station)
        digest = broadcast.songs.digest_of(message.track)
        if digest is None:
            text = f"the station {broadcast.name} does not have track {message.track}"
            raise ProtocolError(ErrorCode.NO_SUCH_TRACK, text)
        by = _name_of(session)

        def transition(schedule: Schedule) -> tuple[Schedule, Request | None]:
            changed, answer = requests.request(
                schedule, digest, by=by, now_us=broadcast.store.now_us(), songs=broadcast.songs
            )
            wishes = sum(wish.by == by for wish in schedule.queue)
            is_new = answer.outcome is requests.Outcome.REQUESTED
            return (schedule, None) if is_new and wishes >= MAX_WISHES else (changed, answer)

        self._order(broadcast, transition, lambda answer: reply(_enqueued(answer)))

    def skip(self, session: Session, message: Skip, reply: Reply) -> None:
        """Answer SKIP; raises ProtocolError."""
        broadcast = self._named(message.station)
        if session.id not in broadcast.listeners:
            text = f"only who listens to {broadcast.name} has a vote; tune in first"
            raise ProtocolError(ErrorCode.NOT_TUNED, text)
        voter = broadcast.keeper.voter(session.id)

        def transition(schedule: Schedule) -> tuple[Schedule, Tally]:
            now_us = broadcast.store.now_us()
            return votes.vote(
                broadcast.keeper.counted(schedule),
                voter,
                message.song,
                now_us=now_us,
                boundary=broadcast.timeline.boundary(schedule, now_us),
            )

        def tell(tally: Tally) -> None:
            if tally.outcome is votes.Outcome.SKIPPED:
                EVENTS.info(
                    "song_skipped",
                    "station {station} skips song {song}, as its listeners want",
                    station=broadcast.name,
                    song=message.song,
                )
            reply(votes_of(tally))

        self._order(broadcast, transition, tell)

    # -- coming and going

    def left(self, session: Session) -> None:
        """The session listens to no station any more. May be called again."""
        tuned, session.tuned = session.tuned, None
        broadcast = None if tuned is None else self._broadcasts.get(tuned.station)
        if broadcast is not None:
            self.relays.left(session, broadcast.name)
            broadcast.leave(session)

    def report(self, session: Session, message: Report) -> None:
        """Obey REPORT: begin to send, or send no more (RFC.md, "REPORT")."""
        tuned = session.tuned
        self.relays.report(session, message)
        if tuned is None or message.stream != session.sender.newest or not session.sender.sending:
            return
        if message.node == SERVER_NODE:
            tuned.feed(message.offset)
            if session.data is not None:
                session.data.wake()
        elif tuned.is_fed:
            tuned.starve()
            if session.data is not None:
                session.data.switch()

    # -- the life of all

    def start(self, state: Path | None = None, share: Share | None = None) -> None:
        """Go on the air, in the hub of the calling thread; the operator may ask in `state`."""
        for one in self._broadcasts.values():
            one.start()
        if state is not None and self._broadcasts:
            self.relays.answer_in(state, share)

    def hand_over(self) -> None:
        """The library is given up: play on for those who are still here, and no further."""
        self.relays.close()  # the next server answers there
        for one in self._broadcasts.values():
            one.hand_over()

    def close(self) -> None:
        """Go off the air."""
        self.relays.close()
        for one in self._broadcasts.values():
            one.close()

    def _named(self, name: str) -> Broadcast:
        found = self._broadcasts.get(name)
        if found is None:
            raise ProtocolError(ErrorCode.NO_SUCH_STATION, f"there is no station {name}")
        return found

    def _order(
        self, broadcast: Broadcast, transition: Transition[T], tell: Callable[[T], None]
    ) -> None:
        try:
            broadcast.keeper.order(transition, tell)
        except BusyStoreError:
            text = "too many ask for something at once; try again in a moment"
            raise ProtocolError(ErrorCode.QUEUE_FULL, text) from None


def _name_of(session: Session) -> str:
    """As others see who asks for a song."""
    return f"listener {session.id}" if session.user is None else clean(session.user.name, MAX_USER)


def _enqueued(answer: Request | None) -> Enqueued | ProtocolError:
    if answer is None:
        text = f"{MAX_WISHES} of your songs wait already; another one is taken when one has begun"
        return ProtocolError(ErrorCode.QUEUE_FULL, text)
    match answer.outcome:
        case requests.Outcome.UNKNOWN:
            return ProtocolError(ErrorCode.NO_SUCH_TRACK, "the station does not have this track")
        case requests.Outcome.FULL:
            return ProtocolError(ErrorCode.QUEUE_FULL, "the queue is full; try again later")
        case _:
            already = answer.outcome is requests.Outcome.ALREADY
            return Enqueued(already, max(1, answer.place), max(0, answer.starts_in_us) // 1000)
