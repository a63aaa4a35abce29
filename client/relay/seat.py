# SPDX-License-Identifier: GPL-3.0-or-later
"""One child's socket in the hub: reads, sends, sees off; decides nothing."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import gevent

from client.dial import READ, WRITE, Watcher, set_options
from common.constants import LINGER

READ_SIZE: Final = 4096  # bytes; a child says JOIN and nothing else
UNSENT: Final = 64 * 1024  # bytes that wait in the kernel; more would only hide that one lags


class Seat:
    """One child's socket."""

    def __init__(
        self, sock: socket.socket, on_read: Callable[[], None], on_write: Callable[[], None]
    ) -> None:
        """Takes over `sock`; calls when there is something to read, and room to write again."""
        sock.setblocking(False)  # noqa: FBT003 - its only name
        set_options(sock)
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        loop = gevent.get_hub().loop
        self._sock = sock
        self._rest = b""
        self._until: float | None = None
        self._on_write = on_write
        self._is_writing = False
        self._timer: Watcher | None = None
        self._reader: Watcher = loop.io(sock.fileno(), READ)
        self._writer: Watcher = loop.io(sock.fileno(), WRITE)
        self._reader.start(on_read)
        self.is_broken = False

    def is_through(self, *, now: float) -> bool:
        """Whether the kernel has taken everything, or has had LINGER to do so since first asked."""
        if self._until is None:
            self._until = now + LINGER
        return not self._rest or now >= self._until

    def read(self) -> bytes | None:
        """What has come, b"" for the end; None for nothing yet."""
        try:
            return self._sock.recv(READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            self.is_broken = True
            return b""

    def put(self, data: bytes) -> None:
        """Send it as soon as there is room; only where it is idle."""
        self._rest = data

    def flush(self) -> bool:
        """Send what is left; whether there is room for more."""
        while self._rest and not self.is_broken:
            try:
                self._rest = self._rest[self._sock.send(self._rest) :]
            except (BlockingIOError, InterruptedError):
                if not self._is_writing:
                    self._is_writing = True
                    self._writer.start(self._on_write)
                return False
            except OSError:
                self.is_broken = True
        if self._is_writing:
            self._is_writing = False
            self._writer.stop()
        return not self.is_broken

    def stop_reading(self) -> None:
        """Nothing more will come."""
        self._reader.stop()

    def linger(self, gone: Callable[["Seat"], None]) -> None:
        """Send no more; `gone` is called when the child has closed, or after LINGER."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.is_broken = True

        def read() -> None:
            if self.read() == b"":
                gone(self)

        loop = gevent.get_hub().loop
        self._reader.stop()
        self._timer = loop.timer(0 if self.is_broken else LINGER)
        self._timer.start(lambda: gone(self))
        self._reader.start(read)

    def close(self) -> None:
        """At once."""
        for watcher in (self._reader, self._writer, self._timer):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._timer = None
        self._sock.close()
