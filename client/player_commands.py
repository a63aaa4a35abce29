# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that any thread gives and the player's thread takes, and the one place to wait."""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from threading import Condition
from typing import Final

from client.playout import PlayoutBuffer
from client.radio.programme import Programme
from client.trimmer import Cuts


@dataclass(frozen=True, slots=True)
class Play:
    """Play this stream, instead of whatever plays."""

    stream: int
    source: PlayoutBuffer
    cuts: Cuts


@dataclass(frozen=True, slots=True)
class Tune:
    """Play this station, instead of whatever plays."""

    stream: int
    source: Programme


class Order(Enum):
    """The commands that need no more than their name."""

    STOP = auto()
    PAUSE = auto()
    RESUME = auto()
    CLOSE = auto()


Command = Play | Tune | Order

_PAUSING: Final = frozenset({Order.PAUSE, Order.RESUME})


class Commands:
    """A queue of commands that also wakes its reader when bytes arrive."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._queue: deque[Command] = deque()
        self._is_woken = False
        self._playing: PlayoutBuffer | Programme | None = None  # of the newest Play or Tune

    @property
    def are_waiting(self) -> bool:
        """Whether there is a command to take."""
        return bool(self._queue)

    @property
    def end_song(self) -> bool:
        """Whether the next command to take is one that ends the song that plays."""
        with self._condition:
            return bool(self._queue) and self._queue[0] not in _PAUSING

    def put(self, command: Command) -> None:
        """Adds a command. One that ends the song that plays also cuts off its bytes."""
        abandoned = None
        with self._condition:
            if command not in _PAUSING:
                abandoned = self._playing
                self._playing = None if isinstance(command, Order) else command.source
            self._queue.append(command)
            self._is_woken = True
            self._condition.notify()
        if abandoned is not None:
            abandoned.abort()

    def wake(self) -> None:
        """Ends the wait that goes on, or the next one."""
        with self._condition:
            self._is_woken = True
            self._condition.notify()

    def wait(self, timeout: float | None) -> bool:
        """Waits for `put` or `wake`, at most `timeout` seconds; whether one came."""
        with self._condition:
            woken = self._condition.wait_for(lambda: self._is_woken, timeout)
            self._is_woken = False
            return woken

    def take(self) -> Command | None:
        """Removes and returns the oldest command, or None."""
        with self._condition:
            return self._queue.popleft() if self._queue else None

    def take_pausing(self) -> Order | None:
        """Removes and returns the oldest command if it is PAUSE or RESUME; leaves all others."""
        with self._condition:
            command = self._queue[0] if self._queue else None
            if command is Order.PAUSE or command is Order.RESUME:
                self._queue.popleft()
                return command
            return None
