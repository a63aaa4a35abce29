# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the catalogue true to the database that another process writes (`server.library.leader`).

Stands where `Scanner` stands in the process that looks through the folder itself.
"""

import sqlite3
from pathlib import Path
from typing import Final

import gevent
from gevent import socket
from gevent.event import Event

from server.library.catalogue import Catalogue
from server.library.followed import FollowedStore
from server.library.leader import NAME
from server.library.news import LONGEST, News, reread_line
from server.library.progress import Progress
from server.logbook import Logbook
from server.private_socket import reachable

AGAIN: Final = 0.2  # seconds between two looks whether there is somebody to follow

_events = Logbook(__name__)


class Follower:
    """Eyes that look at nothing but the database.

    Attributes:
        ready: set once the process that is followed has said that it has seen everything.
    """

    def __init__(self, state: Path, catalogue: Catalogue, store: FollowedStore) -> None:
        """Do nothing yet; `state` is the directory that both processes use."""
        self.ready = Event()
        self._path = state / NAME
        self._catalogue = catalogue
        self._store = store
        self._news: News | None = None  # the last ones
        self._socket: socket.socket | None = None
        self._greenlet: gevent.Greenlet[[], None] | None = None

    @property
    def scanning(self) -> bool:
        """Whether files are being looked for or read, as far as that is known."""
        return self._news is None or self._news.scanning

    @property
    def progress(self) -> Progress:
        """How far the process that is followed is."""
        if self._news is None:
            return Progress(len(self._catalogue), 0, 0, 0, 0)
        return self._news.progress

    def start(self) -> None:
        """Begin, in the hub of the calling thread."""
        self._greenlet = gevent.spawn(self._follow)

    def stop(self) -> None:
        """End; the catalogue stays as it is."""
        if self._greenlet is not None:
            self._greenlet.kill()

    def reread(self, path: str) -> None:
        """A file turned out not to be what was indexed: have it read again.

        Where nobody can be told, its next reader will tell.
        """
        if self._socket is not None:
            try:
                self._socket.send(reread_line(path))
            except OSError as error:
                _events.debug(
                    "leader_not_told",
                    "nobody could be told to read a file again",
                    path=path,
                    reason=error,
                )

    def _follow(self) -> None:
        while True:
            try:
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
                    with reachable(self._path) as address:
                        sock.connect(address)
                    self._socket = sock
                    self._listen(sock)
            except (OSError, ValueError, sqlite3.Error) as error:
                _events.debug("no_leader", "nobody is there to follow", reason=error)
            finally:
                self._socket = None
            gevent.sleep(AGAIN)

    def _listen(self, sock: socket.socket) -> None:
        """Raises OSError, ValueError, sqlite3.Error."""
        is_first = True
        with sock.makefile("rb") as lines:
            while (line := lines.readline(LONGEST)).endswith(b"\n"):
                news = News.from_line(line)
                if is_first:
                    # From here on every change is told, so what is read now is complete with them.
                    self._take_all()
                    is_first = False
                else:
                    self._catalogue.follow(self._store.those(news.changed))
                self._news = news
                if news.ready:
                    self.ready.set()

    def _take_all(self) -> None:
        self._store.reopen()
        gone = self._catalogue.ids()
        for some in self._store.tracks():
            self._catalogue.follow(some)
            gone.difference_update(track.id for track, _ in some)
            gevent.sleep(0)  # thousands of tracks hold up nobody's song
        self._catalogue.withdraw(gone)
