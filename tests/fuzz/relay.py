# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections between listeners: any bytes give frames, or the one refusal, however cut."""

from collections.abc import Callable

from data.frames import Fail
from data.relay_connection import ChildConnection, ParentConnection
from data.station_frames import Branch, Join, Leave
from tests.fuzz.data import ends, seeds_of, told
from tests.fuzz.target import Target

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


def check(data: bytes) -> None:
    """In every state: frames that have a place there, or a refusal, and then nothing more."""
    said = told(PEERS, data)
    for frame in said.frames:
        if isinstance(said.end, ChildConnection) and not isinstance(frame, Fail):
            assert frame.session in {JOIN.session, SERVERS_JOIN.session}
    is_told = bool(said.frames) and isinstance(said.frames[-1], Fail | Leave)
    ends(said, was_over=bool(said.refusal) or is_told)


TARGETS = (Target("data-relays", lambda: seeds_of(PEERS), check),)
