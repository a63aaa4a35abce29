# SPDX-License-Identifier: GPL-3.0-or-later
"""The sockets of a relay's children: accepts, moves bytes, closes; decides nothing.

Everything here runs in the hub's thread, and nothing waits.
"""

import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import gevent

from client.dial import READ, Watcher
from client.relay.children import Children
from client.relay.seat import Seat

BACKLOG: Final = 64
ACCEPTS: Final = 16  # in one turn
TURNS: Final = 4  # times that one child is served before others are looked at again
MOST_LINGERING: Final = 32
BREATH: Final = 1.0  # seconds without accepting where there is no descriptor left

_NO_DESCRIPTOR: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

# Something happened to the children; carried out as a step of the conversation.
Act = Callable[[Callable[[Children, float], None]], None]


def listen(port: int) -> socket.socket:
    """A listening socket on every address of this machine; 0: any free port. Raises OSError."""
    if socket.has_dualstack_ipv6():
        with suppress(OSError):
            return socket.create_server(
                ("", port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=True
            )
    return socket.create_server(("", port), backlog=BACKLOG)


class House:
    """Where children come in."""

    def __init__(self, sock: socket.socket, act: Act) -> None:
        """Takes over `sock`, which listens."""
        self._sock = sock
        self._act = act
        self._loop = gevent.get_hub().loop
        self._seats: dict[int, Seat] = {}
        self._lingering: list[Seat] = []
        self._numbers = 0
        self._is_pumping = False
        self._breath: Watcher | None = None
        sock.setblocking(False)  # noqa: FBT003 - its only name
        self._door: Watcher | None = self._loop.io(sock.fileno(), READ)
        self._door.start(self._knocked)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._sock.getsockname()[1])

    def pump(self, children: Children, now: float) -> None:
        """Send everybody what is there for them, and close who is through."""
        for number, seat in list(self._seats.items()):
            self._serve(number, seat, children, now)

    def close(self) -> None:
        """Close everything; what the kernel has taken still goes out."""
        for watcher in (self._door, self._breath):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._door = self._breath = None
        self._sock.close()
        for seat in (*self._seats.values(), *self._lingering):
            seat.close()
        self._seats.clear()
        self._lingering.clear()

    def _knocked(self) -> None:
        for _ in range(ACCEPTS):
            try:
                sock, address = self._sock.accept()
            except OSError as error:
                if error.errno in _NO_DESCRIPTOR:
                    self._breathe()
                return
            self._numbers += 1
            number, host = self._numbers, str(address[0])
            self._seats[number] = Seat(sock, self._read_from(number), self._write_to(number))

            def come(
                children: Children, now: float, number: int = number, host: str = host
            ) -> None:
                for refused in children.accepted(number, host, now=now):
                    if (seat := self._seats.pop(refused, None)) is not None:
                        seat.close()

            self._act(come)

    def _breathe(self) -> None:
        """Look at the door again in a while: it would ring without end."""
        if self._door is not None and self._breath is None:
            self._door.stop()
            self._breath = self._loop.timer(BREATH)
            self._breath.start(self._breathed)

    def _breathed(self) -> None:
        if self._breath is not None:
            self._breath.close()
            self._breath = None
        if self._door is not None:
            self._door.start(self._knocked)

    def _read_from(self, number: int) -> Callable[[], None]:
        def read() -> None:
            seat = self._seats.get(number)
            data = b"" if seat is None else seat.read()
            if data is None:
                return
            if seat is not None and not data:
                seat.stop_reading()  # the watcher would ring without end
            self._act(lambda children, now: children.received(number, data, now=now))

        return read

    def _write_to(self, number: int) -> Callable[[], None]:
        def write() -> None:
            seat = self._seats.get(number)
            if seat is not None and seat.flush():
                self._act(_nothing)

        return write

    def _serve(self, number: int, seat: Seat, children: Children, now: float) -> None:
        for _ in range(TURNS):
            if not seat.flush():
                break
            data = children.take(number, now=now)
            if not data:
                break
            seat.put(data)
        else:
            self._pump_again()
        if seat.is_broken or (children.is_over(number) and seat.is_through(now=now)):
            children.gone(number)
            del self._seats[number]
            self._see_off(seat)

    def _pump_again(self) -> None:
        if not self._is_pumping:
            self._is_pumping = True
            self._loop.run_callback(self._go_on)

    def _go_on(self) -> None:
        self._is_pumping = False
        if self._door is not None or self._breath is not None:
            self._act(_nothing)

    def _see_off(self, seat: Seat) -> None:
        """Its last words shall arrive: read until it closes, for a while."""
        self._lingering.append(seat)
        seat.linger(self._gone)
        while len(self._lingering) > MOST_LINGERING:
            self._gone(self._lingering[0])

    def _gone(self, seat: Seat) -> None:
        if seat in self._lingering:
            self._lingering.remove(seat)
            seat.close()


def _nothing(_children: Children, _now: float) -> None:
    """A step behind which everybody is asked again."""
