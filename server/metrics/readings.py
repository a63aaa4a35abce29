# SPDX-License-Identifier: GPL-3.0-or-later
"""What the metrics are at this moment: counts as they stand, and the rest looked up when asked."""

from collections import Counter
from collections.abc import Mapping, Sized
from typing import Final

from common.errors import code_name
from server.metrics.heard import HeardTally
from server.metrics.histogram import Histogram
from server.relay.tree import Tree
from server.service import Service
from server.station.broadcast import Broadcast
from server.station.stations import Stations

# What the labels say, in their order, and the value.
Reading = tuple[tuple[str, ...], float | Histogram]
Readings = Mapping[str, list[Reading]]

_NONE: Final = ()


def read(service: Service, tracks: Sized) -> Readings:
    """The readings by the names of the metrics; walks all sessions once."""
    tally = service.tally
    states: Counter[str] = Counter(connected=0, lost=0)
    streams: Counter[str] = Counter(song=0, station=0)
    for session in service.sessions:
        states["connected" if session.lost is None else "lost"] += 1
        if session.sender.sending and (session.tuned is None or session.tuned.is_fed):
            streams["song" if session.tuned is None else "station"] += 1
    codes = {code_name(code): count for code, count in tally.errors.items()}
    return {
        "antiphon_sessions": _each(states),
        "antiphon_sessions_begun": _each(tally.sessions),
        "antiphon_streams": _each(streams),
        "antiphon_streams_begun": _each(tally.streams),
        "antiphon_sent_bytes": [(_NONE, tally.bytes_sent)],
        "antiphon_credit_stalls": [(_NONE, tally.credit_stalls)],
        "antiphon_first_byte_seconds": [(_NONE, tally.first_byte)],
        "antiphon_library_tracks": [(_NONE, len(tracks))],
        "antiphon_errors": _each(codes),
        **of_stations(service.stations),
        **of_listeners(tally.heard),
        "antiphon_event_loop_lag_seconds": [(_NONE, tally.loop_lag)],
    }


def _each(counts: Mapping[str, int]) -> list[Reading]:
    return [((label,), count) for label, count in sorted(counts.items())]


def of_listeners(heard: HeardTally) -> Readings:
    """Those that listeners tell."""
    return {
        "antiphon_heard_reports": [(_NONE, heard.reports)],
        "antiphon_heard_seconds": [(_NONE, heard.seconds)],
        "antiphon_heard_stalls": [(_NONE, heard.stalls)],
        "antiphon_heard_stalled_seconds": [(_NONE, heard.stalled)],
        "antiphon_heard_starts": _each(heard.starts),
        "antiphon_heard_start_median_seconds": _histograms(heard.median),
        "antiphon_heard_start_worst_seconds": _histograms(heard.worst),
    }


def _histograms(of: Mapping[str, Histogram]) -> list[Reading]:
    return [((label,), histogram) for label, histogram in sorted(of.items())]


def of_stations(stations: Stations) -> Readings:
    """Those that are of each station."""
    listeners: list[Reading] = []
    fed: list[Reading] = []
    depths: list[Reading] = []
    lags: list[Reading] = []
    for one in stations:
        tree, label = stations.relays.desk(one.name).tree, (one.name,)
        deepest = tree.branches.deepest()
        listeners.append((label, len(one.listeners)))
        fed.append((label, len(tree.fed)))
        depths.append((label, 0 if deepest is None else deepest.depth))
        lags.append((label, _lag(one, tree)))
    return {
        "antiphon_station_listeners": listeners,
        "antiphon_station_fed": fed,
        "antiphon_station_depth": depths,
        "antiphon_station_lag_seconds": lags,
    }


def _lag(station: Broadcast, tree: Tree) -> float:
    """Seconds behind the live edge, of the listener for whom they are most."""
    rate, live = station.rate(), station.live_edge
    if rate <= 0:
        return 0.0
    worst = 0
    for session in station.listeners.values():
        node, place = tree.nodes.get(session.id), session.tuned
        if node is not None and node.behind is not None:
            worst = max(worst, node.behind)
        elif place is not None and place.is_fed:
            worst = max(worst, live - place.next)
    return worst / rate
