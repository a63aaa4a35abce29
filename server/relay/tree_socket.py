# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers `python -m server tree` over a socket in the state directory, which only its owner reads.

Whoever connects is sent one JSON object, and the connection is closed.
"""

import contextlib
import json
import logging
import os
import socket
import stat
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import gevent
from gevent import Timeout
from gevent import socket as gevent_socket

LOG = logging.getLogger("antiphon.server")

NAME: Final = "tree.sock"
LONGEST: Final = 100  # bytes of a socket's path; the kernel takes 107
SENDING: Final = 5.0  # seconds for whoever asks to read the answer
AT_ONCE: Final = 8  # who asks while so many read is closed without an answer
PAUSE: Final = 1.0  # seconds, where nothing can be accepted

Ask = Callable[[], dict[str, Any]]


class TreeSocket:
    """The socket; nobody can ask where it cannot be made, and the log says why."""

    def __init__(self, path: Path, ask: Ask) -> None:
        """Listen in `path`, a folder that this server alone uses; `ask` makes the answer."""
        self._path = path / NAME
        self._ask = ask
        self._readers: set[gevent.Greenlet[..., None]] = set()
        self._socket: gevent_socket.socket | None = None
        self._greenlet: gevent.Greenlet[..., None] | None = None
        try:
            self._socket = self._listen()
        except OSError as error:
            LOG.warning("nobody can ask for the tree: %s: %s", self._path, error.strerror or error)
        else:
            self._greenlet = gevent.spawn(self._accept, self._socket)

    def close(self) -> None:
        """Nobody can ask any more. May be called again."""
        sock, self._socket = self._socket, None
        if sock is None:
            return
        if self._greenlet is not None:
            self._greenlet.kill()
        gevent.killall(list(self._readers))
        sock.close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _listen(self) -> gevent_socket.socket:
        # Left by a server that was killed: the folder is this server's alone, so nobody listens.
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(self._path.lstat().st_mode):
                self._path.unlink()
        sock = gevent_socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # Before anybody can connect: bound, and not yet listening.
            with reachable(self._path) as address:
                sock.bind(address)
            self._path.chmod(0o600)
            sock.listen(AT_ONCE)
        except OSError:
            sock.close()
            raise
        return sock

    def _accept(self, sock: gevent_socket.socket) -> None:
        while True:
            try:
                asking, _ = sock.accept()
            except OSError:
                gevent.sleep(PAUSE)
                continue
            if len(self._readers) >= AT_ONCE:
                asking.close()
                continue
            reader = gevent.spawn(self._answer, asking)
            self._readers.add(reader)
            reader.rawlink(self._readers.discard)

    def _answer(self, asking: gevent_socket.socket) -> None:
        with asking, contextlib.suppress(OSError, Timeout), Timeout(SENDING):
            asking.sendall(json.dumps(self._ask()).encode() + b"\n")


@contextlib.contextmanager
def reachable(path: Path) -> Generator[str]:
    """The address of the socket at `path`, however long that is. Raises OSError."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
