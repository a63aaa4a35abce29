# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the messages of stations and relays: extension fields, and addresses of parents."""

import pytest

from common.constants import MAX_BODY, MAX_STATIONS
from common.errors import ErrorCode, ProtocolError
from control.framing import HEADER, decode_body, encode
from control.message import Message, Type
from control.music_messages import List, Stop
from control.relay_messages import Parent
from control.station_messages import StationEntry, Stations, Tune


class TestStationFields:
    """STATION and RELAYED, the extension fields of LIST and TUNE."""

    CASES = (
        (List(7, 1, "q"), List(7, 1, "q", "m"), "0200 0001 6d"),
        (Tune(4, "m"), Tune(4, "m", relayed=True), "8300 0000"),
    )

    @pytest.mark.parametrize(("plain", "message", "field"), CASES)
    def test_both_ways(self, plain: Message, message: Message, field: str) -> None:
        body = encode(1, plain)[8:] + bytes.fromhex(field)
        assert encode(1, message)[8:] == body
        assert decode_body(message.TYPE, body) == message
        assert decode_body(message.TYPE, body + bytes.fromhex("8301 0000")) == message

    @pytest.mark.parametrize(("plain", "message", "field"), CASES)
    def test_every_cut_between(self, plain: Message, message: Message, field: str) -> None:
        for size in range(1, len(bytes.fromhex(field))):
            with pytest.raises(ProtocolError) as refused:
                decode_body(message.TYPE, encode(1, plain)[8:] + bytes.fromhex(field)[:size])
            assert refused.value.code is ErrorCode.MALFORMED, size

    @pytest.mark.parametrize("message", [Stop(1), Tune(4, "m")])
    def test_station_is_known_in_list_alone(self, message: Message) -> None:
        with pytest.raises(ProtocolError) as refused:
            decode_body(message.TYPE, encode(1, message)[8:] + bytes.fromhex("0200 0001 6d"))
        assert refused.value.code is ErrorCode.UNKNOWN_EXTENSION

    def test_relayed_is_skipped_elsewhere(self) -> None:
        body = encode(1, Stop(1))[8:] + bytes.fromhex("8300 0001 00")
        assert decode_body(Type.STOP, body) == Stop(1)

    @pytest.mark.parametrize("field", ["0200 0000", "0200 0001 1b", "0200 0001 ff"])
    def test_a_station_that_cannot_be_read(self, field: str) -> None:
        with pytest.raises(ProtocolError) as refused:
            decode_body(Type.LIST, encode(1, List())[8:] + bytes.fromhex(field))
        assert refused.value.code is ErrorCode.MALFORMED

    def test_relayed_must_be_empty(self) -> None:
        body = encode(1, Tune(4, "m"))[8:] + bytes.fromhex("8300 0001 00")
        with pytest.raises(ProtocolError) as refused:
            decode_body(Type.TUNE, body)
        assert refused.value.code is ErrorCode.MALFORMED


@pytest.mark.parametrize(
    ("text", "is_address"),
    [
        ("192.0.2.1", True),
        ("2001:db8::1", True),
        ("::ffff:192.0.2.1", True),
        ("", False),
        ("localhost", False),
        ("192.0.2", False),
        ("192.0.2.256", False),
        ("192.0.2.01", False),
        ("192.0.2.1 ", False),
        ("192.0.2.1/32", False),
        ("fe80::1%lo", False),
        ("[2001:db8::1]", False),
        ("\u0661.0.0.1", False),
    ],
)
def test_the_address_of_a_parent(text: str, is_address: bool) -> None:
    def parent() -> Parent:
        return Parent(1, 2, 3, bytes(32), text)

    if is_address:
        assert parent().address == text
    else:
        with pytest.raises(ValueError, match="Address"):
            parent()


NAME = "0001 6d"
ENTRY = "00000001 00000002 00000003 0001 61 0000 0000"
PARENT = f"00000007 1234 {'00' * 8} {'00' * 32} 0007 312e322e332e34"
TUNED = f"{'00' * 12} {'e0' * 16} {'c0' * 32}"  # but for Stream and Flags


def long(size: int) -> str:
    """A text of so many bytes."""
    return f"{size:04x} {'61' * size}"


# What nothing but the message itself refuses, each of them next to what is taken.
@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            Type.STATIONS,
            f"0001 {long(64)} 00000001 0000 0000",
            f"0001 {long(65)} 00000001 0000 0000",
        ),
        (Type.STATIONS, f"0001 {NAME} 00000001 0000 0000", "0001 0000 00000001 0000 0000"),
        (Type.TUNE, f"00000001 {'00' * 24} {long(64)}", f"00000001 {'00' * 24} {long(65)}"),
        (Type.TUNE, f"00000001 {'00' * 24} {NAME}", f"00000000 {'00' * 24} {NAME}"),
        (Type.TUNED, f"00000001 {TUNED} 00", f"00000000 {TUNED} 00"),
        (Type.TUNED, f"00000001 {TUNED} 01", f"00000001 {TUNED} 02"),
        (Type.ENQUEUE, f"00000001 {long(64)}", f"00000001 {long(65)}"),
        (Type.ENQUEUED, "01 0001 00000000", "02 0001 00000000"),
        (Type.QUEUE, f"0001 0001 {long(64)}", f"0001 0001 {long(65)}"),
        (Type.ENTRIES, f"0001 0001 {ENTRY}", f"0000 0001 {ENTRY}"),
        (
            Type.ENTRIES,
            f"0001 0001 {'00' * 12} {NAME} 0000 {long(64)}",
            f"0001 0001 {'00' * 12} {NAME} 0000 {long(65)}",
        ),
        (Type.NOW, long(64), long(65)),
        (Type.SKIP, f"00000001 {long(64)}", f"00000001 {long(65)}"),
        (Type.VOTES, "01 0000 0000", "03 0000 0000"),
        (Type.PARENTS, f"00000001 0004 {PARENT * 4}", f"00000001 0005 {PARENT * 5}"),
        (Type.PARENTS, f"00000001 0001 {PARENT}", f"00000000 0001 {PARENT}"),
        (Type.REPORT, f"00000001 {'00' * 20}", f"00000000 {'00' * 20}"),
        (Type.ACCUSE, f"00000001 00000007 {'00' * 8}", f"00000000 00000007 {'00' * 8}"),
        (Type.ACCUSE, f"00000001 00000007 {'00' * 8}", f"00000001 00000000 {'00' * 8}"),
    ],
)
def test_what_can_be_and_what_cannot(kind: Type, good: str, bad: str) -> None:
    assert decode_body(kind, bytes.fromhex(good)).TYPE is kind
    with pytest.raises(ProtocolError) as refused:
        decode_body(kind, bytes.fromhex(bad))
    assert refused.value.code is ErrorCode.MALFORMED


def test_the_most_stations_fit_into_a_message() -> None:
    names = [f"{number:064}" for number in range(MAX_STATIONS)]
    full = Stations(tuple(StationEntry(name, 1, "t" * 255, "a" * 255) for name in names))
    assert len(encode(1, full)) <= HEADER.size + MAX_BODY
    with pytest.raises(ValueError, match="too many"):
        Stations((*full.stations, StationEntry("z", 1)))
