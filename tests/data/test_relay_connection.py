# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a relay's connection to a child: every state with every frame, at every cut."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ErrorCode, ProtocolError
from data.connection_end import Lost
from data.frame_header import HEADER
from data.frames import Attach, Attached, Data, End, Fail, Frame
from data.relay_connection import ChildConnection, ParentConnection
from data.station_frames import Branch, Join, Leave, Seal, Song, SongFrame
from tests.data.connection_ends import endures, outcome
from tests.pieces import cuts

NODE = 15
STREAM = 3
DIGEST = bytes(32)
STATION_ID = bytes(range(16))
JOIN = Join(NODE, STREAM, 500, STATION_ID, 60, DIGEST)

FRAMES: dict[str, Frame] = {
    "ATTACH": Attach(NODE, bytes(16)),
    "ATTACHED": Attached(NODE),
    "DATA": Data(NODE, STREAM, 500, b"x"),
    "END": End(NODE, STREAM, 501, DIGEST),
    "SONG": SongFrame(NODE, STREAM, 0, Song(1, 900, 1, 44100, 2, False, 0, 0, DIGEST)),
    "SEAL": Seal(NODE, STREAM, 501, DIGEST, bytes(64)),
    "JOIN": JOIN,
    "BRANCH": Branch(NODE, STREAM, 0, (7, 12)),
    "LEAVE": Leave(NODE, STREAM, 7),
    "FAIL, stream": Fail(NODE, STREAM, 0, ErrorCode.BEHIND, ""),
    "FAIL, connection": Fail(NODE, 0, 0, ErrorCode.BEHIND, ""),
}


def parent_in(state: str) -> ParentConnection:
    parent = ParentConnection()
    if state != "AWAIT_JOIN":
        parent.receive_data(JOIN.encode())
    if state == "CLOSED":
        parent.receive_data(b"")
    return parent


def child_in(state: str) -> ChildConnection:
    child = ChildConnection(JOIN)
    if state != "AWAIT_BRANCH":
        child.receive_data(FRAMES["BRANCH"].encode())
    if state == "CLOSED":
        child.receive_data(b"")
    return child


@pytest.mark.parametrize(
    ("name", "state"), list(product(FRAMES, ["AWAIT_JOIN", "JOINED", "CLOSED"]))
)
def test_every_frame_in_every_state_of_the_parent(name: str, state: str) -> None:
    parent, frame = parent_in(state), FRAMES[name]
    if state == "CLOSED":
        assert parent.receive_data(frame.encode()) == []
    elif (state, name) == ("AWAIT_JOIN", "JOIN"):
        assert parent.receive_data(frame.encode()) == [frame]
        assert parent.joined
        assert not parent.closed
    else:
        with pytest.raises(ProtocolError) as refused:
            parent.receive_data(frame.encode())
        assert refused.value.code is ErrorCode.UNEXPECTED
        assert parent.closed
        assert parent.receive_data(frame.encode()) == []


@pytest.mark.parametrize(
    ("name", "state"), list(product(FRAMES, ["AWAIT_BRANCH", "FED", "CLOSED"]))
)
def test_every_frame_in_every_state_of_the_child(name: str, state: str) -> None:
    child, frame = child_in(state), FRAMES[name]
    always = {"BRANCH", "LEAVE", "FAIL, connection"}
    taken = {"AWAIT_BRANCH": always, "FED": always | {"SONG", "DATA", "SEAL"}}
    if state == "CLOSED":
        assert child.receive_data(frame.encode()) == []
    elif name in taken[state]:
        assert child.receive_data(frame.encode()) == [frame]
        assert child.closed is (name in {"LEAVE", "FAIL, connection"})
        assert child.fed is not child.closed
    else:
        with pytest.raises(ProtocolError) as refused:
            child.receive_data(frame.encode())
        assert refused.value.code is ErrorCode.UNEXPECTED
        assert child.closed


@pytest.mark.parametrize("state", ["AWAIT_JOIN", "JOINED"])
def test_a_parent_that_loses_its_child(state: str) -> None:
    parent = parent_in(state)
    assert parent.receive_data(b"") == [Lost()]
    assert parent.closed
    assert not parent.joined
    assert parent.receive_data(b"") == []


