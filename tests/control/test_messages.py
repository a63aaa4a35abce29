# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages and their bytes, and the rules that a field alone cannot express."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import MAX_BODY
from common.errors import ErrorCode, ProtocolError
from control.framing import MESSAGES, Deframer, Numbered, decode_body, encode
from control.message import Message, Type
from control.music_messages import List, Play, StartKind, TrackEntry, Tracks
from control.session_messages import Bye, Error, Goodbye, Hello, Login, Welcome
from control.station_messages import Tune
from tests.control import drawn
from tests.control.examples import DIGEST, GOLDEN, HELLO, SECRET, STREAM, WELCOME


class TestGolden:
    """The bytes of every message, both ways."""

    @pytest.mark.parametrize(("number", "message", "header", "body"), GOLDEN)
    def test_to_bytes(self, number: int, message: Message, header: str, body: str) -> None:
        assert encode(number, message).hex(" ") == bytes.fromhex(header + body).hex(" ")

    @pytest.mark.parametrize(("number", "message", "header", "body"), GOLDEN)
    def test_from_bytes(self, number: int, message: Message, header: str, body: str) -> None:
        data = bytes.fromhex(header + body)
        assert list(Deframer().feed(data)) == [Numbered(number, message)]

    def test_no_message_is_left_out(self) -> None:
        assert {message.TYPE for _, message, _, _ in GOLDEN} == set(Type) == set(MESSAGES)

    @pytest.mark.parametrize(("number", "message", "header", "body"), GOLDEN)
    def test_every_shorter_body_is_refused(
        self, number: int, message: Message, header: str, body: str
    ) -> None:
        whole = bytes.fromhex(body)
        for size in range(len(whole)):
            with pytest.raises(ProtocolError) as refused:
                decode_body(message.TYPE, whole[:size])
            assert refused.value.code is ErrorCode.MALFORMED, size

    @pytest.mark.parametrize(("number", "message", "header", "body"), GOLDEN)
    def test_extensions_behind_every_body(
        self, number: int, message: Message, header: str, body: str
    ) -> None:
        whole = bytes.fromhex(body)
        skipped = bytes.fromhex("8000 0000 8001 0002 abcd ffff 0001 00")
        assert decode_body(message.TYPE, whole + skipped) == message
        with pytest.raises(ProtocolError) as refused:
            decode_body(message.TYPE, whole + bytes.fromhex("0003 0000"))
        assert refused.value.code is ErrorCode.UNKNOWN_EXTENSION
        for junk in ("00", "8000 00", "8000 0001", "8001 0000 8000 0000"):
            with pytest.raises(ProtocolError) as refused:
                decode_body(message.TYPE, whole + bytes.fromhex(junk))
            assert refused.value.code is ErrorCode.MALFORMED, junk


class TestLogin:
    """USER and PASSWORD, the extension fields of HELLO."""

    plain = bytes.fromhex(GOLDEN[0][3])
    login = bytes.fromhex("0001 0003 657661 0002 0002 7077")

    def test_both(self) -> None:
        hello = Hello(1, 1, agent="x/1", login=Login("eva", "pw"))
        assert decode_body(Type.HELLO, self.plain + self.login) == hello
        assert encode(1, hello)[8:] == self.plain + self.login

    def test_every_cut_between(self) -> None:
        for size in range(1, len(self.login)):
            with pytest.raises(ProtocolError) as refused:
                decode_body(Type.HELLO, self.plain + self.login[:size])
            assert refused.value.code is ErrorCode.MALFORMED, size

    def test_others_around_them(self) -> None:
        more = bytes.fromhex("8001 0000")
        hello = decode_body(Type.HELLO, self.plain + self.login + more)
        assert isinstance(hello, Hello)
        assert hello.login == Login("eva", "pw")
        with pytest.raises(ProtocolError) as refused:
            decode_body(Type.HELLO, self.plain + self.login + bytes.fromhex("0003 0000"))
        assert refused.value.code is ErrorCode.UNKNOWN_EXTENSION

    def test_a_password_is_not_shown(self) -> None:
        assert "pw" not in repr(Hello(1, 1, login=Login("eva", "pw")))


def without_field(message: Message) -> Message:
    """Without RELAYED, in front of which there may be fields that are skipped."""
    return replace(message, relayed=False) if isinstance(message, Tune) else message


def read(kind: Type, body: bytes) -> Message | ProtocolError:
    try:
        return decode_body(kind, body)
    except ProtocolError as refused:
        return refused


@given(st.integers(0, 0xFFFFFFFF), drawn.messages)
def test_any_message_survives(number: int, message: Message) -> None:
    assert list(Deframer().feed(encode(number, message))) == [Numbered(number, message)]


@given(st.sampled_from(Type), st.binary(max_size=200))
def test_any_body_is_a_message_or_refused(kind: Type, body: bytes) -> None:
    found = read(kind, body)
    if isinstance(found, ProtocolError):
        assert found.code in {ErrorCode.MALFORMED, ErrorCode.UNKNOWN_EXTENSION}
        assert kind.name in found.text
    else:
        # What was read can be said again, and is then the front of what came.
        assert body.startswith(encode(1, without_field(found))[8:])


@given(drawn.messages, st.data())
def test_any_damage_is_read_or_refused(message: Message, data: st.DataObject) -> None:
    body = bytearray(encode(1, message)[8:])
    if body:
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] ^= data.draw(st.integers(1, 255))
    found = read(message.TYPE, bytes(body))
    if isinstance(found, ProtocolError):
        assert found.code in {ErrorCode.MALFORMED, ErrorCode.UNKNOWN_EXTENSION}


