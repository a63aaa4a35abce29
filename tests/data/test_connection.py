# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a data connection: every state with every frame, at every cut."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ErrorCode, ProtocolError
from data.connection import ClientDataConnection, ServerDataConnection
from data.connection_end import Lost
from data.frame_header import HEADER
from data.frames import Attach, Attached, Data, End, Fail, Frame
from data.station_frames import Branch, Join, Leave, Seal, Song, SongFrame
from tests.data.connection_ends import endures, outcome
from tests.pieces import cuts

SESSION = 9
TICKET = bytes(range(16))
DIGEST = bytes(32)

FRAMES: dict[str, Frame] = {
    "ATTACH": Attach(SESSION, TICKET),
    "ATTACHED": Attached(SESSION),
    "DATA": Data(SESSION, 1, 0, b"x"),
    "END": End(SESSION, 1, 1, DIGEST),
    "SONG": SongFrame(SESSION, 1, 0, Song(1, 1, 1, 44100, 2, False, 0, 0, DIGEST)),
    "SEAL": Seal(SESSION, 1, 1, DIGEST, bytes(64)),
    "JOIN": Join(SESSION, 1, 0, TICKET, 1, DIGEST),
    "BRANCH": Branch(SESSION, 1, 0, (7,)),
    "LEAVE": Leave(SESSION, 1, 0),
    "FAIL, stream": Fail(SESSION, 1, 0, ErrorCode.CHANGED, ""),
    "FAIL, connection": Fail(SESSION, 0, 0, ErrorCode.BAD_TICKET, ""),
}


def server_in(state: str) -> ServerDataConnection:
    server = ServerDataConnection()
    if state != "AWAIT_ATTACH":
        server.receive_data(FRAMES["ATTACH"].encode())
    if state == "CLOSED":
        server.receive_data(b"")
    return server


def client_in(state: str) -> ClientDataConnection:
    client = ClientDataConnection(SESSION, TICKET)
    if state != "AWAIT_ATTACHED":
        client.receive_data(FRAMES["ATTACHED"].encode())
    if state == "CLOSED":
        client.receive_data(b"")
    return client


@pytest.mark.parametrize(
    ("name", "state"), list(product(FRAMES, ["AWAIT_ATTACH", "ATTACHED", "CLOSED"]))
)
def test_every_frame_in_every_state_of_the_server(name: str, state: str) -> None:
    server, frame = server_in(state), FRAMES[name]
    if state == "CLOSED":
        assert server.receive_data(frame.encode()) == []
    elif (state, name) == ("AWAIT_ATTACH", "ATTACH"):
        assert server.receive_data(frame.encode()) == [frame]
        assert not server.closed
    else:
        with pytest.raises(ProtocolError) as refused:
            server.receive_data(frame.encode())
        assert refused.value.code is ErrorCode.UNEXPECTED
        assert server.closed
        assert server.receive_data(frame.encode()) == []


@pytest.mark.parametrize(
    ("name", "state"), list(product(FRAMES, ["AWAIT_ATTACHED", "ATTACHED", "CLOSED"]))
)
def test_every_frame_in_every_state_of_the_client(name: str, state: str) -> None:
    client, frame = client_in(state), FRAMES[name]
    taken = {
        "AWAIT_ATTACHED": {"ATTACHED", "FAIL, connection"},
        "ATTACHED": {"DATA", "END", "SONG", "SEAL", "FAIL, stream", "FAIL, connection"},
    }
    if state == "CLOSED":
        assert client.receive_data(frame.encode()) == []
    elif name in taken[state]:
        assert client.receive_data(frame.encode()) == [frame]
        assert client.closed is (name == "FAIL, connection")
        assert client.attached is not client.closed
    else:
        with pytest.raises(ProtocolError) as refused:
            client.receive_data(frame.encode())
        assert refused.value.code is ErrorCode.UNEXPECTED
        assert client.closed


