# SPDX-License-Identifier: GPL-3.0-or-later
"""Says the messages of stations and relays in the words of RFC.md."""

from collections.abc import Iterable, Iterator
from typing import Final

from control import queue_messages as queue
from control import relay_messages as relay
from control import station_messages as station
from control.message import Message
from tests.rfc.words import Line, fields, flags

# Those that have nothing but numbers, texts and octets.
FIELDS: Final[dict[type[Message], str]] = {
    station.Enqueue: "Track, Station",
    queue.Queue: "First, Limit, Station",
    queue.Now: "Station",
    queue.OnAir: (
        "Song, Track, Elapsed, Duration, Listeners, Votes, Needed, Title, Artist, Album, By"
    ),
    queue.Skip: "Song, Station",
    relay.Relay: "Port, Children, Rate, Key",
    relay.Relaying: "Children, Time",
    relay.Report: "Stream, Node, Offset, Buffered, Pace",
    relay.Accuse: "Stream, Node, Offset",
}


def _stations(m: station.Stations) -> Iterator[Line]:
    yield "Count", str(len(m.stations))
    for entry in m.stations:
        yield from fields(entry, "Station, Listeners, Title, Artist")


def _tune(m: station.Tune) -> Iterator[Line]:
    yield from fields(m, "Stream, Offset, Station Id, Station")
    if m.relayed:
        yield "RELAYED", "empty"


def _tuned(m: station.Tuned) -> Iterator[Line]:
    yield from fields(m, "Stream, Offset, Behind, Station Id, Key")
    yield "Flags", flags(PLACED=(m.placed, 1))


def _enqueued(m: station.Enqueued) -> Iterator[Line]:
    yield "Flags", flags(ALREADY=(m.already, 1))
    yield from fields(m, "Place, Starts In")


def _entries(m: queue.Entries) -> Iterator[Line]:
    yield from fields(m, "Total")
    yield "Count", str(len(m.entries))
    for entry in m.entries:
        yield from fields(entry, "Track, Starts In, Duration, Title, Artist, By")


def _votes(m: queue.Votes) -> Iterator[Line]:
    yield "Flags", flags(SKIPPED=(m.skipped, 1))
    yield from fields(m, "Votes, Needed")


def _parents(m: relay.Parents) -> Iterator[Line]:
    yield from fields(m, "Stream")
    yield "Count", str(len(m.parents))
    for parent in m.parents:
        yield from fields(parent, "Node, Port, Expires, Ticket, Address")


def station_message(message: Message) -> Iterable[Line]:  # noqa: PLR0911 one each
    """The fields of a message of stations or relays; of any other one, nothing."""
    match message:
        case station.Stations():
            return _stations(message)
        case station.Tune():
            return _tune(message)
        case station.Tuned():
            return _tuned(message)
        case station.Enqueued():
            return _enqueued(message)
        case queue.Entries():
            return _entries(message)
        case queue.Votes():
            return _votes(message)
        case relay.Parents():
            return _parents(message)
        case _:
            return fields(message, FIELDS.get(type(message), ""))
