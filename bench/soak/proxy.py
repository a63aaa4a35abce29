# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands before a server on another address of loopback, and breaks connections when told to."""

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Sequence
from typing import Final

FRONT: Final = "127.0.0.2"
BACK: Final = "127.0.0.1"
PIECE: Final = 1 << 16  # bytes
LOOK: Final = 0.2  # seconds between two looks whether to end


class Proxy:
    """Passes on what comes to some ports of FRONT, to the same ports of BACK and from there.

    Attributes:
        broken: connections that it broke.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        """Listen; raises OSError."""
        self.broken = 0
        self._doors: list[socket.socket] = []
        self._pairs: dict[socket.socket, socket.socket] = {}  # each to the other, both ways
        self._lock = threading.Lock()  # over the pairs
        self._selector = selectors.DefaultSelector()
        self._stop = threading.Event()
        try:
            for port in ports:
                door = socket.create_server((FRONT, port), backlog=64)
                self._doors.append(door)
                door.setblocking(False)  # noqa: FBT003 - its only name
                self._selector.register(door, selectors.EVENT_READ)
        except OSError:
            self.close()
            raise
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def break_all(self) -> None:
        """Reset every connection, at both ends."""
        with self._lock:
            for sock in list(self._pairs):
                if sock in self._pairs:
                    self._drop(sock)
                    self.broken += 1

    def close(self) -> None:
        """End; what was open is reset."""
        self._stop.set()
        if self._doors and hasattr(self, "_thread"):
            self._thread.join()
        self.break_all()
        for door in self._doors:
            door.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(LOOK):
                sock = key.fileobj
                if not isinstance(sock, socket.socket):
                    continue
                with self._lock:
                    if sock in self._doors:
                        self._accept(sock)
                    elif sock in self._pairs:
                        self._pass_on(sock)

    def _accept(self, door: socket.socket) -> None:
        try:
            front, _ = door.accept()
        except OSError:
            return  # it has gone again
        try:
            back = socket.create_connection((BACK, door.getsockname()[1]))
        except OSError:
            _reset(front)
            return
        for one, other in ((front, back), (back, front)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, sock: socket.socket) -> None:
        try:
            piece = sock.recv(PIECE)
            if piece:
                # A client takes what comes at once, and what it sends is small.
                self._pairs[sock].sendall(piece)
                return
        except OSError:
            pass
        # Who ends one direction ends the connection, in this protocol.
        self._drop(sock, kindly=True)

    def _drop(self, sock: socket.socket, *, kindly: bool = False) -> None:
        for end in (sock, self._pairs[sock]):
            self._selector.unregister(end)
            del self._pairs[end]
            if kindly:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_WR)
                end.close()
            else:
                _reset(end)


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