@pytest.mark.parametrize("state", ["AWAIT_ATTACH", "ATTACHED"])
def test_a_server_that_loses_its_client(state: str) -> None:
    server = server_in(state)
    assert server.receive_data(b"") == [Lost()]
    assert server.closed
    assert server.receive_data(b"") == []


@pytest.mark.parametrize("state", ["AWAIT_ATTACHED", "ATTACHED"])
def test_a_client_that_loses_its_server(state: str) -> None:
    client = client_in(state)
    assert client.receive_data(Data(SESSION, 1, 0, b"x").encode()[:19]) == []
    assert client.receive_data(b"") == [Lost()]
    assert client.closed
    assert not client.attached
    assert client.receive_data(b"") == []


def test_attach_is_said_once() -> None:
    client = ClientDataConnection(SESSION, TICKET)
    assert client.data_to_send() == FRAMES["ATTACH"].encode()
    assert client.data_to_send() == b""


def test_what_comes_with_attach_is_refused_too() -> None:
    server = ServerDataConnection()
    with pytest.raises(ProtocolError) as refused:
        server.receive_data(FRAMES["ATTACH"].encode() * 2)
    assert refused.value.code is ErrorCode.UNEXPECTED


def test_what_may_be_ignored_is_at_both_ends() -> None:
    skipped = HEADER.pack(2, 0x8001, 0, 0, 0) + b"zz"
    server = ServerDataConnection()
    attach = FRAMES["ATTACH"]
    assert server.receive_data(skipped + attach.encode() + skipped) == [attach]
    client = ClientDataConnection(SESSION, TICKET)
    attached = FRAMES["ATTACHED"]
    assert client.receive_data(skipped + attached.encode() + skipped) == [attached]


class TestForeignSession:
    """Every frame names the session of the connection."""

    @pytest.mark.parametrize(
        "frame",
        [Data(8, 1, 0, b"x"), End(8, 1, 0, DIGEST), Fail(8, 1, 0, 1), Fail(0, 0, 0, 1)],
    )
    def test_on_an_attached_connection(self, frame: Frame) -> None:
        client = client_in("ATTACHED")
        with pytest.raises(ProtocolError) as refused:
            client.receive_data(frame.encode())
        assert refused.value.code is ErrorCode.MALFORMED
        assert client.closed

    def test_attached_for_another(self) -> None:
        with pytest.raises(ProtocolError) as refused:
            client_in("AWAIT_ATTACHED").receive_data(Attached(8).encode())
        assert refused.value.code is ErrorCode.MALFORMED

    def test_a_refusal_may_come_before_the_server_knows_it(self) -> None:
        fail = Fail(0, 0, 0, ErrorCode.TIMEOUT, "late")
        assert client_in("AWAIT_ATTACHED").receive_data(fail.encode()) == [fail]


def test_a_refusal_is_told_whatever_follows_it() -> None:
    fail = Fail(SESSION, 0, 0, ErrorCode.BAD_TICKET, "")
    client = client_in("AWAIT_ATTACHED")
    assert client.receive_data(fail.encode() + b"\xff" * 40) == [fail]
    assert client.receive_data(b"\xff" * 40) == []


@given(st.lists(st.sampled_from(sorted(FRAMES)), max_size=5), st.data())
def test_the_cut_does_not_matter(names: list[str], data: st.DataObject) -> None:
    octets = FRAMES["ATTACHED"].encode() + b"".join(FRAMES[name].encode() for name in names)
    whole, cut = ClientDataConnection(SESSION, TICKET), ClientDataConnection(SESSION, TICKET)
    assert outcome(whole, [octets]) == outcome(cut, data.draw(cuts(octets)))


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=6), st.booleans())
def test_any_bytes(pieces: list[bytes], attached: bool) -> None:
    server = server_in("ATTACHED" if attached else "AWAIT_ATTACH")
    client = client_in("ATTACHED" if attached else "AWAIT_ATTACHED")
    assert endures(server, pieces)
    assert endures(client, pieces)
