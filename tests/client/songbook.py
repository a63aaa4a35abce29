# SPDX-License-Identifier: GPL-3.0-or-later
"""What a playbook's two songs measure, and what is asked of it again and again."""

from client.effects import Effect
from client.reports import Status, TrackLine
from common.constants import FIRST_WINDOW
from control.music_messages import Play, StartKind
from data.credit import Flight
from tests.client.playbook import Playbook
from tests.client.served import FRAME


def tuned(size: int) -> int:
    """The window, in bytes, on a link that has brought so much in no time."""
    flight = Flight()
    flight.arrived(size, now=0)
    return flight.size


FIRST = FIRST_WINDOW // FRAME * FRAME  # bytes: whole frames of the first window
TOTAL = 300 * FRAME  # bytes of track 1
TUNED = tuned(FIRST)

CLOSED = "The server closed the connection."
DATA_CLOSED = "The server closed the data connection."


def rest(book: Playbook, stream: int, start: int, window: int = TUNED) -> Play:
    """The PLAY for the rest of track 1."""
    digest = book.tracks[1].index.digest
    return Play(1, stream, StartKind.OFFSET, start, window, digest)


def line(track: int) -> TrackLine:
    """What the client tells of a track."""
    duration = {1: 7837, 2: 5225}[track]
    return TrackLine(track, duration, f"Song {track}", "", "")


def status(book: Playbook) -> Status:
    """How the client stands now."""
    return book.client.snapshot(now=book.now).status


def dry(book: Playbook, song: int, now: float) -> list[Effect]:
    """The buffer of this song has closed its gate."""
    return book.client.ran_dry(song, now=now)