ENTRY = TrackEntry(1, 0, "a")

BROKEN: dict[str, Callable[[], Message | TrackEntry]] = {
    "Min Version 0": lambda: Hello(0, 1),
    "Min above Max": lambda: Hello(2, 1),
    "Secret without Session": lambda: Hello(1, 1, 0, SECRET),
    "Session 0": lambda: replace(WELCOME, session=0),
    "Heartbeat 0": lambda: replace(WELCOME, heartbeat=0),
    "Dead After as soon as Heartbeat": lambda: replace(WELCOME, heartbeat=60),
    "Limit 0": lambda: List(0, 0),
    "track 0": lambda: TrackEntry(0, 0, "a"),
    "no title": lambda: TrackEntry(1, 0, ""),
    "tracks out of order": lambda: Tracks(2, False, False, (replace(ENTRY, track=2), ENTRY)),
    "a track twice": lambda: Tracks(2, False, False, (ENTRY, ENTRY)),
    "more behind nothing": lambda: Tracks(2, True, False, ()),
    "stream 0": lambda: Play(1, 0),
    "half a digest": lambda: Play(1, 1, digest=DIGEST[:16]),
    "STREAM of stream 0": lambda: replace(STREAM, stream=0),
    "STREAM of track 0": lambda: replace(STREAM, track=0),
    "Offset beyond Total": lambda: replace(STREAM, offset=STREAM.total + 1),
    "Duration 0": lambda: replace(STREAM, duration=0, map=()),
    "Sample Rate 0": lambda: replace(STREAM, sample_rate=0),
    "no channel": lambda: replace(STREAM, channels=0),
    "three channels": lambda: replace(STREAM, channels=3),
    "Delay without GAPLESS": lambda: replace(STREAM, gapless=False, padding=0),
    "Padding without GAPLESS": lambda: replace(STREAM, gapless=False, delay=0),
    "Map Interval 0": lambda: replace(STREAM, map_interval=0),
    "a Map too short": lambda: replace(STREAM, map=(STREAM.total,)),
    "a Map too long": lambda: replace(STREAM, map=(STREAM.total, 0, 0)),
    "a Map without end": lambda: replace(STREAM, map_interval=1, map=(0,) * 2000),
    "a Map that adds up to less": lambda: replace(STREAM, map=(1, 1)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_message_that_breaks_a_rule_cannot_be_made(name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        BROKEN[name]()


def test_the_bounds_themselves_can() -> None:
    assert replace(STREAM, offset=STREAM.total).offset == STREAM.total
    assert replace(STREAM, gapless=False, delay=0, padding=0).delay == 0
    counts = (1,) * 1024
    long = replace(STREAM, offset=0, total=1024, duration=1024, map_interval=1, map=counts)
    assert len(long.map) == 1024
    assert Hello(255, 255).min_version == 255


TOO_LARGE_FIELDS: dict[str, Message] = {
    "agent": replace(HELLO, agent="x" * 65),
    "secret": replace(HELLO, session=1, secret=b"short"),
    "u8": Hello(1, 256),
    "u16": replace(WELCOME, data_port=65536),
    "u32": replace(WELCOME, session=1 << 32),
    "u64": replace(STREAM, start_time=1 << 64),
    "negative": List(after=-1),
    "query": List(query="\u00e9" * 128),
    "control character": Bye(0, "\x1b[2J"),
    "lone surrogate": Error(1, "\ud800"),
    "digest": replace(STREAM, digest=b""),
    "map entry": replace(STREAM, total=1 << 32, map=(1 << 32, 0)),
    "body": Tracks(100, False, False, tuple(TrackEntry(i, 0, "x" * 255) for i in range(1, 101))),
}


@pytest.mark.parametrize("name", TOO_LARGE_FIELDS)
def test_a_value_that_does_not_fit_is_not_sent(name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        encode(1, TOO_LARGE_FIELDS[name])


def test_a_body_of_exactly_the_limit_is() -> None:
    entries = [TrackEntry(i, 0, "x" * 255) for i in range(1, 61)]
    left = MAX_BODY - Tracks.FIXED_SIZE - sum(entry.size for entry in entries)
    entries.append(TrackEntry(61, 0, "x" * (left - 14)))
    page = Tracks(61, False, False, tuple(entries))
    data = encode(1, page)
    assert len(data) == 8 + MAX_BODY
    assert list(Deframer().feed(data)) == [Numbered(1, page)]


def test_the_size_of_an_entry_is_what_it_takes() -> None:
    empty = len(encode(1, Tracks(1, False, False, ())))
    entry = TrackEntry(1, 2, "\u00e9", "\U0001d11e", "abc")
    assert len(encode(1, Tracks(1, False, False, (entry,)))) - empty == entry.size
    assert empty == 8 + Tracks.FIXED_SIZE


def test_a_reason_reads_as_a_sentence() -> None:
    assert str(Error(ErrorCode.NO_SUCH_TRACK, "no 9")) == "NO_SUCH_TRACK: no 9"
    assert str(Bye(ErrorCode.TIMEOUT)) == "TIMEOUT"
    assert str(Error(0x0999)) == "0x0999"


def test_empty_messages_are_equal_and_start_kinds_are_numbers() -> None:
    assert Goodbye() == Goodbye()
    assert [kind.value for kind in StartKind] == [0, 1]
    assert Welcome.RESUMED == 1
