# SPDX-License-Identifier: GPL-3.0-or-later
"""When what has arrived of a station was due, by this side's clock; pure.

TUNED says how long ago its first stretch was due; the rest follows from the sound itself, since a
station plays one song behind the other (RFC.md, "The Schedule").
"""

from data.station_frames import Song


class Axis:
    """Due times of one stream, in seconds.

    Attributes:
        due: when the stretch that comes next was due, or will be.
    """

    def __init__(self, due: float) -> None:
        """`due`: of the first stretch."""
        self.due = due
        self._early = 0.0  # seconds by which all but a song's first stretch are due earlier

    def begins(self, song: Song, *, at_start: bool) -> None:
        """The stretches that follow are of this song, from its first one on or a later one."""
        self._early = song.delay / song.sample_rate if at_start else 0.0

    def arrived(self, seconds: float) -> None:
        """A stretch that sounds so long is there."""
        # Of what the encoder has put in front, nothing is due before the song begins.
        early = min(self._early, seconds)
        self.due += seconds - early
        self._early -= early

    def ended(self, song: Song, *, whole: bool) -> None:
        """The song's last stretch is there; a skipped one has lost its end."""
        if whole:
            self.due -= song.padding / song.sample_rate
