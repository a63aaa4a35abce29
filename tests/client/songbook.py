# SPDX-License-Identifier: GPL-3.0-or-later
"""What a playbook's two songs measure, and what is asked of it again and again."""

from client.effects import Effect
from client.reports import Status, TrackLine
from common.constants import FIRST_WINDOW
from control.music_messages import Play, StartKind
from data.estimate import Estimate
from tests.client.playbook import Playbook
from tests.client.served import FRAME


def burst_rate(size: int) -> int:
    """The window, in bytes, of a link that has brought so much in no time."""
    estimate = Estimate(16_000)
    estimate.received(size, now=0)
    measured = estimate.measured(now=0)
    assert measured is not None
    return int(measured.credit_rate)


FIRST = FIRST_WINDOW // FRAME * FRAME  # bytes: whole frames of the first window
TOTAL = 400 * FRAME  # bytes of track 1
RATE = burst_rate(FIRST)

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
