# SPDX-License-Identifier: GPL-3.0-or-later
"""Thousands who come, hear a little and go: in order, without a word, or to take up their session.

They speak the protocol with the real classes, over plain blocking sockets, one at a time.
"""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from common.constants import VERSION
from control.events import Answer
from control.message import Message
from control.music_messages import List, Play, Tracks
from control.roles import ClientConnection
from control.session_messages import NO_SECRET, Error, Hello, Welcome
from data.connection import ClientDataConnection

PATIENCE: Final = 20.0  # seconds for an answer; a net
PIECE: Final = 1 << 16  # bytes
WINDOW: Final = 50_000  # bytes
LOOK_AGAIN: Final = 0.05  # seconds


class VisitError(Exception):
    """The server did what it should not; the argument is a sentence."""


class _Visit:
    """One control connection."""

    def __init__(
        self, address: tuple[str, int], session: int = 0, secret: bytes = NO_SECRET
    ) -> None:
        self._sock = socket.create_connection(address, PATIENCE)
        self._host = address[0]
        self._talk = ClientConnection()
        self._talk.hello(Hello(VERSION, VERSION, session, secret, "visitor/1"), now=0.0)
        answer = self._answer()
        if not isinstance(answer, Welcome):
            raise VisitError(f"HELLO was answered by {answer}")
        self.welcome = answer
        self._data: socket.socket | None = None

    def attach(self) -> None:
        """Open the data connection."""
        self._data = socket.create_connection((self._host, self.welcome.data_port), PATIENCE)
        data = ClientDataConnection(self.welcome.session, self.welcome.ticket)
        self._data.sendall(data.data_to_send())
        while not data.attached:
            data.receive_data(self._data.recv(PIECE))

    def ask(self, message: List | Play) -> Message:
        """A request and its answer."""
        self._talk.request(message)
        return self._answer()

    def hear(self, size: int) -> None:
        """Take so much of the sound."""
        while size > 0 and self._data is not None:
            piece = self._data.recv(PIECE)
            if not piece:
                raise VisitError("the sound has ended")
            size -= len(piece)

    def leave(self) -> None:
        """BYE, and wait for GOODBYE."""
        self._talk.bye(now=0.0)
        self._sock.sendall(self._talk.data_to_send())
        while piece := self._sock.recv(PIECE):
            self._talk.receive_data(piece, now=0.0)

    def close(self) -> None:
        """Hang up."""
        self._sock.close()
        if self._data is not None:
            self._data.close()

    def _answer(self) -> Message:
        self._sock.sendall(self._talk.data_to_send())
        while True:
            piece = self._sock.recv(PIECE)
            if not piece:
                raise VisitError("the server has hung up")
            for event in self._talk.receive_data(piece, now=0.0):
                if isinstance(event, Answer):
                    return event.message
                raise VisitError(f"the server said {event}")


def await_songs(address: tuple[str, int]) -> None:
    """Return when the server has looked through its folder; raises VisitError, OSError."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        visit = _Visit(address)
        answer = visit.ask(List())
        visit.leave()
        visit.close()
        if isinstance(answer, Tracks) and not answer.scanning:
            return
        time.sleep(LOOK_AGAIN)
    raise VisitError(f"after {PATIENCE:g} s the server still reads its folder")


class Visitors:
    """A thread full of them.

    Attributes:
        counts: what they did, and how often.
        failures: what the server should not have done, in sentences.
    """

    def __init__(self, address: tuple[str, int], tracks: int, seed: int) -> None:
        """Begin."""
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []
        self._address = address
        self._tracks = tracks
        self._dice = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Send no more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        kinds: tuple[Callable[[], None], ...] = (
            self._look,
            self._hear,
            self._vanish,
            self._resume,
            self._never_attach,
        )
        while not self._stop.wait(0.005):
            kind = self._dice.choice(kinds)
            try:
                kind()
            except (OSError, VisitError) as error:
                self.failures.append(f"{kind.__name__.lstrip('_')}: {error}")
            self.counts[kind.__name__.lstrip("_")] += 1

    def _look(self) -> None:
        visit = _Visit(self._address)
        visit.attach()
        visit.ask(List())
        visit.leave()
        visit.close()

    def _hear(self) -> None:
        visit = _Visit(self._address)
        self._play(visit)
        visit.hear(self._dice.randrange(1, WINDOW // 2))
        visit.leave()
        visit.close()

    def _vanish(self) -> None:
        visit = _Visit(self._address)
        self._play(visit)
        visit.close()

    def _resume(self) -> None:
        first = _Visit(self._address)
        self._play(first)
        again = _Visit(self._address, first.welcome.session, first.welcome.secret)
        if not again.welcome.resumed:
            raise VisitError("a session could not be taken up")
        first.close()
        again.attach()
        again.leave()
        again.close()

    def _never_attach(self) -> None:
        visit = _Visit(self._address)
        visit.ask(List())
        visit.close()

    def _play(self, visit: _Visit) -> None:
        visit.attach()
        answer = visit.ask(Play(self._dice.randrange(self._tracks) + 1, 1, window=WINDOW))
        if isinstance(answer, Error):
            raise VisitError(f"PLAY was answered by {answer}")
