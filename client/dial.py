# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a TCP connection from a greenlet: finds the addresses and tries one after the other."""

import contextlib
import os
import socket
from typing import Any, Final, Protocol

import gevent
from gevent import socket as hub_socket

from common.constants import DEAD_AFTER
from common.dead_peers import LONGEST_RTO, TCP_RTO_MAX_MS, TCP_THIN_LINEAR_TIMEOUTS, probes

READ: Final = 1
WRITE: Final = 2

_PROBES: Final = probes(DEAD_AFTER)
# RFC.md, "Heartbeats": whatever the server's Heartbeat is, a link that is cut is found by then.
_FIND_DEAD_PEERS: Final = (
    (socket.TCP_USER_TIMEOUT, DEAD_AFTER * 1000),
    (socket.TCP_KEEPIDLE, _PROBES.idle),
    (socket.TCP_KEEPINTVL, _PROBES.interval),
    (socket.TCP_KEEPCNT, _PROBES.times),
    (TCP_THIN_LINEAR_TIMEOUTS, 1),
    (TCP_RTO_MAX_MS, LONGEST_RTO),
)

Address = tuple[int, tuple[Any, ...]]  # family, and what `connect` takes in it


class Watcher(Protocol):
    """What is used of the hub's watchers for descriptors and times."""

    def start(self, callback: Any, /) -> None:  # noqa: ANN401 - any callable without arguments
        """Call `callback` when it happens."""

    def stop(self) -> None:
        """Do not."""

    def close(self) -> None:
        """Never again."""


class DialError(Exception):
    """No address could be reached; the argument is a sentence."""


def dial(host: str, port: int, *, timeout: float) -> socket.socket:
    """A non-blocking socket connected to `host`; `timeout` in seconds for each of its addresses.

    Blocks the greenlet, not the thread. Raises DialError.
    """
    try:
        host.encode("idna")  # as the resolver would, in a thread that shows its stack to the user
        found = hub_socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no name"
        raise DialError(f"The host {host} cannot be found ({reason}).") from error
    failure = OSError("it has no address")
    for family, _, _, _, sockaddr in found:
        try:
            return dial_address((family, sockaddr), timeout=timeout)
        except OSError as failed:
            failure = failed
    raise _unreachable(host, port, failure) from failure


def dial_first(host: str, port: int, *, timeout: float) -> socket.socket:
    """As `dial`, where nobody knows yet whether there is a server."""
    try:
        return dial(host, port, timeout=timeout)
    except DialError as error:
        raise DialError(f"{error} Is an Antiphon server running there?") from error


def dial_again(address: Address, port: int, *, timeout: float) -> socket.socket:
    """The same, to another port of an address that was reached before."""
    family, sockaddr = address
    host = str(sockaddr[0])
    try:
        return dial_address((family, (host, port, *sockaddr[2:])), timeout=timeout)
    except OSError as failed:
        raise _unreachable(host, port, failed) from failed


def dial_address(address: Address, *, timeout: float) -> socket.socket:
    """Connect to one address; raises OSError."""
    family, sockaddr = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 - its only name
        set_options(sock)
        try:
            sock.connect(sockaddr)
        except BlockingIOError:
            _await_connection(sock, timeout)
    except BaseException:  # a killed greenlet must not leave a socket behind either
        sock.close()
        raise
    return sock


def _await_connection(sock: socket.socket, timeout: float) -> None:
    hub = gevent.get_hub()
    watcher = hub.loop.io(sock.fileno(), WRITE)
    try:
        with gevent.Timeout(timeout, TimeoutError("no answer")):
            hub.wait(watcher)
    finally:
        watcher.close()
    if code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(code, os.strerror(code))


def set_options(sock: socket.socket) -> None:
    """Send small things at once, and find a peer that is gone."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _FIND_DEAD_PEERS:
        with contextlib.suppress(OSError):  # an older kernel, or another
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _unreachable(host: str, port: int, error: OSError) -> DialError:
    return DialError(f"Cannot reach {host}, port {port}: {words(error)}.")


def words(error: OSError) -> str:
    """What an OSError says, to stand inside a sentence."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
