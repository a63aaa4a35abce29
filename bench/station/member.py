# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener of the station as a process: a relay, whose sound is on a tape."""

import signal
from collections.abc import Sequence
from pathlib import Path

from bench.taped import CLIENT, LEAVE, STATION, TapedClient


class Member(TapedClient):
    """One listener, from its start to its end.

    Attributes:
        number: its own, which nobody else ever had.
        port: where it listens for children, by which the server's tree shows it.
        is_liar: what it passes on is forged.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        number: int,
        port: int,
        server: str,
        program: Sequence[str] = CLIENT,
    ) -> None:
        """Start it; `server` is HOST:PORT. Raises ProgramError."""
        self.number, self.port = number, port
        self.is_liar = program is not CLIENT
        options = ("--tune", STATION, "--relay", str(port), server)
        super().__init__(command, folder, options, program)

    def interrupt(self) -> None:
        """Tell it to leave."""
        self.send(signal.SIGINT)

    def close(self) -> None:
        """Gather what is left of it; it is killed where it does not end."""
        self.wait(LEAVE)
        super().close()
