# SPDX-License-Identifier: GPL-3.0-or-later
"""HEARD: the extension field of BYE, its figures, and what a connection makes of it."""

import pytest
from hypothesis import given

from common.errors import ErrorCode, ProtocolError
from control.events import Cause, Closed
from control.framing import decode_body, encode
from control.heard import SIZE, Heard, Starts
from control.message import Type
from control.session_messages import Bye
from control.states import ClientState, ServerState
from tests.control import drawn
from tests.control.peers import client_in, server_in

HEARD = Heard(
    seconds=3600, stalls=2, stalled=1500, songs=Starts(3, 200, 900), stations=Starts(1, 80, 80)
)
VALUE = "00000e10 00000002 000005dc 00000003 000000c8 00000384 00000001 00000050 00000050"


def test_its_bytes() -> None:
    body = bytes.fromhex("0000 0000 8003 0024" + VALUE)
    assert encode(8, Bye(0, heard=HEARD))[8:].hex() == body.hex()
    assert decode_body(Type.BYE, body) == Bye(0, heard=HEARD)


def test_a_bye_without_it_is_what_it_was() -> None:
    assert encode(8, Bye(0, "so"))[8:].hex() == "00000002736f"


def test_every_cut_is_refused() -> None:
    body = encode(8, Bye(0, heard=HEARD))[8:]
    for size in range(5, len(body)):
        with pytest.raises(ProtocolError) as refused:
            decode_body(Type.BYE, body[:size])
        assert refused.value.code is ErrorCode.MALFORMED, size


@pytest.mark.parametrize("size", [0, SIZE - 4, SIZE - 1, SIZE + 1, SIZE + 4])
def test_another_length_is_refused(size: int) -> None:
    with pytest.raises(ProtocolError, match="36 belong") as refused:
        decode_body(Type.BYE, bytes.fromhex(f"0000 0000 8003 {size:04x}") + bytes(size))
    assert refused.value.code is ErrorCode.MALFORMED


def test_others_around_it() -> None:
    body = bytes.fromhex("0000 0000 8001 0000 8003 0024" + VALUE + "8004 0001 00")
    assert decode_body(Type.BYE, body) == Bye(0, heard=HEARD)


@pytest.mark.parametrize(
    ("count", "median", "worst"), [(0, 0, 1), (0, 1, 1), (2, 2, 1), (1, 1, 0), (0, 1, 0)]
)
def test_delays_that_cannot_be(count: int, median: int, worst: int) -> None:
    with pytest.raises(ValueError, match="HEARD: "):
        Starts(count, median, worst)


def test_a_stall_takes_time_but_no_time_is_stalled_without_one() -> None:
    assert Heard(stalls=1).stalled == 0
    with pytest.raises(ValueError, match="Stalled without Stalls"):
        Heard(stalled=1)


def test_a_figure_that_does_not_fit_is_not_sent() -> None:
    with pytest.raises(ValueError, match="32 bits"):
        Heard(seconds=1 << 32).encode()


@given(drawn.heard())
def test_there_and_back(heard: Heard) -> None:
    assert Heard.decode(heard.encode()) == heard


@pytest.mark.parametrize("state", [ServerState.AWAIT_HELLO, ServerState.GREETED, ServerState.OPEN])
def test_the_server_is_told_with_the_end(state: ServerState) -> None:
    server = server_in(state)
    (closed,) = server.receive_data(encode(9, Bye(0, heard=HEARD)), now=1)
    assert closed == Closed(Cause.BYE, 0, "", HEARD)


def test_a_client_says_it() -> None:
    client = client_in(ClientState.OPEN)
    client.bye(heard=HEARD, now=1)
    client_said = client.data_to_send()
    assert client_said.endswith(bytes.fromhex("8003 0024" + VALUE))
    server = server_in(ServerState.OPEN)
    assert server.receive_data(client_said, now=1) == [Closed(Cause.BYE, 0, "", HEARD)]
