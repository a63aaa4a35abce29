# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to Redis over gevent's sockets, so that waiting for it stops nobody else.

redis-py waits in `recv` of whatever `_connect` gave it. A socket of gevent's there is all it takes:
nothing is patched, and a pool given these classes uses them for every command. What it would do
besides in the thread of the hub, sleeping between retries, is turned off; the store retries.
"""

from typing import Any, Final

import redis
from gevent import socket
from gevent import ssl as gevent_ssl
from redis.backoff import NoBackoff
from redis.connection import Connection, UnixDomainSocketConnection, parse_url
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from server.station.errors import StationError
from server.station.redis_url import check_url

TIMEOUT: Final = 2.0  # seconds for a connection, and for an answer


class HubConnection(Connection):
    """TCP."""

    def _connect(self) -> Any:  # noqa: ANN401 - redis-py takes whatever works like a socket
        sock = socket.create_connection((self.host, self.port), self.socket_connect_timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(self.socket_timeout)
        return sock


class HubTlsConnection(HubConnection):
    """TCP with TLS; the certificate must name the host."""

    def __init__(self, *, ssl_ca_certs: str | None = None, **options: Any) -> None:  # noqa: ANN401
        """`ssl_ca_certs` is a file of authorities instead of the system's."""
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._context = gevent_ssl.SSLContext(gevent_ssl.PROTOCOL_TLS_CLIENT)
        if ssl_ca_certs is None:
            self._context.load_default_certs()
        else:
            self._context.load_verify_locations(ssl_ca_certs)

    def _connect(self) -> Any:  # noqa: ANN401
        sock = super()._connect()
        try:
            return self._context.wrap_socket(sock, server_hostname=self.host)
        except gevent_ssl.SSLCertVerificationError as error:
            sock.close()
            # Nothing that gets better by itself, as a Redis that is away does.
            raise AuthenticationError(f"its certificate: {error.verify_message}") from error
        except BaseException:
            sock.close()
            raise


class HubUnixConnection(UnixDomainSocketConnection):
    """A socket in the file system."""

    def _connect(self) -> Any:  # noqa: ANN401
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(self.socket_connect_timeout)
        try:
            sock.connect(self.path)
        except BaseException:
            sock.close()
            raise
        sock.settimeout(self.socket_timeout)
        return sock


_CLASSES: Final[dict[str, type[Any]]] = {
    "redis": HubConnection,
    "rediss": HubTlsConnection,
    "unix": HubUnixConnection,
}


def client_for(url: str) -> tuple["redis.Redis", str]:
    """A client that has not connected yet, and what to call its server in a log: no password.

    Args:
        url: redis://[[user]:password@]host[:port][/db], rediss:// for TLS (with
            ?ssl_ca_certs=FILE for an authority of one's own), or unix:///path[?db=N].

    Raises:
        StationError: no such URL; the sentence does not repeat it, as it may hold a password.
    """
    try:
        check_url(url)
        options: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise StationError(str(error)) from None
    options.pop("connection_class", None)
    pool = redis.ConnectionPool(
        connection_class=_CLASSES[url.partition(":")[0]],
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        # Said, whatever the default is: a sleep between retries would stop the whole server.
        retry=Retry(NoBackoff(), 0),
        # The older dialect does all that is needed, and nothing comes in it unasked.
        protocol=2,
        **options,
    )
    where = options.get("path") or f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"
    return redis.Redis(connection_pool=pool), where
