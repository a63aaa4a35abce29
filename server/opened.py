# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a server has opened before it serves anybody, and the one list that closes it."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass

from server.announcing import tell_of_congestion
from server.certificate import Identity
from server.config import Config
from server.deadlines import Deadlines
from server.descriptors import raise_descriptor_limit
from server.library.library import Library
from server.starting import listen, open_identity, open_library, open_roster, open_stations
from server.station.stations import Stations
from server.tls_transport import TlsTransport
from server.transport import PLAIN, Transport
from server.users.roster import Roster


@dataclass(frozen=True, slots=True)
class Opened:
    """What a server is made of, none of it at work yet.

    Attributes:
        host: where it listens; what was handed over may do so elsewhere than it is configured.
        identity: who it is to those that speak TLS; None: plain TCP.
        transport: how it speaks to whom it accepts.
        roster: who may listen; None: everybody.
        library: of the folder; not looked through yet.
        stations: not on the air yet.
        control: the socket of the control port, which listens.
        port: the control port; known also when the socket is closed.
        is_handed_over: whether somebody else holds the control port for it, and goes on to.
        scraped: the socket where metrics are asked for, which listens; None: nowhere.
        closing: closes all of this, the last first; what begins later is put on top of it.
    """

    host: str
    identity: Identity | None
    transport: Transport
    roster: Roster | None
    library: Library
    stations: Stations
    control: socket.socket
    port: int
    is_handed_over: bool
    scraped: socket.socket | None
    closing: ExitStack


def open_server(config: Config, listening: socket.socket | None, deadlines: Deadlines) -> Opened:
    """Open everything; raises StartError, and then what was opened before is closed.

    `listening` is the control port, where somebody else holds it for this server.
    """
    is_told = config.share is None or config.share.leads
    raise_descriptor_limit(config.limits.sessions, config.workers, is_told=is_told)
    identity = open_identity(config)
    transport = PLAIN if identity is None else TlsTransport(identity)
    host = config.host if listening is None else str(listening.getsockname()[0])
    with ExitStack() as closing:
        roster = open_roster(config, host, deadlines)
        if roster is not None:
            closing.callback(roster.close)
        library = open_library(config)
        closing.callback(library.close)
        stations = open_stations(config, library, deadlines)
        closing.callback(stations.close)
        # The last: from here on clients can connect, and wait for all that comes behind.
        control, scraped = listen(config, listening)
        for sock in (control, scraped):
            if sock is not None:
                closing.callback(sock.close)
        tell_of_congestion(config.congestion)
        return Opened(
            host=host,
            identity=identity,
            transport=transport,
            roster=roster,
            library=library,
            stations=stations,
            control=control,
            port=int(control.getsockname()[1]),
            is_handed_over=listening is not None,
            scraped=scraped,
            closing=closing.pop_all(),
        )
