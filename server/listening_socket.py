# SPDX-License-Identifier: GPL-3.0-or-later
"""Where connections are accepted: sockets that are bound and, where that is asked for, listen."""

import errno
import socket
from typing import Final

BACKLOG: Final = 4096  # connections that may wait to be accepted


class ListeningSocket(socket.socket):
    """A TCP socket that knows what it is, and so what those are that it accepts.

    Any other asks itself for each of them, and puts the answers through two enumerations.
    """

    def __init__(self, family: socket.AddressFamily) -> None:
        """It does not listen yet; raises OSError."""
        super().__init__(family, socket.SOCK_STREAM)
        self._family = family

    @property
    def family(self) -> socket.AddressFamily:
        """Of its address, and of those from which it is called."""
        return self._family

    @property
    def type(self) -> socket.SocketKind:
        """A stream of bytes."""
        return socket.SOCK_STREAM


def listen(host: str, port: int, backlog: int | None, *, reuse_port: bool = False) -> socket.socket:
    """A listening socket; host "" is every address, IPv6 and IPv4. Raises OSError.

    With `backlog` None it has the port and does not listen: nobody can connect.

    With `reuse_port`, other processes of this user may listen there too, if they say so too.
    """
    if host == "" and socket.has_dualstack_ipv6():
        try:
            return _listening(
                socket.AF_INET6, ("::", port), backlog, dual=True, reuse_port=reuse_port
            )
        except OSError as error:
            if error.errno not in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}:
                raise
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return _listening(family, (host, port), backlog, dual=False, reuse_port=reuse_port)


def _listening(
    family: socket.AddressFamily,
    address: tuple[str, int],
    backlog: int | None,
    *,
    dual: bool,
    reuse_port: bool,
) -> socket.socket:
    sock = ListeningSocket(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if dual else 1)
        sock.bind(address)
        if backlog is not None:
            sock.listen(backlog)
        sock.setblocking(False)  # noqa: FBT003 its only name
    except OSError:
        sock.close()
        raise
    return sock
