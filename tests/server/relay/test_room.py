# SPDX-License-Identifier: GPL-3.0-or-later
"""How many children a relay is given, and whose accusations are believed."""

import pytest

from common.constants import MAX_BELIEVED
from control.relay_messages import Relay
from server.relay.believed import REMEMBERED, Believed
from server.relay.room import room_of

KEY = bytes(31) + b"k"


@pytest.mark.parametrize(
    ("children", "rate", "measured", "stream", "room"),
    [
        (5, 0, 0.0, 16_000.0, 5),
        (5, 40_000, 0.0, 16_000.0, 2),
        (5, 0, 40_000.0, 16_000.0, 2),
        (5, 0, 39_000.0, 16_000.0, 1),  # a measured rate is taken with a margin
        (5, 15_999, 0.0, 16_000.0, 0),
        (5, 40_000, 1e9, 16_000.0, 2),
        (5, 1, 1.0, 0.0, 5),  # nothing is on the air
    ],
)
def test_a_relay_has_room_for_what_it_can_send(
    children: int, rate: int, measured: float, stream: float, room: int
) -> None:
    offer = Relay(port=1, children=children, rate=rate, key=KEY)
    assert room_of(offer, measured=measured, stream=stream) == room


def test_a_session_is_believed_only_some_times() -> None:
    believed = Believed()
    found = [believed.believe(1, f"8.8.8.{number}") for number in range(MAX_BELIEVED + 2)]
    assert found == [True] * MAX_BELIEVED + [False] * 2
    assert believed.times(1) == MAX_BELIEVED


def test_an_address_is_believed_only_some_times() -> None:
    believed = Believed()
    found = [believed.believe(number, f"2606:4700::{number}") for number in range(1, 5)]
    assert found == [True] * MAX_BELIEVED + [False] * (4 - MAX_BELIEVED)


def test_who_accused_long_ago_is_forgotten() -> None:
    believed = Believed()
    for _ in range(MAX_BELIEVED):
        believed.believe(1, "8.8.8.8")
    for number in range(2, REMEMBERED // 2 + 3):
        believed.believe(number, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert believed.believe(1, "8.8.8.8")
