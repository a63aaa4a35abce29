# SPDX-License-Identifier: GPL-3.0-or-later
"""The deframer: the cut does not matter, and a claim is not waited for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import MAX_BODY
from common.errors import ErrorCode, ProtocolError
from control.framing import HEADER, Deframer, Numbered, encode
from control.message import Message
from control.session_messages import Goodbye, Ping
from tests.control import drawn
from tests.control.examples import GOLDEN
from tests.pieces import cuts

ALL = b"".join(bytes.fromhex(header + body) for _, _, header, body in GOLDEN)
MESSAGES = [Numbered(number, message) for number, message, _, _ in GOLDEN]


def test_whole() -> None:
    assert list(Deframer().feed(ALL)) == MESSAGES


def test_one_byte_at_a_time() -> None:
    deframer = Deframer()
    assert [m for byte in ALL for m in deframer.feed(bytes([byte]))] == MESSAGES
    assert deframer.buffered == 0


def test_with_trailing_bytes() -> None:
    deframer = Deframer()
    assert list(deframer.feed(ALL + ALL[:11])) == MESSAGES
    assert deframer.buffered == 11
    assert list(deframer.feed(ALL[11:])) == MESSAGES


@given(st.lists(drawn.messages, max_size=6), st.data())
def test_any_cut(messages: list[Message], data: st.DataObject) -> None:
    numbered = [Numbered(number, message) for number, message in enumerate(messages)]
    octets = b"".join(encode(*pair) for pair in numbered)
    deframer = Deframer()
    found: list[Numbered] = []
    for piece in data.draw(cuts(octets)):
        found += deframer.feed(piece)
        assert deframer.buffered < HEADER.size + MAX_BODY
    assert found == numbered


@pytest.mark.parametrize("length", [MAX_BODY + 1, 0xFFFF])
@pytest.mark.parametrize("kind", [0x0001, 0x0099, 0x8099])
def test_too_large_on_the_header_alone(length: int, kind: int) -> None:
    deframer = Deframer()
    header = HEADER.pack(length, kind, 1)
    assert list(deframer.feed(header[:-1])) == []
    with pytest.raises(ProtocolError) as refused:
        list(deframer.feed(header[-1:]))
    assert refused.value.code is ErrorCode.TOO_LARGE


def test_as_large_as_may_be_is_waited_for() -> None:
    deframer = Deframer()
    assert list(deframer.feed(HEADER.pack(MAX_BODY, 0x8001, 1) + bytes(MAX_BODY - 1))) == []
    assert deframer.buffered == HEADER.size + MAX_BODY - 1
    assert list(deframer.feed(b"\0" + encode(3, Goodbye()))) == [Numbered(3, Goodbye())]


@pytest.mark.parametrize("kind", [0x0000, 0x0010, 0x0100, 0x7F00, 0x7FFF])
def test_unknown_type_on_the_header_alone(kind: int) -> None:
    with pytest.raises(ProtocolError) as refused:
        list(Deframer().feed(HEADER.pack(5, kind, 1)))
    assert refused.value.code is ErrorCode.UNKNOWN_TYPE


@pytest.mark.parametrize("kind", [0x8000, 0x8001, 0x8009, 0xFFFF])
@pytest.mark.parametrize("size", [0, 1, 500])
def test_an_unknown_type_that_may_be_ignored_is_read_past(kind: int, size: int) -> None:
    skipped = HEADER.pack(size, kind, 0) + bytes(size)
    data = encode(1, Ping(1)) + skipped + encode(2, Ping(2))
    for pieces in ([data], [bytes([byte]) for byte in data]):
        deframer = Deframer()
        found = [message for piece in pieces for message in deframer.feed(piece)]
        assert found == [Numbered(1, Ping(1)), Numbered(2, Ping(2))]


def test_the_good_messages_before_a_bad_one_come_out() -> None:
    found: list[Numbered] = []
    with pytest.raises(ProtocolError):
        found.extend(Deframer().feed(encode(1, Ping(1)) + HEADER.pack(0, 0x0010, 0)))
    # `extend` takes what comes before the error.
    assert found == [Numbered(1, Ping(1))]


@given(st.binary(max_size=400))
def test_any_bytes_are_messages_or_refused(data: bytes) -> None:
    deframer = Deframer()
    try:
        list(deframer.feed(data))
    except ProtocolError:
        return
    assert deframer.buffered < HEADER.size + MAX_BODY
