# SPDX-License-Identifier: GPL-3.0-or-later
"""The relays of all stations: each station's desk, and what the desks share."""

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import gevent

from common.ed25519 import verifier
from common.errors import ErrorCode, ProtocolError
from control.relay_messages import Accuse, Parents, Relay, Report
from control.station_messages import Tune
from data.station.seals import Verify
from server.channel import clock
from server.config import Share
from server.deadlines import Deadlines
from server.draining import STOPPING
from server.logbook import Logbook
from server.relay.allowed import RelayPlan
from server.relay.believed import Believed
from server.relay.desk import RelayDesk
from server.relay.listener import Tell
from server.relay.portrait import portrait
from server.relay.probe import Prober
from server.relay.tree_socket import TreeSocket, name_for
from server.sessions import Session
from server.station.schedule import Schedule

EVENTS = Logbook("antiphon.server")


class OnAir(Protocol):
    """A station, as its relays see it."""

    name: str
    listeners: dict[int, Session]

    @property
    def public_key(self) -> bytes:
        """Of the station."""
        ...

    @property
    def schedule(self) -> Schedule:
        """Has the station's id."""
        ...

    @property
    def live_edge(self) -> int:
        """A station offset."""
        ...

    def rate(self) -> float:
        """Bytes of sound per second; 0.0 where it is not known."""
        ...


class _Station:
    """A station, as its desk needs it."""

    def __init__(self, on_air: OnAir) -> None:
        self._on_air = on_air

    def send_parents(self, node: int, notice: Parents) -> None:
        session = self._on_air.listeners.get(node)
        if session is not None and session.control is not None:
            session.control.notify(notice)

    def station_id(self) -> bytes:
        return self._on_air.schedule.station_id

    def verify(self) -> Verify:
        return verifier(self._on_air.public_key)

    def live(self) -> int:
        return self._on_air.live_edge

    def rate(self) -> float:
        return self._on_air.rate()


class Relays:
    """Knows the desk of each session, and answers who asks for the trees."""

    def __init__(
        self,
        stations: Iterable[OnAir],
        allowed: RelayPlan,
        deadlines: Deadlines,
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`wall` gives the seconds since 1970 that tickets refer to."""
        self._stations: Mapping[str, OnAir] = {one.name: one for one in stations}
        self._deadlines = deadlines
        believed, prober = Believed(), Prober(wall=wall)
        self._desks = {
            name: RelayDesk(
                _Station(one),
                allowed,
                believed=believed,
                prober=prober,
                wall=wall,
                soon=self._soon,
                clock=clock,
            )
            for name, one in self._stations.items()
        }
        self._socket: TreeSocket | None = None
        self._is_over = False

    def desk(self, station: str) -> RelayDesk:
        """The desk of a station."""
        return self._desks[station]

    # -- sessions

    def tuned(self, session: Session, message: Tune) -> bool:
        """The session is tuned in; whether it is PLACED."""
        return self._desks[message.station].tuned(
            session.id,
            stream=message.stream,
            address=session.peer,
            relayed=message.relayed,
            now=clock(),
        )

    def left(self, session: Session, station: str) -> None:
        """It is not any more."""
        self._desks[station].untuned(session.id, now=clock())

    def control_lost(self, session: Session) -> None:
        """Its control connection is lost."""
        desk = self._desk(session)
        if desk is not None:
            desk.control_lost(session.id)

    def control_back(self, session: Session) -> None:
        """It has another one."""
        desk = self._desk(session)
        if desk is not None:
            desk.control_back(session.id, address=session.peer)

    def relay(self, session: Session, message: Relay, tell: Tell) -> None:
        """Answer RELAY, perhaps later; raises ProtocolError."""
        if self._is_over:
            raise ProtocolError(ErrorCode.SHUTTING_DOWN, STOPPING)
        desk = self._desk(session)
        if desk is None:
            code = ErrorCode.NOT_TUNED if self._desks else ErrorCode.NO_RELAYS
            raise ProtocolError(code, "only who listens to a station can relay it")
        desk.relay(session.id, message, tell, now=clock())

    def report(self, session: Session, message: Report) -> None:
        """Take note of REPORT."""
        desk = self._desk(session)
        if desk is not None:
            desk.report(session.id, message, now=clock())

    def accuse(self, session: Session, message: Accuse) -> None:
        """Obey ACCUSE."""
        desk = self._desk(session)
        if desk is not None:
            desk.accuse(session.id, message, now=clock())

    def _desk(self, session: Session) -> RelayDesk | None:
        return None if session.tuned is None else self._desks.get(session.tuned.station)

    # -- the operator

    def answer_in(self, state: Path, share: Share | None = None) -> None:
        """Let the operator ask for the trees in this folder, which is the server's alone."""
        self._socket = TreeSocket(state, self.portraits, name_for(share))

    def close(self) -> None:
        """Nobody can offer or ask any more. May be called again."""
        self._is_over = True
        if self._socket is not None:
            self._socket.close()

    def portraits(self) -> dict[str, Any]:
        """All trees."""
        now = clock()
        found: list[dict[str, Any]] = []
        for name, desk in self._desks.items():
            station = self._stations[name]
            sessions, live = station.listeners, station.live_edge
            found.append(
                portrait(
                    desk.tree,
                    station=name,
                    live=live,
                    rate=station.rate(),
                    unsent={
                        node: max(0, live - session.tuned.next)
                        for node, session in sessions.items()
                        if session.tuned is not None and session.tuned.is_fed
                    },
                    who={
                        node: session.user.name
                        for node, session in sessions.items()
                        if session.user is not None
                    },
                    now=now,
                )
            )
        return {"stations": found}

    # -- time

    def _soon(self, act: Callable[[], None]) -> None:
        gevent.get_hub().loop.run_callback(self._act, act)

    def _act(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # noqa: BLE001 - in the hub, where nobody else would catch it
            EVENTS.defect("a defect of the server")
        for desk in self._desks.values():
            self._deadlines.watch(desk)
