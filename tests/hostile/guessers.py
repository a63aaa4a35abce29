# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks by those who guess passwords, and make the server compute for it."""

import itertools
import socket

from control.framing import encode
from control.session_messages import Hello, Login
from tests.hostile.peers import SOURCE, Attack, Target, drain, say_at_once

USERS = ("alice", "nobody")  # one that the server knows, and one that it does not
EACH = 48  # guesses of one address at a time: leaves others room to wait


class Guessers(Attack):
    """Guess after guess from one address, each on a connection of its own."""

    def __init__(self, target: Target) -> None:
        """Nothing was guessed yet."""
        super().__init__(target)
        self.enough = 2 * EACH
        self._guesses = itertools.count()

    def press(self) -> None:
        """Those that were answered, or turned away, make room for others."""
        for sock in list(self.held):
            if not drain(sock):
                self.held.remove(sock)
                sock.close()
        while len(self.held) < EACH:
            self.guess()

    def guess(self, source: str = SOURCE) -> socket.socket:
        """One more."""
        number = next(self._guesses)
        login = Login(USERS[number % len(USERS)], f"guess {number}")
        sock = self.knock(source=source)
        say_at_once(sock, encode(1, Hello(1, 1, agent="guesser", login=login)))
        return sock


class HastyGuessers(Guessers):
    """They do not wait for the answers, which would come late: what is right is told at once."""

    def press(self) -> None:
        """As fast as it goes."""
        for _ in range(EACH):
            self.guess()
        self.close()


class Crowd(Guessers):
    """From as many addresses as there are on loopback, some of them hasty."""

    def __init__(self, target: Target) -> None:
        """Nobody has come yet."""
        super().__init__(target)
        hosts = itertools.product(range(1, 255), range(1, 255))
        self._sources = itertools.cycle(f"127.1.{x}.{y}" for x, y in hosts)

    def guess(self, source: str = SOURCE) -> socket.socket:
        """One more, from somewhere else."""
        return super().guess(next(self._sources))
