# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes of one stream between the link that receives them and the player that decodes them."""

from collections import deque
from collections.abc import Callable

from client.gated_buffer import GatedBuffer, PlayoutOverflowError, nothing


class PlayoutBuffer(GatedBuffer):
    """A bounded queue of bytes with a gate."""

    def __init__(self, capacity: int, on_starved: Callable[[], None] = nothing) -> None:
        super().__init__(capacity, on_starved)
        self._pieces: deque[bytes] = deque()
        self._first_used = 0  # bytes of the first piece that were taken already
        self._consumed = 0

    @property
    def consumed(self) -> int:
        """Bytes that the player took, in all."""
        return self._consumed

    @property
    def level(self) -> int:
        """Bytes that wait for the player."""
        with self._lock:
            return self._received - self._consumed

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
            wake = self._on_change if self._is_open else nothing
        wake()

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

    def _at_abort(self) -> None:
        self._pieces.clear()
        self._first_used = 0