@pytest.mark.parametrize("state", ["AWAIT_BRANCH", "FED"])
def test_a_child_that_loses_its_parent(state: str) -> None:
    child = child_in(state)
    assert child.receive_data(FRAMES["BRANCH"].encode()[:19]) == []
    assert child.receive_data(b"") == [Lost()]
    assert child.closed
    assert not child.fed
    assert child.receive_data(b"") == []


def test_join_is_said_once() -> None:
    child = ChildConnection(JOIN)
    assert child.data_to_send() == JOIN.encode()
    assert child.data_to_send() == b""


def test_what_comes_with_join_is_refused_too() -> None:
    with pytest.raises(ProtocolError) as refused:
        ParentConnection().receive_data(JOIN.encode() * 2)
    assert refused.value.code is ErrorCode.UNEXPECTED


def test_what_may_be_ignored_is_at_both_ends() -> None:
    skipped = HEADER.pack(2, 0x8300, 0, 0, 0) + b"zz"
    assert ParentConnection().receive_data(skipped + JOIN.encode() + skipped) == [JOIN]
    branch = FRAMES["BRANCH"]
    assert ChildConnection(JOIN).receive_data(skipped + branch.encode() + skipped) == [branch]


@pytest.mark.parametrize(
    "frame",
    [
        Data(NODE + 1, STREAM, 500, b"x"),
        Data(NODE, STREAM + 1, 500, b"x"),
        Seal(NODE, STREAM + 1, 501, DIGEST, bytes(64)),
        Branch(NODE, STREAM + 1, 0, (7,)),
        Leave(NODE + 1, STREAM, 7),
        Fail(NODE + 1, 0, 0, 1),
        Fail(0, 0, 0, 1),
        Branch(NODE, STREAM, 1, (7,)),
    ],
)
def test_what_a_child_that_is_fed_cannot_be_sent(frame: Frame) -> None:
    child = child_in("FED")
    with pytest.raises(ProtocolError) as refused:
        child.receive_data(frame.encode())
    assert refused.value.code is ErrorCode.MALFORMED
    assert child.closed


def test_the_first_branch_says_where_the_stream_begins() -> None:
    branch = Branch(NODE, STREAM, 500, (7, 12))
    assert child_in("AWAIT_BRANCH").receive_data(branch.encode()) == [branch]


def test_a_refusal_may_come_before_the_parent_knows_the_child() -> None:
    fail = Fail(0, 0, 0, ErrorCode.TIMEOUT, "late")
    assert child_in("AWAIT_BRANCH").receive_data(fail.encode()) == [fail]


@pytest.mark.parametrize("name", ["LEAVE", "FAIL, connection"])
def test_the_last_frame_is_told_whatever_follows_it(name: str) -> None:
    child = child_in("FED")
    assert child.receive_data(FRAMES[name].encode() + b"\xff" * 40) == [FRAMES[name]]
    assert child.receive_data(b"\xff" * 40) == []


def test_the_server_itself_joins_as_session_0() -> None:
    join = Join(0, 1, 0, STATION_ID, 60, DIGEST)
    assert ParentConnection().receive_data(join.encode()) == [join]
    branch = Branch(0, 1, 500, (7,))
    assert ChildConnection(join).receive_data(branch.encode()) == [branch]


@given(st.lists(st.sampled_from(sorted(FRAMES)), max_size=5), st.data())
def test_the_cut_does_not_matter(names: list[str], data: st.DataObject) -> None:
    octets = FRAMES["BRANCH"].encode() + b"".join(FRAMES[name].encode() for name in names)
    whole, cut = ChildConnection(JOIN), ChildConnection(JOIN)
    assert outcome(whole, [octets]) == outcome(cut, data.draw(cuts(octets)))


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=6), st.booleans())
def test_any_bytes(pieces: list[bytes], joined: bool) -> None:
    parent = parent_in("JOINED" if joined else "AWAIT_JOIN")
    child = child_in("FED" if joined else "AWAIT_BRANCH")
    assert endures(parent, pieces)
    assert endures(child, pieces)
