# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies between the two sides: bytes that arrive in pieces, late, or not at all."""

from data.connection import ClientDataConnection, ServerDataConnection

SESSION = 7


class Pipe:
    """One direction of a connection: bytes that were sent and have not arrived."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self.is_cut = False
        self.end_seen = False

    def send(self, data: bytes) -> None:
        """Queue bytes; into a cut pipe they vanish."""
        if not self.is_cut:
            self._bytes += data

    def arrive(self, size: int) -> bytes | None:
        """Up to `size` bytes; b"" once for the end of a cut pipe, None where there is nothing."""
        if self._bytes:
            data = bytes(self._bytes[:size])
            del self._bytes[:size]
            return data
        if self.is_cut and not self.end_seen:
            self.end_seen = True
            return b""
        return None

    def cut(self, lost: int) -> None:
        """No byte more gets in, and the last `lost` never arrive."""
        self.is_cut = True
        del self._bytes[max(0, len(self._bytes) - lost) :]


class DataLink:
    """Both ends of one data connection and the pipes between them."""

    def __init__(self, ticket: bytes) -> None:
        self.client = ClientDataConnection(SESSION, ticket)
        self.server = ServerDataConnection()
        self.up, self.down = Pipe(), Pipe()
        self.up.send(self.client.data_to_send())
