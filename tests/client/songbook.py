# SPDX-License-Identifier: GPL-3.0-or-later
"""What a playbook's two songs measure, and what is asked of it again and again."""

from client.effects import Effect
from client.reports import Status, TrackLine
from common.constants import FIRST_WINDOW
from control.music_messages import Play, StartKind
from tests.client.playbook import Playbook
from tests.client.served import FRAME

FIRST = FIRST_WINDOW // FRAME * FRAME  # bytes: whole frames of the first window
TOTAL = 400 * FRAME  # bytes of track 1
RATE = FIRST * 10  # bytes per second: the shortest time that is measured is 0.1 s

CLOSED = "The server closed the connection."
DATA_CLOSED = "The server closed the data connection."


def rest(book: Playbook, stream: int, start: int, window: int = RATE) -> Play:
    """The PLAY for the rest of track 1."""
    digest = book.tracks[1].index.digest
    return Play(1, stream, StartKind.OFFSET, start, window, digest)


def line(track: int) -> TrackLine:
    """What the client tells of a track."""
    duration = {1: 10449, 2: 7837}[track]
    return TrackLine(track, duration, f"Song {track}", "", "")


def status(book: Playbook) -> Status:
    """How the client stands now."""
    return book.client.snapshot(now=book.now).status


def dry(book: Playbook, song: int, now: float) -> list[Effect]:
    """The buffer of this song has closed its gate."""
    return book.client.ran_dry(song, now=now)
