# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes of one stream between the link that receives them and the player that decodes them.

Any thread may call any method. What waits for bytes waits elsewhere and is told by `on_change`.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock


class PlayoutOverflowError(Exception):
    """More arrived than the buffer was made for: the credit was not kept."""


def _nothing() -> None:
    return None


class PlayoutBuffer:
    """A bounded queue of bytes with a gate.

    The gate is closed at first: the start rule opens it when enough has arrived. It closes by
    itself when the player has taken the last byte before the end was reached, and that is
    reported once as `on_starved`, on the player's thread and outside every lock.

    Attributes:
        capacity: bytes it may hold.
    """

    def __init__(self, capacity: int, on_starved: Callable[[], None] = _nothing) -> None:
        self.capacity = capacity
        self._on_starved = on_starved
        self._on_change = _nothing
        self._lock = Lock()
        self._pieces: deque[bytes] = deque()
        self._first_used = 0  # bytes of the first piece that were taken already
        self._received = 0
        self._consumed = 0
        self._is_open = False
        self._is_finished = False
        self._is_aborted = False

    @property
    def received(self) -> int:
        """Bytes that came in, in all."""
        return self._received

    @property
    def consumed(self) -> int:
        """Bytes that the player took, in all."""
        return self._consumed

    @property
    def level(self) -> int:
        """Bytes that wait for the player."""
        with self._lock:
            return self._received - self._consumed

    @property
    def is_open(self) -> bool:
        """Whether the player may take bytes."""
        return self._is_open

    @property
    def is_aborted(self) -> bool:
        """Whether the stream was given up."""
        return self._is_aborted

    def on_change(self, wake: Callable[[], None]) -> None:
        """Has `wake` called, outside every lock, whenever a read may have become possible."""
        with self._lock:
            self._on_change = wake
        wake()

    def append(self, piece: bytes) -> None:
        """Takes in the next bytes of the stream; after an abort they are dropped.

        Raises PlayoutOverflowError where they do not fit, ValueError after `finish`.
        """
        with self._lock:
            if self._is_aborted or not piece:
                return
            if self._is_finished:
                raise ValueError("bytes after the end of the stream")
            level = self._received - self._consumed + len(piece)
            if level > self.capacity:
                raise PlayoutOverflowError(f"{level} bytes for a buffer of {self.capacity}")
            self._pieces.append(piece)
            self._received += len(piece)
            wake = self._on_change if self._is_open else _nothing
        wake()

    def open(self) -> None:
        """Opens the gate: the start rule is content."""
        self._change(opens=True)

    def finish(self) -> None:
        """The end of the stream has come in. There is nothing to wait for: opens the gate."""
        self._change(opens=True, finishes=True)

    def abort(self) -> None:
        """Gives the stream up: what is left is dropped, and the player reads the end."""
        self._change(aborts=True)

    def read(self, size: int) -> bytes | None:
        """Takes 1 to `size` bytes; `b""` at the end or after an abort; None where it must wait."""
        with self._lock:
            if self._is_aborted:
                return b""
            if not self._is_open:
                return None
            if self._pieces:
                return self._take(size)
            if self._is_finished:
                return b""
            self._is_open = False
        self._on_starved()
        return None

    def _take(self, size: int) -> bytes:
        first, used = self._pieces[0], self._first_used
        piece = first[used : used + size]
        if used + len(piece) == len(first):
            self._pieces.popleft()
            self._first_used = 0
        else:
            self._first_used = used + len(piece)
        self._consumed += len(piece)
        return piece

    def _change(self, *, opens: bool = False, finishes: bool = False, aborts: bool = False) -> None:
        with self._lock:
            self._is_open |= opens
            self._is_finished |= finishes
            self._is_aborted |= aborts
            if self._is_aborted:
                self._pieces.clear()
                self._first_used = 0
            wake = self._on_change
        wake()
