# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a catalogue true: a look at the folder, or at what another process has seen."""

from enum import Enum, auto
from typing import Protocol

from gevent.event import Event

from server.library.progress import Progress


class Part(Enum):
    """What a process does for the library of several."""

    ALONE = auto()
    LEADS = auto()  # looks through the folder, and tells the others
    FOLLOWS = auto()  # reads what the one that leads has written


class Eyes(Protocol):
    """What keeps the catalogue true."""

    ready: Event

    @property
    def scanning(self) -> bool:
        """Whether files are being looked for or read."""
        ...

    @property
    def progress(self) -> Progress:
        """How far the library is."""
        ...

    def start(self) -> None:
        """Begin, in the hub of the calling thread."""

    def stop(self) -> None:
        """End everything; waits for nothing that is under way."""

    def reread(self, path: str) -> None:
        """A file turned out not to be what was indexed: have it read again, before all others."""
