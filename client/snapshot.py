# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine publishes about the conversation, so that any thread can make a Status of it."""

from dataclasses import dataclass, replace

from client.plays import Wish
from client.reports import Activity, Status
from client.song import Song, track_line
from client.tuning.tunes import TuneWish
from data.estimate import Measured


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A Status at one moment, without how far the song was heard.

    Attributes:
        status: its `position` is where the song begins; a seek counts from when the server has
            accepted it.
        song: the number of the song that the player has to be asked about; 0 where there is none.
    """

    status: Status
    song: int = 0

    def heard(self, song: int, seconds: float) -> Status:
        """The status when so much of this song was heard."""
        if song != self.song or song == 0:
            return self.status
        position = self.status.position + seconds
        return replace(self.status, position=min(position, self.status.duration))


def snapshot(
    song: Song | None,
    wish: Wish | TuneWish | None,
    *,
    greeted: bool,
    linked: bool,
    measured: Measured | None,
) -> Snapshot:
    """The snapshot of a song (or none) and of the latest wish that is not answered (or none)."""
    rate = None if measured is None else measured.steady
    if song is None:
        idle = Activity.STOPPED if wish is None else Activity.BUFFERING
        activity = idle if greeted else Activity.CONNECTING
        return Snapshot(Status(activity, linked, rate=rate))
    activity = _activity(song)
    # While what the sink still has is heard, nobody waits.
    outlook = song.outlook if activity is Activity.BUFFERING else None
    status = Status(
        activity=activity,
        linked=linked,
        track=track_line(song.info),
        position=song.start,
        buffered_to=song.arrived_to,
        duration=song.duration,
        rate=rate,
        mark=None if outlook is None else outlook.mark,
        # Nobody can tell how long the link will be lost.
        wait=outlook.wait if outlook is not None and linked else None,
        received=song.received,
        stalls=song.stalls,
    )
    return Snapshot(status, song.number)


def _activity(song: Song) -> Activity:
    if song.is_paused:
        return Activity.PAUSED
    sounding = song.has_sounded and song.stalled_at is None
    return Activity.PLAYING if sounding else Activity.BUFFERING
