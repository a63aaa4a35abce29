# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine publishes of the station that is heard; see `client.snapshot`."""

from client.reports import Activity, Status, TrackLine
from client.snapshot import Snapshot
from client.tuning.backlog import Aired, song_on_air
from client.tuning.feeding import Feed
from client.tuning.on_air import OnAir
from client.tuning.reports import SongOnAir, StationStatus


def station_snapshot(air: OnAir, feed: Feed, *, linked: bool, now: float) -> Snapshot:
    """The snapshot while a station is heard, or about to be; times are of the song that is."""
    station = air.station
    if station is None:
        raise ValueError("no station is heard")
    aired, gate = station.backlog.heard, station.gate
    song = None if aired is None else song_on_air(aired.song)
    status = Status(
        activity=Activity.PLAYING if gate.is_sounding else Activity.BUFFERING,
        linked=linked,
        track=None if song is None else _line(song),
        position=0.0 if aired is None else aired.joined,
        buffered_to=0.0 if aired is None else _arrived(aired),
        duration=0.0 if aired is None else aired.song.duration / 1000,
        mark=None if gate.is_sounding else air.mark,
        received=station.backlog.received,
        stalls=gate.stalls,
        station=StationStatus(
            station.name,
            song,
            behind=station.behind(now=now) if gate.has_sounded else None,
            drift=air.drift,
            feeder=feed.feeder,
            relay=feed.status(now),
        ),
    )
    return Snapshot(status, station.number)


def _arrived(aired: Aired) -> float:
    return min(aired.joined + aired.arrived, aired.song.duration / 1000)


def _line(song: SongOnAir) -> TrackLine:
    # A station's songs are numbered otherwise than the library's tracks.
    return TrackLine(0, song.duration_ms, song.title, song.artist, song.album)
