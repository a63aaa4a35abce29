# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits between the link that receives it and the player that decodes it, behind a gate.

Any thread may call any method. What waits for bytes waits elsewhere and is told by `on_change`.
"""

from collections.abc import Callable
from threading import Lock


class PlayoutOverflowError(Exception):
    """More arrived than the buffer was made for: the credit was not kept."""


def nothing() -> None:
    """What is called where nobody wants to know."""
    return


class GatedBuffer:
    """A bounded buffer with a gate; `PlayoutBuffer` and `Programme` are such.

    The gate is closed at first: the start rule opens it when enough has arrived. It closes by
    itself when the player has taken the last byte before the end was reached, and that is
    reported once as `on_starved`, on the player's thread and outside every lock.

    Attributes:
        capacity: bytes it may hold.
    """

    def __init__(self, capacity: int, on_starved: Callable[[], None] = nothing) -> None:
        self.capacity = capacity
        self._on_starved = on_starved
        self._on_change = nothing
        self._lock = Lock()
        self._received = 0  # bytes in all
        self._is_open = False
        self._is_finished = False
        self._is_aborted = False

    @property
    def received(self) -> int:
        """Bytes that came in, in all."""
        return self._received

    @property
    def is_open(self) -> bool:
        """Whether the player may take bytes."""
        return self._is_open

    @property
    def is_aborted(self) -> bool:
        """Whether the sound was given up."""
        return self._is_aborted

    def on_change(self, wake: Callable[[], None]) -> None:
        """Has `wake` called, outside every lock, whenever a read may have become possible."""
        with self._lock:
            self._on_change = wake
        wake()

    def open(self) -> None:
        """Opens the gate: the start rule is content."""
        with self._lock:
            self._is_open = True
            wake = self._on_change
        wake()

    def finish(self) -> None:
        """The end has come in. There is nothing to wait for: opens the gate."""
        with self._lock:
            self._is_open = self._is_finished = True
            self._at_finish()
            wake = self._on_change
        wake()

    def abort(self) -> None:
        """Gives the sound up: what is left is dropped, and the player reads the end."""
        with self._lock:
            self._is_aborted = True
            self._at_abort()
            wake = self._on_change
        wake()

    def _at_finish(self) -> None:
        """What else the end means, with the lock."""

    def _at_abort(self) -> None:
        """Drop what is left, with the lock."""
