# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulated listener: what it says, and what it makes of the bytes that come.

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

from bench.scale.framing import FrameCount
from bench.scale.ledger import Ledger
from bench.scale.orders import Order, Seen
from control.framing import HEADER, encode
from control.message import Type
from control.music_messages import Credit, Play, StartKind
from control.session_messages import Hello, Ping
from data.frames import Attach

HOST: Final = "127.0.0.1"
BUFFER: Final = 256 * 1024  # bytes
# How WELCOME begins: version, flags, session, secret, data port, ticket, its lifetime, Heartbeat. A
# full decoder would cost a herd more than the server's answer does.
WELCOME: Final = struct.Struct("!BBI16sH16sHH")
HELLO: Final = encode(1, Hello(1, 1, agent="bench"))
SHORT: Final = 1441  # bytes by which a server may stay below a limit: one MPEG frame
END_OF_HEADERS: Final = b"\r\n\r\n"
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: thousands must not stay in TIME_WAIT
# An address has some 28,000 ports for connections that it begins, some of which others listen on.
FROM_ONE_ADDRESS: Final = 2000  # listeners of a process
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

    def every(self, seconds: int, say: Callable[[], None]) -> None:
        """Call `say` so often from now on."""

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


def _socket(order: Order, index: int) -> socket.socket:
    sock = socket.socket()
    if index >= FROM_ONE_ADDRESS:
        sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        sock.bind((f"127.0.0.{1 + index // FROM_ONE_ADDRESS}", 0))
    sock.setblocking(False)  # noqa: FBT003 its only name
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    if not order.ramp:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    return sock


class AntiphonListener(Listener):
    """A control and a data connection; PLAY as soon as there is a session, CREDIT from then on."""

    def __init__(self, hub: Hub, order: Order, index: int) -> None:
        """Nothing is connected."""
        super().__init__(hub, order, index)
        self._control = _socket(order, index)
        self._data = _socket(order, index)
        self._is_attached = False
        self._frames = FrameCount()
        self._number = 1
        self._limit = 0
        self._asked: float | None = None  # when, unless all of it has come

    def begin(self) -> None:
        """Say HELLO."""
        self.started = self._hub.now()
        self._connect(self._control, self._order.port, HELLO, self._hear, urgent=True)

    def ask(self) -> None:
        """CREDIT for another period, where something is played."""
        if not (self._is_attached and self._order.rate):
            return
        self._number += 1
        self._limit += int(self._order.period * self._order.rate)
        if self._asked is not None:
            self._hub.seen.late_top_ups += 1
        self._asked = self._hub.now()
        self._say(encode(self._number, Credit(1, self._limit)))

    def _ping(self) -> None:
        self._number += 1
        self._say(encode(self._number, Ping(self._number)))

    def _say(self, message: bytes) -> None:
        try:
            self._control.send(message)
        except OSError as error:
            self._hub.seen.errors.append(f"control: {error}")

    def _hear(self) -> None:
        if not self._read(self._control):
            return
        _length, kind, _number = HEADER.unpack_from(self._hub.buffer)
        if kind == Type.WELCOME and not self._is_attached:
            self._attach()
        elif kind in {Type.ERROR, Type.BYE}:
            self._fail(self._control, Type(kind).name)

    def _attach(self) -> None:
        fields = WELCOME.unpack_from(self._hub.buffer, HEADER.size)
        _version, _flags, session, _secret, port, ticket, _lifetime, heartbeat = fields
        self._is_attached = True
        self._hub.every(heartbeat, self._ping)
        try:
            self._connect(self._data, port, Attach(session, ticket).encode(), self._listen)
        except OSError as error:
            self._fail(self._data, f"connect: {error}")
        if self._order.rate:
            self._number += 1
            self._limit = self._order.first
            track = self._index % len(self._order.paths) + 1
            play = Play(track, 1, StartKind.OFFSET, 0, self._limit)
            self._say(encode(self._number, play))
        else:
            self._begun(self._hub.now())

    def _listen(self) -> None:
        count, now = self._read_stamped(self._data)
        try:
            sound = self._frames.take(self._hub.buffer, count)
        except ValueError as error:
            self._fail(self._data, str(error))
            return
        if sound:
            self._begun(now)
            self.ledger.arrived(sound, now=now)
            if self._asked is not None and self._frames.next >= self._limit - SHORT:
                self._hub.seen.top_up_ms.append(round(1000 * (now - self._asked), 2))
                self._asked = None


class HttpListener(Listener):
    """One GET, and what comes behind its headers; who paces is the server."""

    def __init__(self, hub: Hub, order: Order, index: int) -> None:
        """Nothing is connected."""
        super().__init__(hub, order, index)
        self._sock = _socket(order, index)
        self._headers: bytes | None = b""  # what has come of them, until all of them have

    def begin(self) -> None:
        """Ask for the sound."""
        path = self._order.paths[self._index % len(self._order.paths)]
        request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: bench\r\n\r\n".encode()
        self.started = self._hub.now()
        self._connect(self._sock, self._order.port, request, self._listen)

    def ask(self) -> None:
        """Nothing is granted here."""

    def _listen(self) -> None:
        count, now = self._read_stamped(self._sock)
        if self._headers is not None:
            self._headers += bytes(self._hub.buffer[:count])
            headers, found, sound = self._headers.partition(END_OF_HEADERS)
            if not found:
                return
            status = headers.split(b"\r\n", 1)[0].decode("latin-1")
            if " 200 " not in status:
                self._fail(self._sock, status)
                return
            self._headers, count = None, len(sound)
        if count:
            self._begun(now)
            self.ledger.arrived(count, now=now)


KINDS: Final[dict[str, type[Listener]]] = {"antiphon": AntiphonListener, "http": HttpListener}
