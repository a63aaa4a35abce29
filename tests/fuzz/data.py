# SPDX-License-Identifier: GPL-3.0-or-later
"""Data connections: any bytes give frames, or the one refusal, however they are cut."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from common.errors import ProtocolError
from data.connection import ClientDataConnection, ServerDataConnection
from data.connection_end import ConnectionEnd, Lost
from data.frame_header import HEADER, LARGEST_SONG
from data.frames import Attach, Attached, Data, Deframer, Fail, Frame
from tests.fuzz.target import Target, head, pieces
from tests.rfc.document import conversations, vectors

SESSION = 7
TICKET = bytes(16)
Event = Frame | Lost
Peer = ServerDataConnection | ClientDataConnection
AnyEnd = TypeVar("AnyEnd", bound=ConnectionEnd[Any, Any, Any])
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
        held = len(deframer._held)  # pyright: ignore[reportPrivateUsage]
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


def seeds_of(peers: Sequence[object]) -> Iterator[bytes]:
    """All that is known of the wire, for each of the ends that `told` may choose from."""
    for number, octets in enumerate(wire()):
        for state in range(len(peers)):
            yield bytes([state, number % 256]) + octets


def _received(end: ConnectionEnd[Any, Any, Any], parts: list[bytes]) -> tuple[list[Event], str]:
    events: list[Event] = []
    for part in parts:
        try:
            events += end.receive_data(part)
        except ProtocolError as broken:
            assert end.closed
            return joined(events), str(broken)
    return joined(events), ""


@dataclass(frozen=True, slots=True)
class Told(Generic[AnyEnd]):
    """What an end says of bytes; frames and refusal are those of one that got them in pieces."""

    end: AnyEnd
    octets: bytes
    frames: list[Frame]
    refusal: str


def told(peers: Sequence[Callable[[], AnyEnd]], data: bytes) -> Told[AnyEnd]:
    """Let one of the ends have the bytes; what it says is the same however they are cut."""
    (state, choice), octets = head(data, 2)
    make = peers[state % len(peers)]
    end, cut = make(), make()
    events, refusal = _received(end, [octets] if octets else [])
    found, why = _received(cut, pieces(octets, choice))
    assert why == refusal
    assert cut.closed is end.closed
    # What came with a refusal is not told; cut elsewhere, it came before.
    assert found == events if not refusal else found[: len(events)] == events
    frames = [event for event in found if not isinstance(event, Lost)]
    assert frames == found, "an end that was none"
    return Told(end, octets, frames, refusal)


def ends(said: Told[Any], *, was_over: bool) -> None:
    """The end of what comes is told once, and nothing is heard behind it."""
    end: ConnectionEnd[Any, Any, Any] = said.end
    assert list(end.receive_data(b"")) == ([] if was_over else [Lost()])
    assert end.closed
    assert end.receive_data(said.octets or b"x") == []


def check_peers(data: bytes) -> None:
    """In every state: frames that have a place there, or a refusal, and then nothing more."""
    said = told(PEERS, data)
    for frame in said.frames:
        assert isinstance(frame, Attach) or frame.session in {SESSION, 0}
        assert isinstance(frame, Attach | Fail) or frame.session == SESSION
    ends(said, was_over=_was_over(said))


def _was_over(said: Told[Peer]) -> bool:
    """Whether the connection was over before its end came."""
    last = said.frames[-1] if said.frames else None
    is_client = isinstance(said.end, ClientDataConnection)
    is_told = isinstance(last, Fail) and last.stream == 0 and is_client
    return bool(said.refusal) or is_told


TARGETS = (
    Target("data-frames", _frames_seeds, check_frames),
    Target("data-peers", lambda: seeds_of(PEERS), check_peers),
)
