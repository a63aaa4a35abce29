# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of TLS, or of what is said to be, in a thread of its own."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Generator

PATIENCE = 20.0  # seconds; a net under a hang

Act = Callable[[socket.socket], None]


class Peer:
    """Accepts connections one after the other and does the same with each.

    Attributes:
        port: where it listens, on 127.0.0.1.
        accepted: how many have come.
        errors: what went wrong in its handshakes.
    """

    def __init__(self, act: Act, context: ssl.SSLContext | None) -> None:
        self._act = act
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self.errors: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Accept no more, and wait for the last one to end."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            sock.settimeout(PATIENCE)
            with contextlib.suppress(OSError), sock:
                if self._context is None:
                    self._act(sock)
                else:
                    self._secured(sock, self._context)

    def _secured(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        try:
            secured = context.wrap_socket(sock, server_side=True)
        except (ssl.SSLError, ConnectionError) as error:
            self.errors.append(str(error))
            return
        with secured:
            self._act(secured)


@contextlib.contextmanager
def peer(act: Act, context: ssl.SSLContext | None = None) -> Generator[Peer]:
    """One that listens until the end of the block; without a context it speaks plain TCP."""
    made = Peer(act, context)
    try:
        yield made
    finally:
        made.close()
