# SPDX-License-Identifier: GPL-3.0-or-later
"""A non-blocking socket in the hub: two watchers, no greenlet, and an orderly end.

Callbacks run in the hub, so nothing here or above ever waits.
"""

import fcntl
import socket
import sys
import termios
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import gevent

from common.constants import LINGER
from server.lingering import Lingering
from server.logbook import Logbook

EVENTS = Logbook("antiphon.server")

READ: Final = 1
WRITE: Final = 2

DISCARD: Final = 65536  # bytes read at once while lingering
IOV_MAX: Final = 64  # buffers handed to the kernel in one call

Buffer = bytes | bytearray | memoryview


class Watcher(Protocol):
    """What is used of the hub's watchers."""

    def start(self, callback: Callable[[], Any], /) -> None:
        """Call `callback` when it happens."""

    def stop(self) -> None:
        """Do not."""

    def close(self) -> None:
        """Never again."""


def clock() -> float:
    """Seconds, monotonic, counting on while the machine is suspended: the server's one clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Channel:
    """One accepted connection; `broken` is called once where the transport fails."""

    __slots__ = (
        "_broken",
        "_linger",
        "_lingering",
        "_loop",
        "_readable",
        "_reader",
        "_reading",
        "_sock",
        "_writable",
        "_writer",
        "_writing",
        "peer",
    )

    def __init__(
        self,
        sock: socket.socket,
        peer: str,
        *,
        lingering: Lingering,
        readable: Callable[[], None],
        writable: Callable[[], None],
        broken: Callable[[], None],
    ) -> None:
        """Take over an accepted socket; `readable` is called from the hub from now on.

        The listening socket has given it its options; `lingering` has all channels that `finish`.
        """
        self.peer = peer
        self._sock: socket.socket | None = sock
        sock.setblocking(False)  # noqa: FBT003 its only name
        self._loop = gevent.get_hub().loop
        self._readable = readable
        self._writable = writable
        self._broken = broken
        self._lingering = lingering
        self._linger: Watcher | None = None
        self._reading = self._writing = False
        self._writer: Watcher | None = None  # most connections never wait for their peer
        self._reader: Watcher = self._loop.io(sock.fileno(), READ)
        self.resume_reading()

    @property
    def closed(self) -> bool:
        """Whether the socket is gone."""
        return self._sock is None

    def bound_unsent(self, size: int) -> None:
        """Keep about this many bytes, at most, waiting in the kernel (TCP_NOTSENT_LOWAT)."""
        if self._sock is not None:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, size)

    def look(self) -> None:
        """Call `readable` now, as if something had come: who has connected speaks at once.

        Where a thousand connect at once, this spares the loop a thousand events.
        """
        self._on_readable()

    def read(self, size: int) -> bytes | None:
        """Up to `size` bytes; b"" where the peer or the transport ended, None for later."""
        return self._receive(size)

    def send(self, buffers: Sequence[Buffer]) -> int:
        """Hand buffers to the kernel; how many bytes it took, 0 for later.

        Raises OSError where the transport fails, EFAULT where a mapped file has been cut short.
        """
        if self._sock is None:
            return 0
        try:
            return self._sock.sendmsg(buffers[:IOV_MAX])
        except (BlockingIOError, InterruptedError):
            return 0

    def unacknowledged(self) -> int:
        """How many bytes the kernel was given that the peer's has not confirmed yet."""
        if self._sock is None:
            return 0
        left = bytearray(4)
        fcntl.ioctl(self._sock, termios.TIOCOUTQ, left)
        return int.from_bytes(left, sys.byteorder)

    def pause_reading(self) -> None:
        """Do not call `readable` until `resume_reading`."""
        if self._reading:
            self._reader.stop()
            self._reading = False

    def resume_reading(self) -> None:
        """Call `readable` again."""
        if self._sock is not None and not self._reading:
            self._reading = True
            self._reader.start(self._on_readable)

    def await_writable(self) -> None:
        """Call `writable` as long as the kernel takes bytes."""
        if self._sock is not None and not self._writing:
            self._writing = True
            if self._writer is None:
                self._writer = self._loop.io(self._sock.fileno(), WRITE)
            self._writer.start(self._on_writable)

    def stop_writing(self) -> None:
        """Nothing is left to send."""
        if self._writing and self._writer is not None:
            self._writer.stop()
            self._writing = False

    def finish(self) -> None:
        """End what is sent, then discard what comes for up to LINGER, so that it all arrives."""
        if self._sock is None or self._linger is not None:
            return
        self.stop_writing()
        self.pause_reading()
        self._reader.start(self._discard)
        self._linger = linger = self._loop.timer(LINGER)
        linger.start(self.close)
        self._lingering.enter(self)
        self._end_sending()

    def close(self) -> None:
        """Close now. May be called again."""
        sock, self._sock = self._sock, None
        if sock is None:
            return
        for watcher in (self._reader, self._writer, self._linger):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        sock.close()
        self._lingering.leave(self)

    def _receive(self, size: int) -> bytes | None:
        """What came over the wire, as `read` has it."""
        if self._sock is None:
            return None
        try:
            return self._sock.recv(size)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    def _end_sending(self) -> None:
        if self._sock is not None:
            try:
                self._sock.shutdown(socket.SHUT_WR)
            except OSError:
                self.close()

    def _discard(self) -> None:
        if self._receive(DISCARD) == b"":
            self.close()

    def _on_readable(self) -> None:
        self._guarded(self._readable)

    def _on_writable(self) -> None:
        self._guarded(self._writable)

    def _guarded(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception:  # noqa: BLE001 - a defect here must cost one listener and nobody else
            EVENTS.defect("connection with {peer}: a defect of the server", peer=self.peer)
            self.close()
            self._broken()
