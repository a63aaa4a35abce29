# SPDX-License-Identifier: GPL-3.0-or-later
"""Data connections of every role in every state that RFC.md's test vectors name."""

from collections.abc import Callable
from typing import Protocol

from common.ed25519 import verifier
from data.connection import ClientDataConnection, ServerDataConnection
from data.connection_end import Lost
from data.frames import Attach, Attached, Data, End, Fail
from data.receiver import Receiver
from data.relay_connection import ChildConnection, ParentConnection
from data.station.listener import StationReceiver
from data.station_frames import SERVER_NODE, Branch, Join, Seal, SongFrame
from tests.rfc.document import vectors

SESSION = 7
TICKET = bytes(16)
CHILD = 15
JOIN = Join(CHILD, 3, 5983000, bytes(16), 0, bytes(32))
BEGINNING = 5983494  # station offset at which TUNED and BRANCH let the stream begin
TRACKS_STREAM = 1
STATIONS_STREAM = 2


class _Connection(Protocol):
    @property
    def closed(self) -> bool: ...


class DataPeer:
    """One end, with the receivers that a client has behind it."""

    def __init__(self, connection: _Connection, feed: Callable[[bytes], list[object]]) -> None:
        self._connection = connection
        self.feed = feed

    @property
    def closed(self) -> bool:
        """Whether the connection is over."""
        return self._connection.closed


def peer_in(role: str, state: str) -> DataPeer:
    """A connection of this role, brought into this state."""
    return _MAKERS[role](state)


def _server(state: str) -> DataPeer:
    server = ServerDataConnection()
    if state == "ATTACHED":
        server.receive_data(Attach(SESSION, TICKET).encode())
    return DataPeer(server, lambda data: list(server.receive_data(data)))


def _client(state: str) -> DataPeer:
    client = ClientDataConnection(SESSION, TICKET)
    receiver = Receiver()
    if state != "AWAIT_ATTACHED":
        client.receive_data(Attached(SESSION).encode())
        receiver.ask(TRACKS_STREAM, window=52)
        receiver.accept(TRACKS_STREAM, offset=0, total=78, digest=bytes(32))
    station = _station_receiver() if state == "TUNED" else None

    def feed(data: bytes) -> list[object]:
        events: list[object] = []
        for frame in client.receive_data(data):
            events.append(frame)
            match frame:
                case SongFrame() | Data() | Seal() if station and frame.stream == STATIONS_STREAM:
                    events += station.receive(SERVER_NODE, frame)
                case Fail(stream=0) | Attached() | Lost():
                    pass
                case SongFrame() | Data() | Seal() | End() | Fail():
                    events += receiver.receive(frame)
        return events

    return DataPeer(client, feed)


def _station_receiver() -> StationReceiver:
    (song,) = [vector for vector in vectors() if vector.words == ("worked", "song")]
    worked = song.values()
    station_id, key = bytes.fromhex(worked["Station Id"]), bytes.fromhex(worked["Key"])
    return StationReceiver(station_id, verifier(key), BEGINNING)


def _parent(state: str) -> DataPeer:
    parent = ParentConnection()
    if state == "JOINED":
        parent.receive_data(JOIN.encode())
    return DataPeer(parent, lambda data: list(parent.receive_data(data)))


def _child(state: str) -> DataPeer:
    child = ChildConnection(JOIN)
    if state == "FED":
        child.receive_data(Branch(CHILD, JOIN.stream, BEGINNING, (7, 12)).encode())
    return DataPeer(child, lambda data: list(child.receive_data(data)))


_MAKERS = {"server": _server, "client": _client, "parent": _parent, "child": _child}
