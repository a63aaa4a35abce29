# SPDX-License-Identifier: GPL-3.0-or-later
"""Events as JSON, one object a line, for programs; `client/JSON.md` documents every field. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from client.answers import (
    CommandFailed,
    Did,
    Event,
    Help,
    Matches,
    Page,
    Playing,
    StatusShown,
    Tracks,
)
from client.reports import (
    Connected,
    Continued,
    Disconnected,
    Finished,
    LinkBack,
    LinkLost,
    Notice,
    SongFailed,
    Stalled,
    Started,
    Status,
    TrackLine,
)
from client.tuning.answers import SongRequested
from client.tuning.reports import (
    Missed,
    OnAirNow,
    RequestsListed,
    SongHeard,
    StationsListed,
    StationStatus,
    TunedIn,
    Voted,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Fields = Mapping[str, object]

_NAMES: Final[dict[type[Event], str]] = {
    Matches: "matches",
    Playing: "playing",
    CommandFailed: "failed",
    Connected: "connected",
    Started: "started",
    Stalled: "stalled",
    Continued: "continued",
    Finished: "finished",
    SongFailed: "song_failed",
    LinkLost: "link_lost",
    LinkBack: "link_back",
    Notice: "notice",
    Disconnected: "disconnected",
    StationsListed: "stations",
    TunedIn: "tuned",
    SongHeard: "song",
    Missed: "missed",
    SongRequested: "requested",
    RequestsListed: "requests",
    OnAirNow: "now",
    Voted: "votes",
}


def objects(event: Event) -> list[Fields]:
    """The objects that stand for an event, in order; `event` names the kind of each."""
    match event:
        case Page(tracks):
            return _tracks(tracks)
        case Tracks():
            listed = _fields(event)
            del listed["tracks"]
            return [*_tracks(event.tracks), {"event": "listed", **listed}]
        case Did():
            return [{"event": event.value}]
        case StatusShown(status):
            return [_status(status)]
        case Help(rows):
            return [{"event": "help", "usage": row.usage, "summary": row.summary} for row in rows]
        case _:
            return [{"event": _NAMES[type(event)], **_fields(event)}]


def ended(command: str, *, ok: bool) -> Fields:
    """The object that closes each command of a script."""
    return {"event": "ended", "command": command, "ok": ok}


def line(fields: Fields) -> str:
    """One object as a line, in ASCII: right in every locale, and nothing for a terminal to obey."""
    return json.dumps(fields, ensure_ascii=True, allow_nan=False, separators=(", ", ": "))


def _fields(thing: "DataclassInstance") -> dict[str, object]:
    """The fields by their names, which are the documented ones; floats to three decimals."""
    plain = asdict(thing)
    plain.pop("tag", None)  # of the engine's, which no program has seen
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in plain.items()
    }


def _tracks(tracks: tuple[TrackLine, ...]) -> list[Fields]:
    return [{"event": "track", **_fields(track)} for track in tracks]


def _status(status: Status) -> Fields:
    return {
        "event": "status",
        "activity": status.activity.value,
        "linked": status.linked,
        "track": None if status.track is None else _fields(status.track),
        "position_s": round(status.position, 3),
        "buffered_to_s": round(status.buffered_to, 3),
        "duration_s": round(status.duration, 3),
        "bytes_per_second": None if status.rate is None else round(status.rate),
        "mark_s": None if status.mark is None else round(status.mark, 3),
        "wait_s": None if status.wait is None else round(status.wait, 3),
        "received_bytes": status.received,
        "stalls": status.stalls,
        "station": None if status.station is None else _station(status.station),
    }


def _station(station: StationStatus) -> Fields:
    return {
        "name": station.name,
        "song": None if station.song is None else _fields(station.song),
        "behind_s": None if station.behind is None else round(station.behind, 3),
        "drift_ppm": station.drift,
        "feeder": station.feeder,
        "relay": {
            "depth": station.relay.depth,
            "children": station.relay.children,
            "bytes_per_second": round(station.relay.rate),
        },
    }
