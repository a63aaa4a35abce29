# SPDX-License-Identifier: GPL-3.0-or-later
"""One TCP connection in the hub: opens it, moves bytes, ends it; decides nothing.

Everything here runs in the hub's thread, and nothing waits but the greenlet that connects.
"""

import socket
from collections.abc import Callable
from typing import Final, Protocol

import gevent

from client.dial import READ, WRITE, Address, DialError, Watcher, words
from client.login import is_loopback
from common.constants import LINGER
from common.tls import TlsError, TlsPipe

READ_SIZE: Final = 256 * 1024  # bytes taken from the kernel at once


def reading_room() -> memoryview:
    """What links read into.

    A new object of this size for every read, cut down to what came, tears holes into the heap that
    the small pieces of songs then keep open: over hours, it grows.
    """
    return memoryview(bytearray(READ_SIZE))


class LinkOwner(Protocol):
    """Whom a link tells what happens. Nothing is told after `Link.close`."""

    def connected(self) -> None:
        """It is open."""

    def received(self, data: bytes) -> None:
        """Bytes have come; b"" is the end of the peer's stream, and the last call."""

    def failed(self, reason: str) -> None:
        """It could not be opened, or broke; the last call. `reason` is a sentence."""


class Link:
    """One connection, from the attempt to open it to its end."""

    def __init__(
        self,
        open_socket: Callable[[], socket.socket],
        owner: LinkOwner,
        *,
        gone: Callable[["Link"], None],
        room: memoryview | None = None,
        secure: Callable[[socket.socket], TlsPipe] | None = None,
    ) -> None:
        """Starts at once: `open_socket` runs in a greenlet and may raise DialError.

        `secure`, behind it, shakes hands on the socket, or closes it and raises DialError.
        `gone` is called when the socket is closed after all, which lingering delays. `room` is
        a `reading_room` that the links of one thread may share; None: one of its own.
        """
        self._owner: LinkOwner | None = owner
        self._gone = gone
        self._room = room or reading_room()
        self._loop = gevent.get_hub().loop
        self._sock: socket.socket | None = None
        self._pipe: TlsPipe | None = None
        self._out = bytearray()
        self._reader: Watcher | None = None
        self._writer: Watcher | None = None
        self._is_writing = False
        self._linger: Watcher | None = None
        self._dialling = gevent.spawn(self._dial, open_socket, secure)

    @property
    def peer(self) -> Address | None:
        """The address that was reached; None while there is none."""
        if self._sock is None:
            return None
        try:
            return self._sock.family, self._sock.getpeername()
        except OSError:
            return None

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent."""
        peer = self.peer
        return self._pipe is not None or (peer is not None and is_loopback(str(peer[1][0])))

    def send(self, data: bytes) -> None:
        """Send now what the kernel takes, and the rest when it takes more."""
        if self._sock is not None:
            self._out += data if self._pipe is None else _encrypt(self._pipe, data)
            self._flush()

    def close(self, *, linger: bool) -> None:
        """Report nothing more. `linger`: make sure that what was sent arrives."""
        self._owner = None
        if self._sock is None:
            self._dialling.kill(block=False)
            self._end()
        elif linger:
            # RFC.md, CLOSED: close the sending direction first, then read and discard.
            self._linger = self._loop.timer(LINGER)
            self._linger.start(self._end)
            if self._pipe is not None:
                self._pipe.close()
                self._out += self._pipe.data_to_send()
            self._flush()
        else:
            self._end()

    def _dial(
        self,
        open_socket: Callable[[], socket.socket],
        secure: Callable[[socket.socket], TlsPipe] | None,
    ) -> None:
        try:
            sock = open_socket()
            pipe = None if secure is None else secure(sock)
        except DialError as error:
            if self._owner is not None:
                self._fail(str(error))
            return
        if self._owner is None:
            sock.close()
            return
        self._sock, self._pipe = sock, pipe
        self._writer = self._loop.io(sock.fileno(), WRITE)
        self._reader = self._loop.io(sock.fileno(), READ)
        self._reader.start(self._readable)
        self._owner.connected()
        if pipe is not None:
            self._decrypt(pipe)  # what came with the end of the handshake

    def _readable(self) -> None:
        if self._sock is None:
            return
        try:
            data = bytes(self._room[: self._sock.recv_into(self._room)])
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._broken(error)
            return
        if self._pipe is None or self._owner is None:
            self._received(data)
        else:
            self._pipe.receive(data)
            self._decrypt(self._pipe)

    def _decrypt(self, pipe: TlsPipe) -> None:
        """Hand on the plaintext of what has come."""
        data: bytes | None = b"to begin with"
        while data and self._sock is not None:
            try:
                data = pipe.read(READ_SIZE)
            except TlsError as error:
                self._out += pipe.data_to_send()
                self._flush()
                self._fail(f"The connection was tampered with, or is broken ({error.text}).")
                return
            if data is not None:
                self._received(data)

    def _received(self, data: bytes) -> None:
        owner = self._owner
        if not data:
            # Half-closed by the peer. Nothing more comes, and the watcher would fire for ever.
            self._stop_reading()
            if owner is None:
                self._end()
        if owner is not None:
            owner.received(data)

    def _flush(self) -> None:
        if self._sock is None:
            return
        try:
            while self._out:
                del self._out[: self._sock.send(self._out)]
        except (BlockingIOError, InterruptedError):
            self._await_writable()
            return
        except OSError as error:
            # Whoever sends is in the middle of something: it is told when that is over.
            self._out.clear()
            self._loop.run_callback(self._broken, error)
            return
        if self._is_writing and self._writer is not None:
            self._is_writing = False
            self._writer.stop()
        if self._linger is not None:
            self._shut_down()

    def _await_writable(self) -> None:
        if not self._is_writing and self._writer is not None:
            self._is_writing = True
            self._writer.start(self._flush)

    def _shut_down(self) -> None:
        if self._out or self._sock is None:
            return
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._end()

    def _broken(self, error: OSError) -> None:
        if self._owner is None:
            self._end()
        else:
            self._stop_reading()
            self._fail(f"The connection broke: {words(error)}.")

    def _fail(self, reason: str) -> None:
        owner, self._owner = self._owner, None
        self._end()
        if owner is not None:
            owner.failed(reason)

    def _stop_reading(self) -> None:
        if self._reader is not None:
            self._reader.stop()

    def _end(self) -> None:
        for watcher in (self._reader, self._writer, self._linger):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._reader = self._writer = self._linger = None
        sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()
        self._gone(self)


def _encrypt(pipe: TlsPipe, data: bytes) -> bytes:
    left = memoryview(data)
    while left:
        left = left[pipe.write(left) :]
    return pipe.data_to_send()
