# SPDX-License-Identifier: GPL-3.0-or-later
"""When what has arrived of a station was due, by this side's clock; pure.

TUNED says how long ago its first stretch was due; the rest follows from the sound itself, since a
station plays one song behind the other (RFC.md, "The Schedule"). Only while it has nothing to play
does it stand still: neither is silence a loss then, nor is what comes behind it late.
"""

from typing import Final

from data.station_frames import Song

SILENT: Final = 10.0  # seconds without a stretch, behind which the station itself was silent


class Axis:
    """Due times of one station, in seconds.

    Attributes:
        due: when the stretch that comes next was due, or will be.
        is_on_the_air: whether there is something to come; not where the latest TUNED said that
            nothing is due, and nothing has come since.
    """

    def __init__(self, *, behind: float, now: float) -> None:
        """TUNED has come: its first stretch was due `behind` seconds ago."""
        self._arrived_at = now  # when the latest stretch has
        self.tuned(behind=behind, now=now)

    def tuned(self, *, behind: float, now: float) -> None:
        """Another TUNED has come, and what comes next is its first stretch."""
        self.due = now - behind
        self.is_on_the_air = behind > 0
        self._early = 0.0  # seconds by which all but a song's first stretch are due earlier

    def begins(self, song: Song, *, at_start: bool, is_dry: bool, now: float) -> None:
        """The stretch that has come is of this song, whose first it is or a later one.

        `is_dry`: nothing of what came before is left to be heard.
        """
        if at_start and is_dry and now > self._arrived_at + SILENT:
            self.due = now  # the station had nothing to play, and is on the air again
        self._early = song.delay / song.sample_rate if at_start else 0.0

    def arrived(self, seconds: float, *, now: float) -> None:
        """A stretch that sounds so long is there."""
        self._arrived_at, self.is_on_the_air = now, True
        # Of what the encoder has put in front, nothing is due before the song begins.
        early = min(self._early, seconds)
        self.due += seconds - early
        self._early -= early

    def ended(self, song: Song, *, whole: bool) -> None:
        """The song's last stretch is there; a skipped one has lost its end."""
        if whole:
            self.due -= song.padding / song.sample_rate
