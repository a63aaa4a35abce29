# SPDX-License-Identifier: GPL-3.0-or-later
"""The deframer: the cut does not matter, and a claim is not waited for."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import MAX_BODY
from common.errors import ErrorCode, ProtocolError
from control.framing import HEADER, KEPT, SHORT, Deframer, Numbered, encode
from control.message import Message
from control.music_messages import Play
from control.session_messages import Goodbye, Hello, Login, Ping
from control.station_messages import Tune
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


def heard(message: Message) -> Message:
    """What is read where it was just said."""
    (found,) = Deframer().feed(encode(1, message))
    assert found.message == message
    return found.message


@pytest.mark.parametrize("message", [Hello(1, 1, agent="a"), Play(7, 1), Tune(1, "Radio")])
def test_what_a_crowd_says_is_read_once(message: Message) -> None:
    assert heard(message) is heard(message)


@pytest.mark.parametrize(
    "message",
    [
        Hello(1, 1, session=5, secret=bytes(range(16))),
        Hello(1, 1, login=Login("anna", "secret")),
        Ping(3),
    ],
    ids=["secret", "password", "token"],
)
def test_what_is_somebodys_own_is_not_kept(message: Message) -> None:
    assert heard(message) is not heard(message)


@pytest.mark.parametrize(("more", "is_kept"), [(0, True), (1, False)])
def test_what_is_long_is_not_kept(more: int, is_kept: bool) -> None:
    hello = encode(1, Hello(1, 1))[HEADER.size :]
    skipped = SHORT + more - len(hello) - 4
    body = hello + struct.pack("!HH", 0x8777, skipped) + bytes(skipped)
    data = HEADER.pack(len(body), Hello.TYPE, 1) + body
    (first,), (second,) = Deframer().feed(data), Deframer().feed(data)
    assert first.message == second.message == Hello(1, 1)
    assert (first.message is second.message) is is_kept


def test_the_same_bytes_are_another_message_under_another_type() -> None:
    hello = encode(1, Hello(1, 1))
    heard(Hello(1, 1))
    as_play = HEADER.pack(len(hello) - HEADER.size, Play.TYPE, 1) + hello[HEADER.size :]
    with pytest.raises(ProtocolError, match="PLAY"):
        list(Deframer().feed(as_play))


def test_only_so_many_are_kept() -> None:
    first = heard(Play(1, 1))
    for track in range(2, KEPT + 2):
        heard(Play(track, 1))
    assert heard(Play(1, 1)) is not first
