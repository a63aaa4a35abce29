# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks that take their time: what they do not say, do not read, and do not close."""

import socket
from contextlib import suppress
from typing import ClassVar

from control.framing import encode
from control.music_messages import List
from control.session_messages import Hello, Welcome
from data.frames import Attach
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Address, Control, reset
from tests.hostile.peers import (
    PER_ADDRESS,
    Attack,
    Door,
    Sessions,
    Target,
    deafen,
    say_at_once,
    tell,
)
from tests.hostile.vitals import descriptors_at_hand

CONNECTIONS = 10_000  # of one address, as far as descriptors go
BATCH = 200  # connections in a round


class SlowHello(Attack):
    """HELLO, a byte a round, on as many connections as an address may have."""

    stays = True
    message: ClassVar[bytes] = encode(1, Hello(1, 1, agent="slow"))

    def __init__(self, target: Target) -> None:
        """Nobody has said anything yet."""
        super().__init__(target)
        self._said: dict[socket.socket, int] = {}  # bytes

    def door(self) -> Address:
        """Where to connect."""
        return self.target.address

    def press(self) -> None:
        """Everybody says a byte."""
        while len(self.held) < PER_ADDRESS:
            self._said[self.knock(self.door())] = 0
        for sock, at in list(self._said.items()):
            # Never the last one: that would be a session.
            if tell(sock, self.message[at : at + 1]):
                self._said[sock] = min(at + 1, len(self.message) - 1)
                self.deeds += 1
            else:
                del self._said[sock]
                self.held.remove(sock)
                sock.close()


class SlowAttach(SlowHello):
    """The same with ATTACH, on the data port of a session."""

    message = Attach(1, bytes(16)).encode()

    def __init__(self, target: Target) -> None:
        """A session, for the sake of its port."""
        super().__init__(target)
        self._door = Door(target)

    def door(self) -> Address:
        """The port that is open now."""
        return self._door.address()

    def close(self) -> None:
        """The session ends too."""
        super().close()
        self._door.close()


class Crowd(Attack):
    """Thousands of connections from one address, and not a word."""

    def __init__(self, target: Target) -> None:
        """As many as there may be."""
        super().__init__(target)
        self.enough = min(CONNECTIONS, descriptors_at_hand())

    def press(self) -> None:
        """Many more."""
        for _ in range(BATCH):
            self.knock(most=self.enough)


class HelloAndNothing(Attack):
    """HELLO, and nothing ever after."""

    stays = True

    def press(self) -> None:
        """Some more."""
        for _ in range(8):
            say_at_once(self.knock(), SlowHello.message)


class Abandoned(Attack):
    """Sessions in the middle of a song, left with RST or with FIN, and never with BYE."""

    def press(self) -> None:
        """One of them, unless there are already too many that are kept for a resume."""
        with Control(self.target.address) as control:
            full = not isinstance(control.hello(), Welcome)
        if full:
            return
        listener = Listener(self.target.address)
        listener.play(1, window=1 << 20)
        listener.receive(1)
        if self.deeds % 2:
            listener.vanish()
        else:
            listener.close()
        self.deeds += 1


class HalfGone(Sessions):
    """The control connection ends with RST, the data connection stays and takes the song."""

    stays = True

    def press(self) -> None:
        """One of them."""
        if not self.is_full:
            listener = self.join()
            listener.play(1, window=self.target.total)
            reset(listener.control.sock)
            self.deeds += 1


class Vanished(Sessions):
    """Peers that are gone in the middle of a song: no FIN, no RST, no ACK."""

    stays = True

    def press(self) -> None:
        """One more of them."""
        if self.is_full:
            return
        listener = self.join(narrow=True)
        listener.play(1, window=self.target.total)
        deafen(listener.control.sock)
        assert listener.data is not None
        deafen(listener.data)
        self.deeds += 1


class NeverReadsSound(Sessions):
    """All the credit in the world, and not a byte of the song is read."""

    stays = True

    def press(self) -> None:
        """One more of them."""
        if not self.is_full:
            self.join(narrow=True).play(1, window=2**32 - 1)
            self.deeds += 1


class NeverReadsAnswers(Sessions):
    """LIST upon LIST, and no answer is read."""

    stays = True
    FLOOD: ClassVar = b"".join(encode(number, List()) for number in range(2, 5000))

    def press(self) -> None:
        """One more of them."""
        if not self.is_full:
            listener = self.join(narrow=True)
            listener.control.sock.setblocking(False)
            with suppress(OSError):
                listener.control.sock.send(self.FLOOD)
            self.deeds += 1


class ReadsAByte(Sessions):
    """Reads a byte of the song each round, which is as good as nothing."""

    def press(self) -> None:
        """One more of them."""
        if not self.is_full:
            listener = self.join(narrow=True)
            listener.play(1, window=2**32 - 1)
            assert listener.data is not None
            listener.data.setblocking(False)
        for listener in self.listeners:
            assert listener.data is not None
            with suppress(OSError):
                listener.data.recv(1)
                self.deeds += 1


SILENT: tuple[type[Attack], ...] = (
    SlowHello,
    SlowAttach,
    Crowd,
    HelloAndNothing,
    Abandoned,
    HalfGone,
    Vanished,
    NeverReadsSound,
    NeverReadsAnswers,
    ReadsAByte,
)
