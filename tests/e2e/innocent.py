# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener who does nothing wrong while others do, and must not miss a byte."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.frames import End
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Address


@dataclass(frozen=True, slots=True)
class Music:
    """A folder of songs, and the audio bytes of each: those of track 1 come first."""

    folder: Path
    songs: list[bytes]


@contextmanager
def innocent_listener(address: Address, track: int, audio: bytes) -> Generator[Listener]:
    """Somebody is in the middle of a track during the block; behind it every byte is compared."""
    with Listener(address) as listener:
        listener.play(track)
        listener.credit(len(audio) // 3)
        listener.receive(len(audio) // 4)
        yield listener
        # Both connections are as alive as before ...
        assert listener.tracks().total > 0
        listener.credit(2 * len(audio) // 3)
        listener.receive(len(audio) // 2)
        # ... and nothing is missing, doubled or changed.
        assert listener.receive_all() == audio
        assert isinstance(listener.outcome, End)
        listener.bye()
