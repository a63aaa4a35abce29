# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens what a server needs before it can run, or says why that cannot be."""

import os
import socket
from typing import Final

import gevent

from server.certificate import CertificateError, Identity, identity_of
from server.config import Config, Share
from server.dead_peers import find_dead_peers
from server.deadlines import Deadlines
from server.exposure import refusal
from server.library.errors import LibraryError, StateInUseError
from server.library.eyes import Part
from server.library.library import Library
from server.listening import NotListeningError, check_data_ports, listen_for_clients
from server.logbook import Logbook
from server.metrics.opening import listen_for_metrics
from server.station.broadcast import Broadcast
from server.station.errors import StationError
from server.station.opening import open_store
from server.station.sources import Source, SourceError
from server.station.stations import Stations
from server.users.roster import Roster
from server.users.users_file import UsersError

EVENTS = Logbook("antiphon.server")

TICK: Final = 0.05  # seconds between two looks whether the library is free


class StartError(Exception):
    """The server cannot start; the text tells the operator why and what to do."""


def open_stations(config: Config, library: Library, deadlines: Deadlines) -> Stations:
    """The stations, not on the air yet; raises StartError."""
    server = os.urandom(8).hex()
    broadcasts: list[Broadcast] = []
    try:
        for plan in config.stations:
            source = Source(config.folder, plan, follow_links=config.follow_links)
            store = open_store(config.station_store, plan.name)
            broadcasts.append(Broadcast(plan.name, server, store, library, source))
    except (SourceError, StationError) as error:
        Stations(broadcasts).close()
        raise StartError(str(error)) from None
    return Stations(broadcasts, relays=config.relays, deadlines=deadlines)


def open_identity(config: Config) -> Identity | None:
    """Who the server is to those that speak TLS; raises StartError."""
    try:
        return identity_of(config.certificate, config.key)
    except CertificateError as error:
        raise StartError(str(error)) from None


def open_roster(config: Config, host: str, deadlines: Deadlines) -> Roster | None:
    """Who may listen at `host`; None: everybody. Raises StartError."""
    if config.users is None:
        return None
    exposed = refusal(host, tls=config.certificate is not None, users=True)
    if exposed is not None and not config.insecure:
        raise StartError(exposed)
    try:
        return Roster(config.users, deadlines)
    except UsersError as error:
        raise StartError(str(error)) from None


def open_library(config: Config) -> Library:
    """The library, once the server that drains has given it up; raises StartError."""
    has_waited = False
    while True:
        try:
            return Library(
                config.folder,
                config.state,
                rescan=config.rescan,
                follow_links=config.follow_links,
                part=part_of(config.share),
            )
        except StateInUseError as error:
            if not config.reuse_port:
                raise StartError(str(error)) from None
        except LibraryError as error:
            raise StartError(str(error)) from None
        if not has_waited:
            EVENTS.info(
                "waiting",
                "waiting until another server drains (SIGTERM) and gives up its state",
                path=config.state,
            )
            has_waited = True
        gevent.sleep(TICK)


def part_of(share: Share | None) -> Part:
    """Who looks through the folder, of those that serve it."""
    if share is None:
        return Part.ALONE
    return Part.LEADS if share.leads else Part.FOLLOWS


def listen(
    config: Config, listening: socket.socket | None
) -> tuple[socket.socket, socket.socket | None]:
    """The control port, and where metrics are asked for, if anywhere; raises StartError."""
    try:
        return _listen(config, listening)
    except NotListeningError as error:
        raise StartError(str(error)) from None


def _listen(
    config: Config, listening: socket.socket | None
) -> tuple[socket.socket, socket.socket | None]:
    reuse_port = config.reuse_port or config.share is not None
    sock = listening or listen_for_clients(config.host, config.port, reuse_port=reuse_port)
    find_dead_peers(sock, config.timers.dead_after)
    try:
        if config.data_ports is not None:
            check_data_ports(config.host, config.data_ports)
        return sock, listen_for_metrics(config.metrics)
    except NotListeningError:
        sock.close()
        raise
