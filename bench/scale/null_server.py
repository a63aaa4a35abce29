# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that does next to nothing: the control that tells what the load and the kernel cost.

It speaks just enough for a listener of `bench.scale.listeners` to believe it: any HELLO is welcome,
every session has the same data port, any ATTACH is the right one, and every song is zeros. What a
measurement against it shows is the floor under every server's figures, the load's own share in
them included. `python -m bench.scale.null_server` prints the line that `bench.serving` waits for.
"""

import select
import socket
import struct
import sys
from collections.abc import Callable
from typing import Final

from bench.scale.listener import HOST
from common.constants import MAX_PAYLOAD, SECRET_SIZE, TICKET_SIZE
from control.framing import HEADER, encode
from control.message import Type
from control.session_messages import Pong, Welcome
from data.frames import Attached, data_header

BACKLOG: Final = 4096
BUFFER: Final = 512 * 1024  # bytes: a whole top-up, so that most go in one send
EVENTS: Final = 512
_LIMIT: Final = (struct.Struct("!Q"), 12)  # of CREDIT, and where it lies behind the message's start
_TOKEN: Final = (struct.Struct("!Q"), 8)  # of PING
_WINDOW: Final = (struct.Struct("!I"), 25)  # of PLAY
_SESSION: Final = (struct.Struct("!I"), 4)  # of ATTACH
_ZEROS: Final = memoryview(bytes(MAX_PAYLOAD))


class Listener:
    """A session: its control socket is known first, its data socket later."""

    def __init__(self, session: int) -> None:
        """Nothing is owed."""
        self.session = session
        self.data: socket.socket | None = None
        self.next = 0  # byte of the song
        self.limit = 0
        self.waits = False  # for room in the kernel
        self.unsent = b""  # of a send that the kernel took in part


class NullServer:
    """One epoll loop."""

    def __init__(self, port: int) -> None:
        """Listen."""
        self._poll = select.epoll()
        self._ready: dict[int, Callable[[], None]] = {}
        self._listeners: dict[int, Listener] = {}
        self._control = self._listening(port, self._accept_control)
        self._data = self._listening(0, self._accept_data)
        self._data_port = int(self._data.getsockname()[1])

    def run(self) -> None:
        """Serve until the process is ended."""
        while True:
            for number, _ in self._poll.poll(-1, EVENTS):
                ready = self._ready.get(number)
                if ready is not None:
                    ready()

    def _listening(self, port: int, accept: Callable[[socket.socket], None]) -> socket.socket:
        listening = socket.socket()
        listening.bind((HOST, port))
        listening.listen(BACKLOG)
        listening.setblocking(False)  # noqa: FBT003 its only name

        def ready() -> None:
            for _ in range(64):
                try:
                    sock, _ = listening.accept()
                except BlockingIOError:
                    return
                sock.setblocking(False)  # noqa: FBT003 its only name
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
                accept(sock)

        self._watch(listening, ready)
        return listening

    def _watch(self, sock: socket.socket, ready: Callable[[], None]) -> None:
        self._ready[sock.fileno()] = ready
        self._poll.register(sock, select.EPOLLIN)

    def _over(self, sock: socket.socket) -> None:
        self._ready.pop(sock.fileno(), None)
        sock.close()

    def _accept_control(self, sock: socket.socket) -> None:
        listener = Listener(len(self._listeners) + 1)
        self._listeners[listener.session] = listener

        def ready() -> None:
            message = _read(sock)
            if message:
                self._answer(sock, listener, message)
            elif message is not None:
                self._over(sock)

        self._watch(sock, ready)

    def _answer(self, sock: socket.socket, listener: Listener, message: bytes) -> None:
        _, kind, number = HEADER.unpack_from(message)
        if kind == Type.HELLO:
            welcome = Welcome(
                version=1,
                resumed=False,
                session=listener.session,
                secret=bytes(SECRET_SIZE),
                data_port=self._data_port,
                ticket=bytes(TICKET_SIZE),
                ticket_lifetime=15,
                heartbeat=60,
                dead_after=180,
                grace=60,
            )
            sock.send(encode(number, welcome))
        elif kind == Type.PING:
            (token,) = _TOKEN[0].unpack_from(message, _TOKEN[1])
            sock.send(encode(number, Pong(token)))
        elif kind in {Type.CREDIT, Type.PLAY}:
            field, at = _LIMIT if kind == Type.CREDIT else _WINDOW
            (listener.limit,) = field.unpack_from(message, at)
            self._send(listener)

    def _accept_data(self, sock: socket.socket) -> None:
        def ready() -> None:
            attach = _read(sock)
            if attach:
                field, at = _SESSION
                listener = self._listeners[field.unpack_from(attach, at)[0]]
                listener.data = sock
                sock.send(Attached(listener.session).encode())
                self._send(listener)
            elif attach is not None:
                self._over(sock)

        self._watch(sock, ready)

    def _send(self, listener: Listener) -> None:
        data = listener.data
        if data is None or listener.waits:
            return
        try:
            while listener.unsent or listener.next < listener.limit:
                frames: list[bytes | memoryview] = [listener.unsent]
                while not listener.unsent and listener.next < listener.limit:
                    length = min(MAX_PAYLOAD, listener.limit - listener.next)
                    header = data_header(listener.session, 1, listener.next, length)
                    frames += (header, _ZEROS[:length])
                    listener.next += length
                sent = data.sendmsg(frames)
                listener.unsent = b"".join(frames)[sent:] if sent < sum(map(len, frames)) else b""
        except BlockingIOError:
            self._await_room(data, listener)

    def _await_room(self, data: socket.socket, listener: Listener) -> None:
        number = data.fileno()
        before = self._ready[number]
        listener.waits = True

        def ready() -> None:
            listener.waits = False
            self._ready[number] = before
            self._poll.modify(number, select.EPOLLIN)
            self._send(listener)

        self._ready[number] = ready
        self._poll.modify(number, select.EPOLLOUT)


def _read(sock: socket.socket) -> bytes | None:
    """What has come, b"" for the end; None for nothing."""
    try:
        return sock.recv(4096)
    except BlockingIOError:
        return None
    except OSError:
        return b""


if __name__ == "__main__":
    NullServer(int(sys.argv[1])).run()
