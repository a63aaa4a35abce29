# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the messages of stations and relays: extension fields, and addresses of parents."""

import pytest

from common.errors import ErrorCode, ProtocolError
from control.framing import decode_body, encode
from control.message import Message, Type
from control.music_messages import List, Stop
from control.relay_messages import Parent
from control.station_messages import Tune


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
