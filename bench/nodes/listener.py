# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener behind HAProxy as a process: its sound is on a tape, and what it says is kept."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.taped import TapedClient

LEAVE: Final = 20.0  # seconds for a client to leave; a net, never a measure
STATION: Final = "main"


class Listener(TapedClient):
    """One client, from its start to its end.

    Attributes:
        name: for sentences.
        song: the title of the song that it plays, None for a listener of the station.
        events: what it has said, with the times at which it did.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        number: int,
        song: str | None,
        server: Sequence[str],
        options: Sequence[str],
    ) -> None:
        """Start it, by a `command` that runs words where it shall be; raises ProgramError."""
        self.name = f"listener {number} ({song or 'the station'})"
        self.song = song
        self.events: list[tuple[float, dict[str, Any]]] = []
        asked = ("--tune", STATION, *server)
        if song is not None:
            asked = (*server, "-c", f"play {song}", "-c", "wait")
        super().__init__(command, folder, (*options, *asked))

    def of(self, event: str) -> list[float]:
        """When it has said so."""
        return [at for at, said in list(self.events) if said["event"] == event]

    @property
    def sounds(self) -> bool:
        """Whether something was heard."""
        return bool(self.of("song" if self.song is None else "started"))

    def leave(self) -> None:
        """Tell it to, and wait for that."""
        self.send(signal.SIGINT)
        self.wait(LEAVE)
        self.close()

    def _heard(self, event: dict[str, Any], at: float) -> None:
        self.events.append((at, event))
