# SPDX-License-Identifier: GPL-3.0-or-later
"""What every attack has in common: a target, rounds of pressure, and sockets that it holds."""

import ctypes
import os
import random
import socket
import struct
from abc import ABC, abstractmethod
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from control.session_messages import Port, Reopen
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Address

SECONDS = float(os.environ.get("ANTIPHON_HOSTILE_SECONDS", "0.8"))  # of each attack
SOURCE = "127.0.0.1"  # of all attacks but where they say so
PER_ADDRESS = 64  # connections, and sessions, that the server lets an address have by default
RENEW = 16  # connections to a data port for which it is not asked for again
MEMBERS = 32  # sessions of one attack
HELD = 2000  # sockets that an attack keeps open whatever the server has said
SO_ATTACH_FILTER = 26  # asm-generic/socket.h; the socket module does not know it
BPF_RETURN = 0x06  # linux/filter.h: this many bytes are let through


@dataclass(frozen=True, slots=True)
class Target:
    """A server, and what attackers find out about it by asking."""

    address: Address
    tracks: int  # in its folder; their ids are 1, 2 ...
    total: int  # audio bytes of each of those that are songs
    rng: random.Random


class Attack(ABC):
    """One way to be a nuisance.

    Attributes:
        stays: whether its sockets stay open until the server has shaken them off; otherwise they
            are closed, and then the server has to be as it was.
        enough: deeds below which it was no attack.
        deeds: how much it has done.
    """

    stays: ClassVar[bool] = False

    def __init__(self, target: Target) -> None:
        """Nothing is done yet."""
        self.target = target
        self.enough = 1
        self.deeds = 0
        self.held: deque[socket.socket] = deque()

    @abstractmethod
    def press(self) -> None:
        """One round; called again and again. Takes a fraction of a second."""

    def close(self) -> None:
        """Close all without a word."""
        while self.held:
            self.held.popleft().close()

    def knock(
        self, address: Address | None = None, *, source: str = SOURCE, most: int = PER_ADDRESS
    ) -> socket.socket:
        """A socket that is being connected and never waits; more than `most` make the oldest go."""
        sock = socket.socket()
        sock.setblocking(False)
        if source != SOURCE:
            sock.bind((source, 0))
        with suppress(BlockingIOError):
            sock.connect(self.target.address if address is None else address)
        self.held.append(sock)
        while len(self.held) > most:
            self.held.popleft().close()
        self.deeds += 1
        return sock


def tell(sock: socket.socket, said: bytes) -> bool:
    """Send, as far as the kernel takes it; False where the server has closed."""
    try:
        sock.send(said, socket.MSG_NOSIGNAL)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


def drain(sock: socket.socket) -> bool:
    """Read what has come; False where the server has closed."""
    try:
        while said := sock.recv(1 << 20):
            if len(said) < 1 << 16:
                return True
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def deafen(sock: socket.socket) -> None:
    """From now on the kernel drops what comes for this socket: to the server, it has vanished."""
    drop_all = ctypes.create_string_buffer(struct.pack("HBBI", BPF_RETURN, 0, 0, 0))
    program = struct.pack("HP", 1, ctypes.addressof(drop_all))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def say_at_once(sock: socket.socket, said: bytes) -> None:
    """Send to whom one is not connected yet."""
    sock.setblocking(True)
    tell(sock, said)
    sock.setblocking(False)


class Door:
    """A session whose data port is open whenever it is asked for."""

    def __init__(self, target: Target) -> None:
        """Attach it: otherwise it would be ended."""
        self._listener = Listener(target.address)
        self._asked = 0

    def address(self) -> Address:
        """The port; asked for anew often enough."""
        if self._asked % RENEW == 0:
            port = self._listener.control.ask(Reopen())
            assert isinstance(port, Port)
            self._listener.data_address = (self._listener.control.host, port.data_port)
        self._asked += 1
        return self._listener.data_address

    def close(self) -> None:
        """The session is left without a word."""
        self._listener.close()


class Sessions(Attack):
    """An attack by those who have a session."""

    def __init__(self, target: Target) -> None:
        """Nobody has come yet."""
        super().__init__(target)
        self.listeners: deque[Listener] = deque()

    @property
    def is_full(self) -> bool:
        """Whether there are as many as this attack may have without others making room."""
        return len(self.listeners) >= MEMBERS

    def join(self, *, attach: bool = True, narrow: bool = False) -> Listener:
        """One more of them, for whom the oldest makes room."""
        while self.is_full:
            self.listeners.popleft().bye()
        listener = Listener(self.target.address, attach=attach, narrow=narrow)
        self.listeners.append(listener)
        return listener

    def close(self) -> None:
        """Close all without a word."""
        super().close()
        while self.listeners:
            self.listeners.popleft().close()
