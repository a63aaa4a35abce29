# SPDX-License-Identifier: GPL-3.0-or-later
"""A stretch of wire between client and server that breaks where a test wants it to."""

import contextlib
import socket
import threading
from collections.abc import Generator

Address = tuple[str, int]


class Cutter:
    """Passes connections on as they are, bytes both ways.

    Attributes:
        cuts: after how many bytes from the server each connection breaks, the next one first.
        passed: how many bytes of the server's came through on each connection so far.
    """

    def __init__(self, here: Address, there: Address, cuts: list[int]) -> None:
        self.cuts = cuts
        self.passed: list[int] = []
        self._there = there
        self._listener = socket.create_server(here)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._there)
            cut = self.cuts.pop(0) if self.cuts else None
            number = len(self.passed)
            self.passed.append(0)
            for work in (self._to_client, self._to_server):
                threading.Thread(
                    target=work, args=(client, server, number, cut), daemon=True
                ).start()

    def _to_client(
        self, client: socket.socket, server: socket.socket, number: int, cut: int | None
    ) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(4096):
                client.sendall(data)
                self.passed[number] += len(data)
                if cut is not None and self.passed[number] >= cut:
                    break
        for sock in (client, server):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _to_server(
        self, client: socket.socket, server: socket.socket, _number: int, _cut: int | None
    ) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(4096):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def cutter(here: Address, there: Address, *cuts: int) -> Generator[Cutter]:
    """One that listens until the end of the block."""
    made = Cutter(here, there, list(cuts))
    try:
        yield made
    finally:
        made.close()
