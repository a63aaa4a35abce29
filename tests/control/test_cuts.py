# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole connections under any cut of their bytes, and under any bytes at all."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from control.connection import Connection
from control.events import Answer, Cause, Closed, Event
from control.framing import HEADER, encode
from control.message import Message
from control.music_messages import List, Play
from control.roles import ClientConnection, ServerConnection
from control.session_messages import Port, Reopen
from control.states import ClientState, ServerState
from tests.control import drawn
from tests.control.examples import GOLDEN, STREAM, TICKET
from tests.control.peers import client_in, server_in
from tests.pieces import cuts

Peer = ServerConnection | ClientConnection


def asking_client() -> ClientConnection:
    """A client that waits for three answers, of Numbers 2, 3 and 4."""
    client = client_in(ClientState.OPEN)
    client.request(List(0, 100))
    client.request(Play(STREAM.track, STREAM.stream))
    client.request(Reopen())
    client.data_to_send()
    return client


PEERS: list[Callable[[], Peer]] = [
    lambda: server_in(ServerState.AWAIT_HELLO),
    lambda: server_in(ServerState.OPEN),
    lambda: server_in(ServerState.LEAVING),
    lambda: client_in(ClientState.START),
    lambda: client_in(ClientState.AWAIT_WELCOME),
    asking_client,
    lambda: client_in(ClientState.LEAVING),
]


def outcome(make: Callable[[], Peer], pieces: list[bytes]) -> tuple[list[Event], bytes, str]:
    peer = make()
    events = [event for piece in pieces for event in peer.receive_data(piece, now=1)]
    return events, peer.data_to_send(), peer.state.name


def check_is_sane(events: list[Event]) -> None:
    closed = [event for event in events if isinstance(event, Closed)]
    assert closed in ([], events[-1:]), "Closed is the last event, and the only one"


@given(st.sampled_from(PEERS), st.lists(drawn.messages, max_size=5), st.data())
def test_the_cut_does_not_matter(
    make: Callable[[], Peer], messages: list[Message], data: st.DataObject
) -> None:
    numbers = data.draw(st.sampled_from([range(2, 20), range(1, 20), range(5, 0, -1)]))
    octets = b"".join(encode(n, message) for n, message in zip(numbers, messages, strict=False))
    octets += data.draw(st.binary(max_size=12))
    whole = outcome(make, [octets] if octets else [])
    check_is_sane(whole[0])
    pieces = data.draw(cuts(octets))
    assert outcome(make, pieces) == whole


def test_a_long_good_conversation_one_byte_at_a_time() -> None:
    requests = [message for _, message, _, _ in GOLDEN if message.TYPE.name in {"LIST", "STOP"}]
    octets = b"".join(encode(n, message) for n, message in enumerate(requests * 9, 2))
    whole = outcome(PEERS[1], [octets])
    assert len(whole[0]) == 9 * len(requests)
    assert outcome(PEERS[1], [bytes([byte]) for byte in octets]) == whole


def test_answers_one_byte_at_a_time() -> None:
    port = Port(1, 2, TICKET)
    octets = encode(3, STREAM) + encode(4, port)
    whole = outcome(asking_client, [octets])
    assert [event.message for event in whole[0] if isinstance(event, Answer)] == [STREAM, port]
    assert outcome(asking_client, [bytes([byte]) for byte in octets]) == whole


headers = st.builds(
    HEADER.pack,
    st.integers(0, 60),
    st.one_of(st.integers(0, 16), st.integers(0, 0xFFFF)),
    st.integers(0, 9),
)


@given(
    st.sampled_from(PEERS),
    st.lists(st.one_of(st.binary(max_size=60), headers), max_size=8),
)
def test_any_bytes_give_events_or_one_refusal(
    make: Callable[[], Peer], pieces: list[bytes]
) -> None:
    peer = make()
    events: list[Event] = []
    for piece in pieces:
        if piece:
            events += peer.receive_data(piece, now=1)
    check_is_sane(events)
    assert peer.closed is bool(events and isinstance(events[-1], Closed))
    refusals = [event for event in events if isinstance(event, Closed)]
    for refusal in refusals:
        assert refusal.cause in {Cause.REFUSED, Cause.BYE, Cause.GOODBYE, Cause.ERROR}
    assert peer.receive_data(b"anything", now=2) == [] or not refusals
    assert isinstance(peer, Connection)
