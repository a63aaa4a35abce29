# SPDX-License-Identifier: GPL-3.0-or-later
"""What all simulated listeners have in common: how they connect, and how they read.

Bytes are read into one buffer that all listeners of a process share, and looked at no further than
their headers: no decoding, no copies, no digest.
"""

import errno
import os
import socket
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, Protocol

from bench.scale.ledger import Ledger
from bench.scale.orders import Order, Seen

HOST: Final = "127.0.0.1"
BUFFER: Final = 256 * 1024  # bytes
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: thousands must not stay in TIME_WAIT
# An address has some 28,000 ports for connections that it begins, some of which others listen on.
_FROM_ONE_ADDRESS: Final = 2000  # listeners of a process
_IP_BIND_ADDRESS_NO_PORT: Final = 24  # linux/in.h: the port is chosen by connect, not before
_SO_TIMESTAMPNS: Final = 35  # asm-generic/socket.h
_TIMESPEC: Final = struct.Struct("ll")
_ANCILLARY: Final = socket.CMSG_SPACE(_TIMESPEC.size)


class Hub(Protocol):
    """The loop around the listeners."""

    buffer: bytearray
    seen: Seen

    def watch(self, sock: socket.socket, ready: Callable[[], None], *, urgent: bool) -> None:
        """Call `ready` whenever something has come; what is urgent goes before all else."""

    def await_connected(self, sock: socket.socket, ready: Callable[[], None]) -> None:
        """Call `ready` once it is connected, or has failed to."""

    def at(self, when: float, say: Callable[[], None]) -> None:
        """Call `say` then, once."""

    def forget(self, sock: socket.socket) -> None:
        """Watch it no more, and close it."""

    def now(self) -> float:
        """Seconds."""
        ...

    def time_of(self, stamp: float) -> float:
        """A time of the kernel's real-time clock on that of `now`."""
        ...


class Listener(ABC):
    """What all kinds do alike."""

    def __init__(self, hub: Hub, order: Order, index: int) -> None:
        """`index` among all listeners of the process."""
        self.ledger = Ledger(order.rate, order.lead)
        self.started = 0.0  # when it began to connect
        self._hub = hub
        self._order = order
        self._index = index
        self._has_begun = False

    @abstractmethod
    def begin(self) -> None:
        """Connect and ask."""

    @abstractmethod
    def ask(self) -> None:
        """It is time for the next grant."""

    def _begun(self, now: float) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._hub.seen.begun += 1
            self._hub.seen.first_ms.append(round(1000 * (now - self.started), 2))

    def _connect(
        self,
        sock: socket.socket,
        port: int,
        greeting: bytes,
        ready: Callable[[], None],
        *,
        urgent: bool = False,
    ) -> None:
        """Connect and say the first words, which on loopback need no wait for the handshake.

        Raises OSError where it cannot connect at all.
        """
        failed = sock.connect_ex((HOST, port))
        if failed not in {0, errno.EINPROGRESS}:
            raise OSError(failed, os.strerror(failed))
        try:
            sock.send(greeting)
        except BlockingIOError:
            # The server's queue is full, and the kernel tries again in a second.
            def greet() -> None:
                try:
                    sock.send(greeting)
                except OSError as error:
                    self._fail(sock, f"connect: {error}")
                else:
                    self._hub.watch(sock, ready, urgent=urgent)

            self._hub.await_connected(sock, greet)
        else:
            self._hub.watch(sock, ready, urgent=urgent)

    def _read(self, sock: socket.socket) -> int:
        """Bytes that are now in the buffer; 0 for none. Closes where the peer has."""
        try:
            count = sock.recv_into(self._hub.buffer)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._fail(sock, str(error))
            return 0
        if count == 0:
            self._fail(sock, "closed")
        return count

    def _read_stamped(self, sock: socket.socket) -> tuple[int, float]:
        """The same, and when the kernel had it: a process that is busy elsewhere adds nothing."""
        if self._order.ramp or self._has_begun:
            return self._read(sock), self._hub.now()
        try:
            count, ancillary, _, _ = sock.recvmsg_into([self._hub.buffer], _ANCILLARY)
        except BlockingIOError:
            return 0, 0.0
        except OSError as error:
            self._fail(sock, str(error))
            return 0, 0.0
        if count == 0:
            self._fail(sock, "closed")
        for level, kind, stamp in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                seconds, nanoseconds = _TIMESPEC.unpack(stamp)
                return count, self._hub.time_of(seconds + nanoseconds / 1e9)
        return count, self._hub.now()

    def _fail(self, sock: socket.socket, error: str) -> None:
        self._hub.seen.errors.append(error)
        self._hub.forget(sock)


def new_socket(order: Order, index: int) -> socket.socket:
    """Not connected, and with what a listener of the bench needs."""
    sock = socket.socket()
    if index >= _FROM_ONE_ADDRESS:
        sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        sock.bind((f"127.0.0.{1 + index // _FROM_ONE_ADDRESS}", 0))
    sock.setblocking(False)  # noqa: FBT003 its only name
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    if not order.ramp:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    return sock
