# SPDX-License-Identifier: GPL-3.0-or-later
"""A socket in the state directory that only its owner may use, however long the path is.

A door of it takes whoever connects, in the hub of the thread that opens it.
"""

import contextlib
import os
import socket
import stat
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

import gevent
from gevent import socket as gevent_socket

LONGEST: Final = 100  # bytes of a socket's path; the kernel takes 107
PAUSE: Final = 1.0  # seconds, where nobody can be accepted


@contextlib.contextmanager
def reachable(path: Path) -> Generator[str]:
    """The address of the socket at `path`. Raises OSError."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen_at(path: Path, backlog: int) -> gevent_socket.socket:
    """Let the owner connect at `path`, in a folder that this server alone uses; raises OSError.

    What a server left there that was killed is taken away; anything else stays, and is in the way.
    """
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    sock = gevent_socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Before anybody can connect: bound, and not yet listening.
        with reachable(path) as address:
            sock.bind(address)
        path.chmod(0o600)
        sock.listen(backlog)
    except OSError:
        sock.close()
        raise
    return sock


class PrivateDoor:
    """Accepts whoever connects at a path, until it is closed, and takes the socket away then."""

    def __init__(
        self, path: Path, backlog: int, accepted: Callable[[gevent_socket.socket], None]
    ) -> None:
        """As `listen_at`; `accepted` gets each connection. Raises OSError."""
        self._path = path
        self._accepted = accepted
        self._socket: gevent_socket.socket | None = listen_at(path, backlog)
        self._greenlet = gevent.spawn(self._accept, self._socket)

    def close(self) -> None:
        """Nobody can connect any more. May be called again."""
        sock, self._socket = self._socket, None
        if sock is None:
            return
        self._greenlet.kill()
        sock.close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _accept(self, sock: gevent_socket.socket) -> None:
        while True:
            try:
                connection, _ = sock.accept()
            except OSError:
                gevent.sleep(PAUSE)
                continue
            self._accepted(connection)
