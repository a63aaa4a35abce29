# SPDX-License-Identifier: GPL-3.0-or-later
"""Accepts in batches, and survives a full file table."""

import contextlib
import errno
import os
import socket
from collections.abc import Callable
from typing import Final

import gevent

from server.addresses import plain_address
from server.channel import Watcher
from server.listening_socket import BACKLOG
from server.logbook import Logbook

EVENTS = Logbook("antiphon.server")

BATCH: Final = 64  # connections accepted before the hub looks at anything else
PAUSE: Final = 0.2  # seconds without accepting while there is no descriptor left
_READ: Final = 1
_NO_DESCRIPTOR: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Acceptor:
    """Accepts from one listening socket and hands on (socket, peer address)."""

    def __init__(
        self,
        sock: socket.socket,
        accepted: Callable[[socket.socket, str], None],
        *,
        turned_away: Callable[[socket.socket, str], None] | None = None,
    ) -> None:
        """`turned_away` gets, for a last word, those for whom no descriptor is left."""
        self._sock = sock
        self._accepted = accepted
        self._turned_away = turned_away
        # Given up for a moment when the file table is full, to accept and tell the peer so.
        self._reserve = os.open(os.devnull, os.O_RDONLY) if turned_away is not None else None
        self._loop = gevent.get_hub().loop
        self._watcher = self._loop.io(sock.fileno(), _READ)
        self._watcher.start(self._ready)
        # One for each pause: a timer that has rung rings at once when it is started again.
        self._pause: Watcher | None = None
        self._closed = False

    def finish(self) -> None:
        """Take who waits already, and stop listening. May be called again."""
        try:
            for _ in range(BACKLOG):  # others may come all the time
                if self._closed or not self._accept():
                    break
        finally:
            self.close()

    def close(self) -> None:
        """Stop listening; who waits is cut off. May be called again."""
        if self._closed:
            return
        self._closed = True
        for watcher in (self._watcher, self._pause):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._pause = None
        self._sock.close()
        if self._reserve is not None:
            os.close(self._reserve)

    def _ready(self) -> None:
        for _ in range(BATCH):
            if self._closed or not self._accept():
                return

    def _accept(self) -> bool:
        """Whether there was somebody."""
        try:
            sock, address = self._sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False
        except OSError as error:
            self._failed(error)
            return False
        self._hand_on(sock, plain_address(str(address[0])))
        return True

    def _hand_on(self, sock: socket.socket, peer: str) -> None:
        try:
            self._accepted(sock, peer)
        except OSError as error:  # the peer has gone before its socket could be set up
            EVENTS.debug("gone_at_once", "{peer} has gone at once", peer=peer, reason=error)
            sock.close()

    def _failed(self, error: OSError) -> None:
        if error.errno not in _NO_DESCRIPTOR:
            EVENTS.warning("not_accepted", "nobody can be accepted", reason=error)
        else:
            self._turn_away()
        # Without a pause, a listening socket that stays ready would keep the core busy.
        self._watcher.stop()
        self._pause = self._loop.timer(PAUSE)
        self._pause.start(self._go_on)

    def _turn_away(self) -> None:
        if self._reserve is None or self._turned_away is None:
            return
        os.close(self._reserve)
        self._reserve = None
        for _ in range(BATCH):  # one after the other, all on the same descriptor
            try:
                sock, address = self._sock.accept()
            except OSError:
                break
            with sock:
                self._turned_away(sock, plain_address(str(address[0])))
        with contextlib.suppress(OSError):
            self._reserve = os.open(os.devnull, os.O_RDONLY)

    def _go_on(self) -> None:
        if self._pause is not None:
            self._pause.close()
            self._pause = None
        if not self._closed:
            self._watcher.start(self._ready)
