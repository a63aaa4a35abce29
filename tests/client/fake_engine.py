# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine without server, sound and thread: it answers at once, on the thread that asks."""

from dataclasses import replace

from client.engine_like import OnReport
from client.reports import (
    Accepted,
    Activity,
    Connected,
    Disconnected,
    Done,
    Finished,
    Listed,
    Refused,
    Report,
    SongFailed,
    Status,
    TrackLine,
)
from client.requests import EngineRequest, ListTracks, Pause, PlayTrack, Quit, Seek, StopSong
from client.sentences import NOTHING_PLAYS
from client.tuning.reports import (
    Requested,
    StationLine,
    StationsListed,
    StationStatus,
    TunedIn,
)
from client.tuning.requests import BrowseStations, RequestSong, Tune

TRACKS = (
    TrackLine(1, 83_000, "Für Elise", "Ludwig van Beethoven", "Bagatelles"),
    TrackLine(2, 225_500, "Gymnopédie No. 1", "Erik Satie", "Gymnopédies"),
    TrackLine(3, 3_723_000, "Gymnopédie No. 2", "Erik Satie", "Gymnopédies"),
)
STATIONS = (
    StationLine("jazz", 0, "", ""),
    StationLine("main", 3, "Für Elise", "Ludwig van Beethoven"),
)
GREETING = Connected("host:1", resumed=False)


class FakeEngine:
    """Knows `tracks`, gives `page` of them at a time, and says `after_play` when a song starts."""

    def __init__(
        self,
        on_report: OnReport,
        *,
        tracks: tuple[TrackLine, ...] = TRACKS,
        page: int = 100,
        greeting: Report = GREETING,
        after_play: tuple[Report, ...] = (),
    ) -> None:
        self.report, self.tracks, self.page = on_report, tracks, page
        self.greeting, self.after_play = greeting, after_play
        self.stations = STATIONS
        self.now = Status(Activity.STOPPED, linked=True)
        self.asked: list[EngineRequest] = []
        self.is_closed = False

    def start(self) -> None:
        self.report(self.greeting)

    def submit(self, request: EngineRequest) -> None:
        self.asked.append(request)
        match request:
            case BrowseStations(tag):
                self.report(StationsListed(tag, self.stations))
            case Tune(tag, name):
                self._tune(tag, name)
            case RequestSong(tag, wanted):
                self.report(Requested(tag, wanted, 1, 61_000, already=False))
            case ListTracks(tag, query, after):
                words = query.casefold().split()
                found = [t for t in self.tracks if all(w in t.title.casefold() for w in words)]
                rest = [track for track in found if track.track > after]
                page = tuple(rest[: self.page])
                more = len(rest) > len(page)
                self.report(Listed(tag, len(found), more=more, scanning=False, tracks=page))
            case PlayTrack(tag, number):
                track = next((t for t in self.tracks if t.track == number), None)
                if track is None:
                    self.report(Refused(tag, "NO_SUCH_TRACK", "The server has no such track."))
                    return
                self._start(tag, track, 0)
            case Seek(tag, to_ms) if self.now.track is not None:
                self._start(tag, self.now.track, to_ms)
            case StopSong(tag) if self.now.track is None and self.now.station is None:
                self.report(Refused(tag, "", NOTHING_PLAYS))
            case Quit():
                self.report(Disconnected("Goodbye.", error=False))
            case _:
                if isinstance(request, StopSong):
                    self.now = Status(Activity.STOPPED, linked=True)
                elif isinstance(request, Pause):
                    self.now = replace(self.now, activity=Activity.PAUSED)
                self.report(Done(request.tag))

    def _tune(self, tag: int, name: str) -> None:
        if name not in [line.station for line in self.stations]:
            self.report(Refused(tag, "NO_SUCH_STATION", "The server has no such station."))
            return
        heard = StationStatus(name, behind=6.0)
        self.now = Status(Activity.PLAYING, linked=True, station=heard)
        self.report(TunedIn(tag, len(self.asked), name, 6000))

    def _start(self, tag: int, track: TrackLine, at_ms: int) -> None:
        seconds = track.duration_ms / 1000
        self.now = Status(
            Activity.PLAYING, linked=True, track=track, position=at_ms / 1000, duration=seconds
        )
        self.report(Accepted(tag, len(self.asked), track, at_ms))
        for report in self.after_play:
            if isinstance(report, Finished | SongFailed):
                self.now = Status(Activity.STOPPED, linked=True)
            self.report(report)

    def status(self) -> Status:
        return self.now

    def close(self, timeout: float) -> None:
        self.is_closed = True
