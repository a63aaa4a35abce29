# SPDX-License-Identifier: GPL-3.0-or-later
"""All connections of clients: where they come in, what serves them, and the last word to them."""

import os
import socket
from contextlib import ExitStack

import gevent

from common.constants import BYE_TIMEOUT
from common.errors import ErrorCode
from server.acceptor import Acceptor
from server.channel import clock
from server.config import Config, Limits, Timers
from server.data_ports import DataPortPool
from server.dead_peers import find_dead_peers
from server.deadlines import Deadlines
from server.doors import ControlDoor, DataDoor
from server.gathering import Gathering
from server.logbook import Logbook
from server.opened import Opened
from server.proxies import Proxies
from server.pump import Pump
from server.refusals import Refusal
from server.service import Service

EVENTS = Logbook("antiphon.server")

TICK = 0.05  # seconds; deadlines closer together than this are looked at together


class Connections:
    """The service, the doors that lead to it, and the ports before these.

    Attributes:
        service: the desk that all of them come to.
    """

    def __init__(self, config: Config, opened: Opened, deadlines: Deadlines) -> None:
        """Nobody comes yet."""
        self._socket = opened.control
        self._transport = opened.transport
        self._deadlines = deadlines
        self._pump = Pump()
        self._proxies = Proxies(config.proxies, turned_away=self._bring_no_header)
        self._ports = DataPortPool(
            config.host,
            config.data_ports,
            self._proxies.before(self._accept_data),
            deadlines,
            congestion=config.congestion,
            dead_after=config.timers.dead_after,
        )
        self.service = Service(
            limits=config.limits,
            timers=config.timers,
            tracks=opened.library,
            ports=self._ports,
            deadlines=deadlines,
            random_bytes=os.urandom,
            share=config.share,
            logins=None if opened.roster is None else opened.roster.logins,
            stations=opened.stations,
        )
        parts = (self.service, deadlines, self._pump, self._transport)
        self._data_door = DataDoor(*parts)
        self._control_door = ControlDoor(*parts)

    @property
    def has_conversations(self) -> bool:
        """Whether there is a control connection, greeted or not."""
        return bool(self._control_door.links)

    def attend(self, closing: ExitStack) -> None:
        """Look after those who will come, until `closing` is closed."""
        closing.callback(self._ports.close)
        gathering = Gathering(
            lambda: self._pump.busy or self._transport.busy, lambda: len(self.service.sessions)
        )
        closing.callback(gathering.close)
        closing.callback(gevent.spawn(self._watch_deadlines).kill)

    def accept(self, closing: ExitStack) -> Acceptor:
        """Let clients come, until `closing` is closed: then nobody does, and all are told BYE."""
        closing.callback(self._say_bye)
        closing.callback(self._proxies.close)  # who is announced by a proxy would come after BYE
        acceptor = Acceptor(
            self._socket,
            self._proxies.before(self._control_door.accept),
            turned_away=self._control_door.has_no_descriptor,
        )
        closing.callback(acceptor.close)
        return acceptor

    def use(self, limits: Limits, timers: Timers) -> None:
        """Other limits and timers hold from now on, for those who come."""
        self.service.use(limits, timers)
        self._control_door.bound(limits)
        self._data_door.bound(limits)
        self._ports.use(timers.dead_after)
        find_dead_peers(self._socket, timers.dead_after)

    def _accept_data(self, sock: socket.socket, peer: str) -> None:
        # Not handed to the ports itself: it leads to the service, which had to have them before.
        self._data_door.accept(sock, peer)

    def _bring_no_header(self, peer: str) -> None:
        self.service.refusals.count(Refusal.HEADERS, peer, now=clock())

    def _watch_deadlines(self) -> None:
        while True:
            at = self._deadlines.next()
            gevent.sleep(1.0 if at is None else min(1.0, max(TICK, at - clock())))
            try:
                self._deadlines.run(now=clock())
            except Exception:  # noqa: BLE001 - a defect here must not leave all others without their deadlines
                EVENTS.defect("a defect of the server")

    def _say_bye(self) -> None:
        """BYE to everybody, and at most BYE_TIMEOUT for their GOODBYEs."""
        for link in list(self._control_door.links):
            link.leave(ErrorCode.SHUTTING_DOWN, "the server is shutting down")
        until = clock() + BYE_TIMEOUT
        while self._control_door.links and clock() < until:
            gevent.sleep(TICK)
