# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections from proxies that the operator trusts: whoever they connect for is the peer.

All limits by address, the log, and where a relay is looked for go by the peer. From anybody else a
header would be a lie that costs nothing, and is not looked for: it is no message of ours either.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

import gevent

from server.addresses import plain_address
from server.channel import Watcher
from server.logbook import Logbook
from server.proxy_header import FIXED, ProxyHeaderError, rest_of, source_of

EVENTS = Logbook("antiphon.server")

PATIENCE: Final = 5.0  # seconds for a header, which a proxy sends first and at once
MOST: Final = 4096  # connections whose header is waited for
TOLD: Final = 100  # addresses of which the log says that one came from there without a header
READ: Final = 1

Network = IPv4Network | IPv6Network
Accepted = Callable[[socket.socket, str], None]


class Proxies:
    """Reads the headers of connections that come from `trusted` addresses."""

    def __init__(
        self,
        trusted: Sequence[Network],
        *,
        turned_away: Callable[[str], None],
        most: int = MOST,
    ) -> None:
        """Nobody has come yet; `turned_away` gets each proxy of whom too many headers are due."""
        self._trusted = tuple(trusted)
        self._turned_away = turned_away
        self._most = most
        self._coming: set[_Coming] = set()
        self._told: set[str] = set()

    def before(self, accepted: Accepted) -> Accepted:
        """What accepts connections in its stead, and hands them on with whom they are for."""
        if not self._trusted:
            return accepted

        def accept(sock: socket.socket, peer: str) -> None:
            if not self._is_trusted(peer):
                accepted(sock, peer)
            elif len(self._coming) >= self._most:
                self._turned_away(peer)
                sock.close()
            else:
                _Coming(sock, plain_address(peer), accepted, self._coming, self._told)

        return accept

    def close(self) -> None:
        """Close those whose header has not come."""
        for coming in list(self._coming):
            coming.close()

    def _is_trusted(self, peer: str) -> bool:
        address = ip_address(plain_address(peer))
        return any(address in network for network in self._trusted)


class _Coming:
    """A connection whose header is being read: never a byte of what is behind it."""

    def __init__(
        self,
        sock: socket.socket,
        proxy: str,
        accepted: Accepted,
        among: "set[_Coming]",
        told: set[str],
    ) -> None:
        sock.setblocking(False)  # noqa: FBT003 its only name
        self._sock = sock
        self._proxy = proxy
        self._accepted = accepted
        self._among = among
        self._told = told  # proxies of which the log has said that they were refused
        self._header = bytearray()
        self._wanted = FIXED
        loop = gevent.get_hub().loop
        self._reader: Watcher = loop.io(sock.fileno(), READ)
        self._patience: Watcher = loop.timer(PATIENCE)
        among.add(self)
        self._reader.start(self._read)
        self._patience.start(self._late)

    def close(self) -> None:
        """Give up on it."""
        self._leave()
        self._sock.close()

    def _leave(self) -> None:
        self._among.discard(self)
        for watcher in (self._reader, self._patience):
            watcher.stop()
            watcher.close()

    def _late(self) -> None:
        self._refuse("it sent no PROXY header in time")

    def _refuse(self, why: str) -> None:
        # A client that should come through the proxy, or what looks whether the server is well,
        # comes again and again: once is enough.
        is_told = self._proxy in self._told or len(self._told) >= TOLD
        if not is_told:
            self._told.add(self._proxy)
        tell = EVENTS.debug if is_told else EVENTS.warning
        tell(
            "proxy_refused",
            "a connection from {peer} is refused:"
            " only a proxy with its header may come from there (--proxy-protocol)",
            peer=self._proxy,
            reason=why,
        )
        self.close()

    def _read(self) -> None:
        try:
            piece = self._sock.recv(self._wanted - len(self._header))
            if not piece:
                self.close()  # it only looked whether somebody listens
                return
            self._header += piece
            if len(self._header) == FIXED:
                self._wanted = FIXED + rest_of(bytes(self._header))
            if len(self._header) < self._wanted:
                return
            peer = plain_address(source_of(bytes(self._header)) or self._proxy)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        except ProxyHeaderError as error:
            self._refuse(str(error))
            return
        self._leave()
        try:
            self._accepted(self._sock, peer)
        except OSError as error:  # it has gone before its socket could be set up
            EVENTS.debug("gone_at_once", "{peer} has gone at once", peer=peer, reason=error)
            self._sock.close()
        except Exception:  # noqa: BLE001 - a defect here must cost one listener and nobody else
            EVENTS.defect("connection with {peer}: a defect of the server", peer=peer)
            self._sock.close()
