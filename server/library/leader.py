# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the processes that follow this one's library what has changed, over a socket beside it.

Of several workers one looks through the folder, gives the numbers and writes the database; the
others read it. So a track has one number everywhere without anybody having to agree on it, no file
is read twice, and there is one writer, as SQLite likes it best. Where that worker dies, the others
go on with what they know until it is back.
"""

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import gevent
from gevent import socket
from gevent.event import Event

from server.library.news import LONGEST, MOST_IDS, News, path_to_reread
from server.logbook import Logbook
from server.private_socket import PrivateDoor

NAME: Final = "library.sock"
BACKLOG: Final = 64

_events = Logbook(__name__)


class Leader:
    """Where the others ask; if that cannot be, the log says why."""

    def __init__(
        self, state: Path, *, look: Callable[[list[int]], News], reread: Callable[[str], None]
    ) -> None:
        """Listen in the directory `state`.

        `look` says how the library is, beside the ids that are given; `reread` is called with each
        path that a follower wants to be read again.
        """
        self._path = state / NAME
        self._look = look
        self._reread = reread
        self._ears: set[_Ear] = set()
        self._door: PrivateDoor | None = None

    def start(self) -> None:
        """Listen, in the hub of the calling thread."""
        try:
            self._door = PrivateDoor(self._path, BACKLOG, self._accept)
        except OSError as error:
            _events.warning(
                "no_followers",
                "the other workers cannot be told of changes in the folder",
                path=self._path,
                reason=error.strerror or error,
            )

    def changed(self, ids: Iterable[int]) -> None:
        """The database has these tracks otherwise than before."""
        ids = list(ids)
        for ear in self._ears:
            ear.tell(ids)

    def stirred(self) -> None:
        """Something else than a track may be otherwise."""
        self.changed(())

    def close(self) -> None:
        """Nobody can follow any more. May be called again."""
        if self._door is not None:
            self._door.close()
        for ear in list(self._ears):
            ear.close()

    def _accept(self, sock: socket.socket) -> None:
        ear = _Ear(sock, self._look, self._reread, self._ears.discard)
        self._ears.add(ear)
        ear.start()


class _Ear:
    """One follower: a greenlet tells it, another one hears it."""

    def __init__(
        self,
        sock: socket.socket,
        look: Callable[[list[int]], News],
        reread: Callable[[str], None],
        gone: "Callable[[_Ear], None]",
    ) -> None:
        self._sock = sock
        self._look = look
        self._reread = reread
        self._gone = gone
        self._waiting: dict[int, None] = {}  # ids in the order in which they changed
        self._wake = Event()
        self._greenlets: list[gevent.Greenlet[[], None]] = []

    def start(self) -> None:
        self._wake.set()  # the first news say that it is listened to
        self._greenlets = [gevent.spawn(self._say), gevent.spawn(self._hear)]

    def tell(self, ids: Iterable[int]) -> None:
        self._waiting.update(dict.fromkeys(ids))
        self._wake.set()

    def close(self) -> None:
        self._gone(self)
        self._sock.close()
        here = gevent.getcurrent()
        gevent.killall([one for one in self._greenlets if one is not here], block=False)

    def _say(self) -> None:
        try:
            while True:
                self._wake.wait()
                self._wake.clear()
                ids, self._waiting = list(self._waiting), {}
                for at in range(0, max(1, len(ids)), MOST_IDS):
                    self._sock.sendall(self._look(ids[at : at + MOST_IDS]).line())
        except OSError:
            self.close()

    def _hear(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._sock.makefile("rb") as lines:
            while (line := lines.readline(LONGEST)).endswith(b"\n"):
                self._reread(path_to_reread(line))
        self.close()
