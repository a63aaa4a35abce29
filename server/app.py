# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the server together, runs it until a signal, and takes it apart in order."""

import socket
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

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
from server.draining import Asked, Ending, Mode
from server.logbook import Logbook
from server.metrics.opening import open_metrics
from server.opened import open_server
from server.service_manager import Manager, Notifier
from server.shutdown import Shutdown

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
        self._shutdown = Shutdown(
            Ending(drains=config.timers.drain_timeout > 0, has_parent=config.share is not None)
        )
        self._serves = Event()

    def run(self, *, reload: Callable[[], None] | None = None) -> None:
        """Serve until SIGTERM, and then drain; until SIGINT, or a second signal, and then leave.

        SIGHUP calls `reload`; without one, it ends the server as SIGINT does. What was opened is
        closed at the end, the last first, and however it ends.
        """
        opened = self._opened
        with opened.closing as closing:
            self._shutdown.heed_signals(None if reload is None else partial(self._reload, reload))
            opened.library.start()
            opened.library.ready.wait(FIRST_SCAN_WAIT)
            opened.stations.start(self._config.state, self._config.share)
            acceptor = self._let_come(closing)
            tell_of_security(self._config, opened.host, opened.identity)
            tell_of_address(self._config, opened.port)
            self._notifier.ready()
            self._serves.set()
            self._shutdown.wait()
            self._notifier.stopping()
            if self._shutdown.ending.mode is Mode.DRAINING:
                self._drain(acceptor)
            EVENTS.info("shutting_down", "shutting down")

    def _let_come(self, closing: ExitStack) -> Acceptor:
        """Clients, and who asks for metrics, until `closing` is closed."""
        library, connections = self._opened.library, self._connections
        connections.attend(closing)
        telling = gevent.spawn(tell_of_the_folder, self._config, library)
        closing.callback(telling.kill)
        closing.enter_context(
            open_metrics(self._opened.scraped, connections.service, library, self._shutdown.ending)
        )
        return connections.accept(closing)

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
                self._shutdown.wait_to_leave(HANDOVER)
            acceptor.finish()
        EVENTS.info(
            "draining",
            "draining: what is playing has {seconds} s to arrive (a second signal ends it at once)",
            seconds=service.timers.drain_timeout,
        )
        greeted_by = clock() + BYE_TIMEOUT  # HELLO of who waited to be accepted is on its way
        while not self._shutdown.wait_to_leave(SWEEP):
            now = clock()
            service.say_farewells(now=now)
            all_greeted = now >= greeted_by or not self._connections.has_conversations
            if all_greeted and not service.sessions:
                self._shutdown.ask(Asked.EMPTY)

    def stop(self) -> None:
        """Begin to shut down, as SIGINT does."""
        self._shutdown.ask(Asked.NOW)

    # -- what can be other than it was (`server.reloading`)

    def use(self, limits: Limits, timers: Timers) -> None:
        """Other limits and timers hold from now on, for those who come."""
        self._connections.use(limits, timers)
        self._shutdown.ending.drains = timers.drain_timeout > 0

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

    def reload_users(self) -> None:
        """Read the users again, where there are any, and end the sessions of those who went.

        Where the file cannot be used, the log says why, and the users from before stay.
        """
        roster = self._opened.roster
        if roster is not None and roster.reload():
            self._connections.service.users_changed()

    def _reload(self, reload: Callable[[], None]) -> None:
        self._serves.wait()  # or `ready` would be said too early
        if self._shutdown.ending.mode is Mode.SERVING:
            self._notifier.reloading()
            reload()
            self._notifier.ready()
