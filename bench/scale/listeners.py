# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of simulated listeners: what each says, and what it makes of the bytes that come."""

import struct
from typing import Final

from bench.scale.framing import FrameCount
from bench.scale.listener import HOST, Hub, Listener, new_socket
from bench.scale.orders import Order
from control.framing import HEADER, encode
from control.message import Type
from control.music_messages import Credit, Play, StartKind
from control.session_messages import Hello, Ping
from data.frames import Attach

# How WELCOME begins: version, flags, session, secret, data port, ticket, its lifetime, Heartbeat. A
# full decoder would cost a herd more than the server's answer does.
WELCOME: Final = struct.Struct("!BBI16sH16sHH")
HELLO: Final = encode(1, Hello(1, 1, agent="bench"))
SHORT: Final = 1441  # bytes by which a server may stay below a limit: one MPEG frame
END_OF_HEADERS: Final = b"\r\n\r\n"


class AntiphonListener(Listener):
    """A control and a data connection; PLAY as soon as there is a session, CREDIT from then on."""

    def __init__(self, hub: Hub, order: Order, index: int) -> None:
        """Nothing is connected."""
        super().__init__(hub, order, index)
        self._control = new_socket(order, index)
        self._data = new_socket(order, index)
        self._is_attached = False
        self._frames = FrameCount()
        self._number = 1
        self._limit = 0
        self._asked: float | None = None  # when, unless all of it has come
        self._heartbeat = 0
        self._said = self._heard = 0.0  # when, last

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

    def _look(self) -> None:
        """PING, where a side has been silent for Heartbeat (RFC.md, "Heartbeats")."""
        now = self._hub.now()
        due = min(self._said, self._heard) + self._heartbeat
        if due <= now:
            self._number += 1
            self._say(encode(self._number, Ping(self._number)))
            due = now + self._heartbeat
        self._hub.at(due, self._look)

    def _say(self, message: bytes) -> None:
        self._said = self._hub.now()
        try:
            self._control.send(message)
        except OSError as error:
            self._hub.seen.errors.append(f"control: {error}")

    def _hear(self) -> None:
        if not self._read(self._control):
            return
        self._heard = self._hub.now()
        _length, kind, _number = HEADER.unpack_from(self._hub.buffer)
        if kind == Type.WELCOME and not self._is_attached:
            self._attach()
        elif kind in {Type.ERROR, Type.BYE}:
            self._fail(self._control, Type(kind).name)

    def _attach(self) -> None:
        fields = WELCOME.unpack_from(self._hub.buffer, HEADER.size)
        _version, _flags, session, _secret, port, ticket, _lifetime, self._heartbeat = fields
        self._is_attached = True
        self._said = self._heard
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
        self._hub.at(self._heard + self._heartbeat, self._look)

    def _listen(self) -> None:
        count, now = self._read_stamped(self._data)
        try:
            sound = self._frames.take(self._hub.buffer, count)
        except ValueError as error:
            self._fail(self._data, str(error))
            return
        if sound:
            self._heard = now
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
        self._sock = new_socket(order, index)
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
