# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of an accepted socket: a channel over it, or a last word; here over plain TCP."""

import contextlib
import socket
from collections.abc import Callable
from typing import Final, Protocol

from server.channel import DISCARD, Channel
from server.lingering import Lingering


class Transport(Protocol):
    """Plain TCP, or TLS."""

    @property
    def busy(self) -> bool:
        """Whether somebody waits for a turn."""
        ...

    def channel(
        self,
        sock: socket.socket,
        peer: str,
        *,
        lingering: Lingering,
        readable: Callable[[], None],
        writable: Callable[[], None],
        broken: Callable[[], None],
    ) -> Channel:
        """Take over an accepted socket, as `Channel` does; raises OSError."""
        ...

    def last_word(self, sock: socket.socket, word: bytes) -> None:
        """Close a connection for which there is no room; `word` says so, where that can be said."""
        ...


class PlainTcp:
    """Bytes as they are."""

    busy = False
    channel = Channel

    def last_word(self, sock: socket.socket, word: bytes) -> None:
        """Send it and close, without waiting for anything."""
        with sock, contextlib.suppress(OSError):
            sock.setblocking(False)  # noqa: FBT003 its only name
            sock.send(word)
            sock.shutdown(socket.SHUT_WR)
            # Closing with unread bytes would make the kernel send RST, which may overtake the word.
            sock.recv(DISCARD)


PLAIN: Final = PlainTcp()
