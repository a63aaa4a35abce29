# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets for JOIN."""

import hmac

import pytest

from data.station import ticket

KEY = bytes(range(32))
STATION = bytes(range(16))
GOOD = ticket.make(KEY, STATION, node=7, expires=1000)


def test_golden_ticket() -> None:
    message = b"antiphon join 1" + STATION + bytes.fromhex("00000007 00000000000003e8")
    assert hmac.new(KEY, message, "sha256").digest() == GOOD
    assert len(GOOD) == 32


@pytest.mark.parametrize(("now", "good"), [(0.0, True), (1000.0, True), (1000.1, False)])
def test_good_until_it_expires(now: float, good: bool) -> None:
    assert ticket.check(KEY, STATION, node=7, expires=1000, ticket=GOOD, now=now) is good


def test_good_for_one_key_station_node_and_time_alone() -> None:
    check = ticket.check
    assert not check(KEY[::-1], STATION, node=7, expires=1000, ticket=GOOD, now=0)
    assert not check(KEY, STATION[::-1], node=7, expires=1000, ticket=GOOD, now=0)
    assert not check(KEY, STATION, node=8, expires=1000, ticket=GOOD, now=0)
    assert not check(KEY, STATION, node=7, expires=1001, ticket=GOOD, now=0)
    for other in (b"", GOOD[:-1], GOOD[:-1] + bytes([GOOD[-1] ^ 1]), bytes(32)):
        assert not check(KEY, STATION, node=7, expires=1000, ticket=other, now=0)


def test_sizes_are_checked_since_the_fields_are_not_counted() -> None:
    for key, station in ((KEY[1:], STATION), (KEY, STATION + b"x")):
        with pytest.raises(ValueError, match="size"):
            ticket.make(key, station, node=7, expires=1000)
