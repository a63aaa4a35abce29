# SPDX-License-Identifier: GPL-3.0-or-later
"""Feeds a live mount as an encoder would: MPEG frames of 128 kbit/s, at the pace of the music."""

import base64
import random
import socket
import threading
import time
from typing import Final

from bench.load import FRAME, RATE

TOGETHER: Final = 4  # frames in one send: a tenth of a second
PATIENCE: Final = 10.0  # seconds


class LiveSource:
    """A source client in a thread of its own, from construction until `close`."""

    def __init__(self, host: str, port: int, mount: str, password: str) -> None:
        """Connect and be accepted; raises OSError."""
        self._sock = socket.create_connection((host, port), PATIENCE)
        token = base64.b64encode(f"source:{password}".encode()).decode()
        request = (
            f"PUT {mount} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {token}\r\n"
            "Content-Type: audio/mpeg\r\nUser-Agent: bench\r\n\r\n"
        )
        self._sock.sendall(request.encode())
        answer = self._sock.recv(4096)
        if b" 200 " not in answer.split(b"\r\n", 1)[0]:
            self._sock.close()
            raise OSError(f"the source was refused: {answer[:80]!r}")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take the mount away."""
        self._over.set()
        self._thread.join()
        self._sock.close()

    def _feed(self) -> None:
        rng = random.Random(1)
        header = bytes.fromhex("fffb9064") + bytes(32)
        frames = b"".join(header + rng.randbytes(FRAME - len(header)) for _ in range(TOGETHER))
        begin = time.monotonic()
        sent = 0
        try:
            while not self._over.wait(max(0.0, begin + sent / RATE - time.monotonic())):
                self._sock.sendall(frames)
                sent += len(frames)
        except OSError:
            return  # the server has gone; the listeners tell of it
