# SPDX-License-Identifier: GPL-3.0-or-later
"""Says the messages of stations and relays in the words of RFC.md."""

from collections.abc import Iterable, Iterator

from control import queue_messages as queue
from control import relay_messages as relay
from control import station_messages as station
from control.message import Message
from tests.rfc.words import Line, flags, text


def _stations(m: station.Stations) -> Iterator[Line]:
    yield "Count", str(len(m.stations))
    for entry in m.stations:
        yield "Station", text(entry.station)
        yield "Listeners", str(entry.listeners)
        yield "Title", text(entry.title)
        yield "Artist", text(entry.artist)


def _tune(m: station.Tune) -> Iterator[Line]:
    yield "Stream", str(m.stream)
    yield "Offset", str(m.offset)
    yield "Station Id", m.station_id.hex()
    yield "Station", text(m.station)
    if m.relayed:
        yield "RELAYED", "empty"


def _tuned(m: station.Tuned) -> Iterator[Line]:
    yield "Stream", str(m.stream)
    yield "Offset", str(m.offset)
    yield "Behind", str(m.behind)
    yield "Station Id", m.station_id.hex()
    yield "Key", m.key.hex()
    yield "Flags", flags(PLACED=(m.placed, 1))


def _entries(m: queue.Entries) -> Iterator[Line]:
    yield "Total", str(m.total)
    yield "Count", str(len(m.entries))
    for entry in m.entries:
        yield "Track", str(entry.track)
        yield "Starts In", str(entry.starts_in)
        yield "Duration", str(entry.duration)
        yield "Title", text(entry.title)
        yield "Artist", text(entry.artist)
        yield "By", text(entry.by)


def _on_air(m: queue.OnAir) -> Iterator[Line]:
    yield "Song", str(m.song)
    yield "Track", str(m.track)
    yield "Elapsed", str(m.elapsed)
    yield "Duration", str(m.duration)
    yield "Listeners", str(m.listeners)
    yield "Votes", str(m.votes)
    yield "Needed", str(m.needed)
    yield "Title", text(m.title)
    yield "Artist", text(m.artist)
    yield "Album", text(m.album)
    yield "By", text(m.by)


def _relay(m: relay.Relay) -> Iterator[Line]:
    yield "Port", str(m.port)
    yield "Children", str(m.children)
    yield "Rate", str(m.rate)
    yield "Key", m.key.hex()


def _parents(m: relay.Parents) -> Iterator[Line]:
    yield "Stream", str(m.stream)
    yield "Count", str(len(m.parents))
    for parent in m.parents:
        yield "Node", str(parent.node)
        yield "Port", str(parent.port)
        yield "Expires", str(parent.expires)
        yield "Ticket", parent.ticket.hex()
        yield "Address", text(parent.address)


def _report(m: relay.Report) -> Iterator[Line]:
    yield "Stream", str(m.stream)
    yield "Node", str(m.node)
    yield "Offset", str(m.offset)
    yield "Buffered", str(m.buffered)
    yield "Pace", str(m.pace)


def _accuse(m: relay.Accuse) -> Iterator[Line]:
    yield "Stream", str(m.stream)
    yield "Node", str(m.node)
    yield "Offset", str(m.offset)


def _enqueued(m: station.Enqueued) -> Iterator[Line]:
    yield "Flags", flags(ALREADY=(m.already, 1))
    yield "Place", str(m.place)
    yield "Starts In", str(m.starts_in)


def _queue(m: queue.Queue) -> Iterator[Line]:
    yield "First", str(m.first)
    yield "Limit", str(m.limit)
    yield "Station", text(m.station)


def _votes(m: queue.Votes) -> Iterator[Line]:
    yield "Flags", flags(SKIPPED=(m.skipped, 1))
    yield "Votes", str(m.votes)
    yield "Needed", str(m.needed)


def station_message(message: Message) -> Iterable[Line]:  # noqa: PLR0911, PLR0912 one each
    """The fields of a message of stations or relays; of any other one, nothing."""
    match message:
        case station.Stations():
            return _stations(message)
        case station.Tune():
            return _tune(message)
        case station.Tuned():
            return _tuned(message)
        case station.Enqueue():
            return [("Track", str(message.track)), ("Station", text(message.station))]
        case station.Enqueued():
            return _enqueued(message)
        case queue.Queue():
            return _queue(message)
        case queue.Entries():
            return _entries(message)
        case queue.Now():
            return [("Station", text(message.station))]
        case queue.OnAir():
            return _on_air(message)
        case queue.Skip():
            return [("Song", str(message.song)), ("Station", text(message.station))]
        case queue.Votes():
            return _votes(message)
        case relay.Relay():
            return _relay(message)
        case relay.Relaying():
            return [("Children", str(message.children)), ("Time", str(message.time))]
        case relay.Parents():
            return _parents(message)
        case relay.Report():
            return _report(message)
        case relay.Accuse():
            return _accuse(message)
        case _:
            return []
