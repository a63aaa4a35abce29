# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes that a decoder reads, waited for where they have not come; on the player's thread."""

from collections.abc import Callable

from client.outlet import Outlet
from client.sinks.sink import SinkError

Take = Callable[[int], bytes | None]  # 1 to so many bytes; `b""` at the end; None: not yet


class Intake:
    """A decoder's source over `take`. While it waits, the outlet obeys the commands.

    Attributes:
        taken: bytes so far.
    """

    def __init__(self, take: Take, outlet: Outlet) -> None:
        self.taken = 0
        self._take = take
        self._outlet = outlet
        self._error: SinkError | None = None

    @property
    def is_broken(self) -> bool:
        """Whether the sink failed during a wait: then the decoder was told that it is the end."""
        return self._error is not None

    def read(self, size: int, /) -> bytes:
        """Called from C, so it must not raise."""
        try:
            while not self._outlet.is_left:
                piece = self._take(size)
                if piece is not None:
                    self.taken += len(piece)
                    return piece
                self._outlet.await_bytes()
        except SinkError as error:
            self._error = error
        return b""

    def raise_error(self) -> None:
        """Raises the SinkError of a wait, where there was one."""
        if self._error is not None:
            raise self._error
