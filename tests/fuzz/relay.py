# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections between listeners: any bytes give frames, or the one refusal, however cut."""

from collections.abc import Callable, Iterator

from common.errors import ProtocolError
from data.connection import Lost
from data.frames import Fail
from data.relay_connection import ChildConnection, ParentConnection
from data.station_frames import Branch, Join, Leave
from tests.fuzz.data import Event, joined, wire
from tests.fuzz.target import Target, head, pieces

JOIN = Join(15, 3, 5983000, bytes(range(16)), 1795219260, bytes(32))
BRANCH = Branch(15, 3, 5983000, (7, 12))
SERVERS_JOIN = Join(0, 1, 0, bytes(range(16)), 1795219260, bytes(32))
Peer = ParentConnection | ChildConnection


def _joined() -> ParentConnection:
    parent = ParentConnection()
    parent.receive_data(JOIN.encode())
    return parent


def _fed() -> ChildConnection:
    child = ChildConnection(JOIN)
    child.receive_data(BRANCH.encode())
    return child


PEERS: tuple[Callable[[], Peer], ...] = (
    ParentConnection,
    _joined,
    lambda: ChildConnection(JOIN),
    _fed,
    lambda: ChildConnection(SERVERS_JOIN),
)


def _seeds() -> Iterator[bytes]:
    for number, octets in enumerate(wire()):
        for state in range(len(PEERS)):
            yield bytes([state, number % 256]) + octets


def _received(peer: Peer, parts: list[bytes]) -> tuple[list[Event], str]:
    events: list[Event] = []
    for part in parts:
        try:
            events += peer.receive_data(part)
        except ProtocolError as broken:
            assert peer.closed
            return joined(events), str(broken)
    return joined(events), ""


def check(data: bytes) -> None:
    """In every state: frames that have a place there, or a refusal, and then nothing more."""
    (state, choice), octets = head(data, 2)
    make = PEERS[state % len(PEERS)]
    peer = make()
    events, refusal = _received(peer, [octets] if octets else [])
    cut = make()
    found, why = _received(cut, pieces(octets, choice))
    assert why == refusal
    assert cut.closed is peer.closed
    # What came with a refusal is not told; cut elsewhere, it came before.
    assert found == events if not refusal else found[: len(events)] == events
    for event in found:
        assert not isinstance(event, Lost), "an end that was none"
        if isinstance(peer, ChildConnection) and not isinstance(event, Fail):
            assert event.session in {JOIN.session, SERVERS_JOIN.session}
    ended = bool(refusal) or bool(events and isinstance(events[-1], Fail | Leave))
    assert list(peer.receive_data(b"")) == ([] if ended else [Lost()])
    assert peer.closed
    assert peer.receive_data(octets or b"x") == []


TARGETS = (Target("data-relays", _seeds, check),)
