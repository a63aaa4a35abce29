# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate between what has arrived of a station and its player: when it opens, and its stalls."""

from dataclasses import dataclass
from typing import Final

from common.constants import START_BACK

START: Final = 1.0  # seconds of sound with which a station starts
RESUME: Final = 2.0  # seconds of sound with which it goes on behind a stall
MOST_START: Final = float(START_BACK)  # seconds; more would not come at once


@dataclass(frozen=True, slots=True)
class StartMarks:
    """Seconds of sound with which a station starts, and goes on behind a stall."""

    start: float = START
    resume: float = RESUME


def start_marks(least: float | None) -> StartMarks:
    """The marks where the user wants at least so many seconds of sound before a song starts."""
    if least is None:
        return StartMarks()
    start = min(least, MOST_START)
    return StartMarks(start, min(2 * start, MOST_START))


class Gate:
    """Shut until there is enough to start with, and again from a stall on.

    Attributes:
        is_open: whether the player may take bytes.
        is_hurried: the listener does not want to wait for more.
        has_sounded: whether the first sound was heard.
        stalls: how often the sound stopped because nothing had arrived.
    """

    def __init__(self) -> None:
        """Nothing has arrived."""
        self.is_open = False
        self.is_hurried = False
        self.has_sounded = False
        self.stalls = 0
        self._fresh = 0.0  # seconds of sound that have come since it was shut
        self._goes_on = False  # it does not start, but goes on
        self._stalled_at: float | None = None  # when the sound stopped, while it has not gone on

    @property
    def is_sounding(self) -> bool:
        """Whether sound is heard now."""
        return self.has_sounded and self._stalled_at is None

    def mark(self, marks: StartMarks) -> float:
        """Seconds of sound with which it opens."""
        return marks.resume if self._goes_on else marks.start

    def is_ready(self, marks: StartMarks) -> bool:
        """Whether it is shut, and there is enough to open it."""
        if self.is_open or not self._fresh:
            return False
        return self.is_hurried or self._fresh >= self.mark(marks)

    def arrived(self, seconds: float) -> None:
        """So much sound has come that will be heard."""
        self._fresh += seconds

    def open(self) -> None:
        """Let the player take bytes."""
        self.is_open, self.is_hurried = True, False

    def shut(self) -> None:
        """What has come is not to be heard."""
        self.is_open, self._fresh = False, 0.0

    def ran_dry(self) -> None:
        """Everything was decoded: it is shut."""
        self.shut()
        self._goes_on = self.has_sounded

    def hurry(self) -> bool:
        """Let it open with what there is; False where it does not wait."""
        if self.is_open:
            return False
        self.is_hurried = True
        return True

    def sounds(self) -> None:
        """The first sound is heard."""
        self.has_sounded = True

    def stalled(self, now: float) -> bool:
        """The player has nothing more to give; whether that begins a stall."""
        if self.is_open or self._stalled_at is not None:
            return False
        self.stalls += 1
        self._stalled_at = now
        return True

    def continued(self, now: float) -> float | None:
        """The player gives again; how many seconds the stall has lasted, None where it was none."""
        since, self._stalled_at = self._stalled_at, None
        return None if since is None else now - since
