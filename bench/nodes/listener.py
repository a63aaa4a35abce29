# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener behind HAProxy as a process: its sound is on a tape, and what it says is kept."""

import signal
from collections.abc import Sequence
from pathlib import Path

from bench.taped import LEAVE, STATION, TapedClient


class Listener(TapedClient):
    """One client, from its start to its end.

    Attributes:
        name: for sentences.
        song: the title of the song that it plays, None for a listener of the station.
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
