# SPDX-License-Identifier: GPL-3.0-or-later
"""Control connections: any bytes give messages, or the one refusal, however they are cut."""

from collections.abc import Callable, Iterator

from common.constants import MAX_BODY
from common.errors import ProtocolError
from control.events import Cause, Closed, Event
from control.framing import HEADER, MESSAGES, Deframer, Numbered, encode
from control.music_messages import List, Play
from control.queue_messages import Queue
from control.relay_messages import Relay
from control.roles import ClientConnection, ServerConnection
from control.session_messages import Bye, Reopen
from control.states import ClientState, ServerState
from control.station_messages import Browse, Tune
from tests.control.examples import GOLDEN, STREAM
from tests.control.peers import client_in, server_in
from tests.fuzz.target import Target, head, pieces
from tests.rfc.document import conversations, vectors

Peer = ServerConnection | ClientConnection
Outcome = tuple[list[Numbered], str]  # the messages, and why there are no more


def wire() -> Iterator[bytes]:
    """Every vector of the RFC for a control connection, and both halves of its conversation."""
    for vector in vectors():
        if "control" in vector.words[:3]:
            yield vector.octets
    for steps in conversations().values():
        for sender in ("client", "server"):
            said = [step for step in steps if step.words[0] == "control"]
            yield b"".join(step.octets for step in said if step.words[2] == sender)
    yield b"".join(encode(number, message) for number, message, _, _ in GOLDEN)


def _frames_seeds() -> Iterator[bytes]:
    for number, octets in enumerate(wire()):
        yield bytes([number % 256]) + octets


def _deframed(parts: list[bytes]) -> Outcome:
    deframer = Deframer()
    found: list[Numbered] = []
    for part in parts:
        try:
            for message in deframer.feed(part):  # what comes in front of a refusal has come
                found.append(message)  # noqa: PERF402
        except ProtocolError as broken:
            return found, str(broken)
        assert deframer.buffered < HEADER.size + MAX_BODY, "it holds more than a message"
    return found, ""


def check_frames(data: bytes) -> None:
    """The cut changes nothing, and every message encodes to the bytes it was read from."""
    (choice,), octets = head(data, 1)
    found, refusal = _deframed([octets])
    assert _deframed(pieces(octets, choice)) == (found, refusal)
    bodies = list(_known(octets))
    assert len(found) <= len(bodies)
    for (number, message), (original, body) in zip(found, bodies, strict=False):
        again = encode(number, message)
        assert number == original
        if not isinstance(message, Tune | Bye):  # others may stand in front of its extension field
            assert body.startswith(again[HEADER.size :]), "it encodes to other bytes"
        assert _deframed([again]) == ([(number, message)], "")


def _known(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and body of each message of a known type, by a reader of its own."""
    at = 0
    while at + HEADER.size <= len(octets):
        length, kind, number = HEADER.unpack_from(octets, at)
        at += HEADER.size
        if kind in MESSAGES and at + length <= len(octets):
            yield number, octets[at : at + length]
        at += length


def _asking_client() -> ClientConnection:
    """A client that waits for seven answers, of Numbers 2 to 8, and has said PING with 9."""
    client = client_in(ClientState.OPEN)
    client.request(List(0, 100))
    client.request(Play(STREAM.track, STREAM.stream))
    client.request(Reopen())
    client.request(Browse())
    client.request(Tune(STREAM.stream, "main", relayed=True))
    client.request(Queue(1, 20, "main"))
    client.request(Relay(55500, 8))
    client.tick(now=20)
    client.data_to_send()
    return client


PEERS: tuple[Callable[[], Peer], ...] = (
    lambda: server_in(ServerState.AWAIT_HELLO),
    lambda: server_in(ServerState.GREETED),
    lambda: server_in(ServerState.OPEN),
    lambda: server_in(ServerState.LEAVING),
    lambda: client_in(ClientState.START),
    lambda: client_in(ClientState.AWAIT_WELCOME),
    _asking_client,
    lambda: client_in(ClientState.LEAVING),
)


def _peers_seeds() -> Iterator[bytes]:
    for number, octets in enumerate(wire()):
        for state in range(len(PEERS)):
            if (number + state) % 3 == 0:
                yield bytes([state, number % 256]) + octets


def _conversed(make: Callable[[], Peer], parts: list[bytes]) -> tuple[list[Event], bytes, str]:
    peer = make()
    events: list[Event] = []
    for part in parts:
        events += peer.receive_data(part, now=1)
    return events, peer.data_to_send(), peer.state.name


def check_peers(data: bytes) -> None:
    """In every state: events, then at most one `Closed`; what is said back is well formed."""
    (state, choice), octets = head(data, 2)
    make = PEERS[state % len(PEERS)]
    whole = _conversed(make, [octets] if octets else [])
    assert _conversed(make, pieces(octets, choice)) == whole
    events, said, _ = whole
    closed = [event for event in events if isinstance(event, Closed)]
    assert closed in ([], events[-1:]), "Closed is the last event, and the only one"
    assert all(event.cause not in {Cause.LOST, Cause.TIMEOUT} for event in closed)
    assert _deframed([said])[1] == "", "it says what it would refuse itself"
    _check_the_end(make, octets)


def _check_the_end(make: Callable[[], Peer], octets: bytes) -> None:
    """After any bytes time can pass and the connection can end, once."""
    peer = make()
    ends = [event for event in _fed(peer, octets) if isinstance(event, Closed)]
    for now in range(2, 400, 30):
        ends += [event for event in peer.tick(now=now) if isinstance(event, Closed)]
    ends += [event for event in peer.receive_data(b"", now=400) if isinstance(event, Closed)]
    assert len(ends) <= 1
    assert peer.closed
    assert peer.deadline() is None
    assert _fed(peer, octets) == []


def _fed(peer: Peer, octets: bytes) -> list[Event]:
    return peer.receive_data(octets, now=1) if octets else []


TARGETS = (
    Target("control-frames", _frames_seeds, check_frames),
    Target("control-peers", _peers_seeds, check_peers),
)
