# SPDX-License-Identifier: GPL-3.0-or-later
"""Data connections: any bytes give frames, or the one refusal, however they are cut."""

from collections.abc import Callable, Iterator

from common.errors import ProtocolError
from data.connection import ClientDataConnection, Lost, ServerDataConnection
from data.frame_header import HEADER, LARGEST_SONG
from data.frames import Attach, Attached, Data, Deframer, Fail, Frame
from tests.fuzz.target import Target, head, pieces
from tests.rfc.document import conversations, vectors

SESSION = 7
TICKET = bytes(16)
Event = Frame | Lost
Peer = ServerDataConnection | ClientDataConnection
_MOST_HELD = HEADER.size + LARGEST_SONG  # bytes; DATA is given on at once


def wire() -> Iterator[bytes]:
    """Every vector of the RFC for a data connection, and both halves of its conversation."""
    for vector in vectors():
        if "data" in vector.words[:3]:
            yield vector.octets
    for steps in conversations().values():
        for sender in ("client", "server"):
            said = [step for step in steps if step.words[0] == "data"]
            yield b"".join(step.octets for step in said if step.words[2] == sender)


def joined(events: list[Event]) -> list[Event]:
    """With the pieces of each DATA put together: the cut may change those, and nothing else."""
    found: list[Event] = []
    for event in events:
        before = found[-1] if found else None
        if isinstance(event, Data) and not event.begins and isinstance(before, Data):
            assert (event.session, event.stream) == (before.session, before.stream)
            assert event.offset == before.offset + len(before.audio), "a piece is missing"
            audio = before.audio + event.audio
            found[-1] = Data(before.session, before.stream, before.offset, audio, before.begins)
        else:
            found.append(event)
    return found


def _deframed(parts: list[bytes]) -> tuple[list[Event], str]:
    deframer = Deframer()
    found: list[Event] = []
    for part in parts:
        try:
            for frame in deframer.feed(part):  # what comes in front of a refusal has come
                found.append(frame)  # noqa: PERF402
        except ProtocolError as broken:
            return joined(found), str(broken)
        held = len(deframer._buffer)  # pyright: ignore[reportPrivateUsage]
        assert held <= _MOST_HELD, "it holds more than a small frame"
    return joined(found), ""


def _frames_seeds() -> Iterator[bytes]:
    for number, octets in enumerate(wire()):
        yield bytes([number % 256]) + octets


def check_frames(data: bytes) -> None:
    """The cut changes nothing but the pieces of DATA, and every frame encodes to itself."""
    (choice,), octets = head(data, 1)
    found, refusal = _deframed([octets])
    assert _deframed(pieces(octets, choice)) == (found, refusal)
    for frame in found:
        assert not isinstance(frame, Lost)
        again = frame.encode()
        assert _deframed([again]) == ([frame], "")
        if isinstance(frame, Data):  # the last one need not be whole
            again = again[HEADER.size :]
        assert again in octets, "it encodes to other bytes"


def attached_client() -> ClientDataConnection:
    """A client whose ATTACH was answered."""
    client = ClientDataConnection(SESSION, TICKET)
    client.data_to_send()
    client.receive_data(Attached(SESSION).encode())
    return client


def _attached_server() -> ServerDataConnection:
    server = ServerDataConnection()
    server.receive_data(Attach(SESSION, TICKET).encode())
    return server


PEERS: tuple[Callable[[], Peer], ...] = (
    ServerDataConnection,
    _attached_server,
    lambda: ClientDataConnection(SESSION, TICKET),
    attached_client,
)


def _peers_seeds() -> Iterator[bytes]:
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


def check_peers(data: bytes) -> None:
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
        assert isinstance(event, Attach) or event.session in {SESSION, 0}
        assert isinstance(event, Attach | Fail) or event.session == SESSION
    assert list(peer.receive_data(b"")) == ([] if _was_over(peer, events, refusal) else [Lost()])
    assert peer.closed
    assert peer.receive_data(octets or b"x") == []


def _was_over(peer: Peer, events: list[Event], refusal: str) -> bool:
    """Whether the connection was over before its end came."""
    last = events[-1] if events else None
    told = isinstance(last, Fail) and last.stream == 0 and isinstance(peer, ClientDataConnection)
    return bool(refusal) or told


TARGETS = (
    Target("data-frames", _frames_seeds, check_frames),
    Target("data-peers", _peers_seeds, check_peers),
)
