# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener of the station as a process: a relay, whose sound is on a tape."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.taped import CLIENT, TapedClient

STATION: Final = "main"
LEAVE: Final = 20.0  # seconds for a client to leave; a net, never a measure


class Member(TapedClient):
    """One listener, from its start to its end.

    Attributes:
        number: its own, which nobody else ever had.
        port: where it listens for children, by which the server's tree shows it.
        is_liar: what it passes on is forged.
        events: what it has said, with the times at which it did.
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
        self.events: list[tuple[float, dict[str, Any]]] = []
        options = ("--tune", STATION, "--relay", str(port), server)
        super().__init__(command, folder, options, program)

    def interrupt(self) -> None:
        """Tell it to leave."""
        self.send(signal.SIGINT)

    def close(self) -> None:
        """Gather what is left of it; it is killed where it does not end."""
        self.wait(LEAVE)
        super().close()

    def _heard(self, event: dict[str, Any], at: float) -> None:
        self.events.append((at, event))
