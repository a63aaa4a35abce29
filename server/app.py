# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the server together, runs it until a signal, and takes it apart in order."""

import os
import signal
import socket
from collections.abc import Callable

import gevent
from gevent.event import Event

from common.constants import BYE_TIMEOUT
from server.acceptor import Acceptor
from server.announcing import (
    tell_of_address,
    tell_of_certificate,
    tell_of_security,
    tell_of_the_folder,
)
from server.certificate import CertificateError
from server.channel import clock
from server.config import Config, Limits, Timers
from server.connections import Connections
from server.deadlines import Deadlines
from server.draining import Asked, Ending, Mode, Step
from server.hang_up import let_come
from server.logbook import Logbook
from server.metrics.opening import open_metrics
from server.opened import open_server
from server.service_manager import Manager, Notifier

EVENTS = Logbook("antiphon.server")

FIRST_SCAN_WAIT = 2.0  # seconds that the first clients wait at most for the first list to be whole
SWEEP = 0.25  # seconds between two looks for whom nothing more is to come, while draining
HANDOVER = 1.0  # seconds in which the server that waits for the library comes to listen


class App:
    """One running server."""

    def __init__(
        self,
        config: Config,
        *,
        listening: socket.socket | None = None,
        notifier: Manager | None = None,
    ) -> None:
        """Open everything; raises StartError.

        `listening` is the control port, where somebody else holds it for this server; `notifier`
        tells them how things stand.
        """
        self._config = config
        self._notifier = notifier or Notifier({})
        deadlines = Deadlines()
        self._opened = open_server(config, listening, deadlines)
        self._connections = Connections(config, self._opened, deadlines)
        self.port = self._opened.port
        self._ending = Ending(
            drains=config.timers.drain_timeout > 0, has_parent=config.share is not None
        )
        self._serves = Event()
        self._stop = Event()
        self._leave = Event()

    def run(self, *, reload: Callable[[], None] | None = None) -> None:
        """Serve until SIGTERM, and then drain; until SIGINT, or a second signal, and then leave.

        SIGHUP calls `reload`; without one, it ends the server as SIGINT does. What was opened is
        closed at the end, the last first, and however it ends.
        """
        opened = self._opened
        with opened.closing as closing:
            self._heed_signals(reload)
            opened.library.start()
            opened.library.ready.wait(FIRST_SCAN_WAIT)
            opened.stations.start(self._config.state, self._config.share)
            self._connections.attend(closing)
            teller = gevent.spawn(tell_of_the_folder, self._config, opened.library)
            closing.callback(teller.kill)
            service = self._connections.service
            closing.enter_context(
                open_metrics(opened.scraped, service, opened.library, self._ending)
            )
            acceptor = self._connections.accept(closing)
            tell_of_security(self._config, opened.host, opened.identity)
            tell_of_address(self._config, opened.port)
            self._notifier.ready()
            self._serves.set()
            self._stop.wait()
            self._notifier.stopping()
            if self._ending.mode is Mode.DRAINING:
                self._drain(acceptor)
            EVENTS.info("shutting_down", "shutting down")

    def _heed_signals(self, reload: Callable[[], None] | None) -> None:
        gevent.signal_handler(signal.SIGTERM, self._signalled, Asked.KINDLY)
        gevent.signal_handler(signal.SIGINT, self._signalled, Asked.NOW)
        if reload is not None:
            gevent.signal_handler(signal.SIGHUP, self._reload, reload)
        elif signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup wants it
            gevent.signal_handler(signal.SIGHUP, self._signalled, Asked.NOW)
        let_come()

    def stop(self) -> None:
        """Begin to shut down, as SIGINT does."""
        self._carry_out(self._ending.happens(Asked.NOW))

    def reload_certificate(self) -> None:
        """Read the certificate and its key again, for connections from now on, where there is one.

        Where they cannot be used, the log says why, and those from before stay.
        """
        identity = self._opened.identity
        if identity is None:
            return
        try:
            identity.reload()
        except CertificateError as error:
            EVENTS.warning("certificate_not_read", "the certificate stays as it was", reason=error)
        else:
            tell_of_certificate(identity)

    def use(self, limits: Limits, timers: Timers) -> None:
        """Take over what can be changed while somebody listens (`server.reloading`)."""
        self._connections.use(limits, timers)
        self._ending.drains = timers.drain_timeout > 0

    def _reload(self, reload: Callable[[], None]) -> None:
        self._serves.wait()  # or `ready` would be said too early
        if self._ending.mode is Mode.SERVING:
            self._notifier.reloading()
            reload()
            self._notifier.ready()

    def reload_users(self) -> None:
        """Read the users again, where there are any, and end the sessions of those who went.

        Where the file cannot be used, the log says why, and the users from before stay.
        """
        roster = self._opened.roster
        if roster is not None and roster.reload():
            self._connections.service.users_changed()

    def _signalled(self, asked: Asked) -> None:
        self._carry_out(self._ending.signalled(asked, now=clock()))

    def _carry_out(self, step: Step) -> None:
        match step:
            case Step.DRAIN:
                self._stop.set()
            case Step.LEAVE:
                self._leave.set()
                self._stop.set()
            case Step.EXIT:
                os._exit(1)
            case Step.NOTHING:
                pass

    def _drain(self, acceptor: Acceptor) -> None:
        """Until nobody listens any more, or has to go, or somebody asks for a faster end."""
        opened, service = self._opened, self._connections.service
        opened.stations.hand_over()
        opened.library.close()  # the next server may have its database from here on
        service.drain(now=clock())
        if opened.is_handed_over:
            acceptor.close()  # who waits there waits for the next server
        else:
            if self._config.reuse_port:
                self._leave.wait(HANDOVER)
            acceptor.finish()
        EVENTS.info(
            "draining",
            "draining: what is playing has {seconds} s to arrive (a second signal ends it at once)",
            seconds=service.timers.drain_timeout,
        )
        greeted_by = clock() + BYE_TIMEOUT  # HELLO of who waited to be accepted is on its way
        while not self._leave.wait(SWEEP):
            now = clock()
            service.say_farewells(now=now)
            all_greeted = now >= greeted_by or not self._connections.has_conversations
            if all_greeted and not service.sessions:
                self._carry_out(self._ending.happens(Asked.EMPTY))
