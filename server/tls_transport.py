# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS over accepted sockets, and what all of them share: identity, scratch memory, and turns."""

import socket
from collections.abc import Callable

from common.tls import TlsPipe
from server.certificate import Identity
from server.lingering import Lingering
from server.pump import Pump
from server.scratch import Scratch
from server.tls_channel import TlsChannel


class TlsTransport:
    """Nothing but TLS on any port (RFC.md, "TLS")."""

    def __init__(self, identity: Identity) -> None:
        """`identity` may be reloaded meanwhile. Raises OSError where there is no descriptor."""
        self._identity = identity
        self._scratch = Scratch()
        # Not those of the listeners: a flood of handshakes takes half of the time at most.
        self._turns = Pump()

    @property
    def busy(self) -> bool:
        """Whether a handshake waits for its turn."""
        return self._turns.busy

    def channel(
        self,
        sock: socket.socket,
        peer: str,
        *,
        lingering: Lingering,
        readable: Callable[[], None],
        writable: Callable[[], None],
        broken: Callable[[], None],
    ) -> TlsChannel:
        """Take over an accepted socket; raises OSError."""
        return TlsChannel(
            sock,
            peer,
            TlsPipe(self._identity.context),
            self._scratch,
            self._turns,
            lingering=lingering,
            readable=readable,
            writable=writable,
            broken=broken,
        )

    def last_word(self, sock: socket.socket, word: bytes) -> None:  # noqa: ARG002 nobody hears it
        """Close: a word would cost a handshake, for which there is no room."""
        sock.close()

    def close(self) -> None:
        """Nothing more is sent."""
        self._scratch.close()
