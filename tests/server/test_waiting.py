# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may wait: so many in all, so many of one address, and nobody at the cost of all others."""

import pytest

from server.refusals import Refusal
from server.waiting import FULL, WaitingRoom


class Knocker:
    """A connection that says nothing."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def turn_away(self, text: str) -> None:
        self.told.append(text)


Room = WaitingRoom[Knocker]


def enter(room: Room, peer: str, count: int = 1) -> list[Knocker]:
    """So many come, and all are let in."""
    knockers = [Knocker() for _ in range(count)]
    for knocker in knockers:
        assert room.refusal(peer) is None
        room.enter(knocker, peer)
    return knockers


def test_an_address_has_its_share_and_no_more() -> None:
    room = Room(100, 3)
    first, *_ = enter(room, "10.0.0.1", 3)
    assert room.refusal("10.0.0.1") is Refusal.WAITING_PER_ADDRESS
    enter(room, "10.0.0.2")
    room.leave(first)
    enter(room, "10.0.0.1")
    assert room.refusal("10.0.0.1") is Refusal.WAITING_PER_ADDRESS


def test_a_share_of_0_is_any_number() -> None:
    room = Room(100, 0)
    enter(room, "10.0.0.1", 100)
    assert room.refusal("10.0.0.1") is Refusal.WAITING


@pytest.mark.parametrize("peer", ["2001:db8::2", "2001:db8::ffff:1"])
def test_an_ipv6_host_is_one_address_however_many_it_uses(peer: str) -> None:
    room = Room(100, 1)
    enter(room, "2001:db8::1")
    assert room.refusal(peer) is Refusal.WAITING_PER_ADDRESS
    enter(room, "2001:db8:0:1::1")


def test_in_a_full_room_those_who_are_most_make_room() -> None:
    room = Room(10, 8)
    few = enter(room, "10.0.0.1", 3)
    many = enter(room, "10.0.0.2", 7)
    enter(room, "10.0.0.3")
    assert [knocker.told for knocker in many] == [[FULL], [], [], [], [], [], []]
    assert not any(knocker.told for knocker in few)
    assert len(room) == 10


def test_nobody_makes_room_for_somebody_who_has_as_many() -> None:
    room = Room(4, 4)
    enter(room, "10.0.0.1", 2)
    enter(room, "10.0.0.2", 2)
    assert room.refusal("10.0.0.1") is Refusal.WAITING
    enter(room, "10.0.0.3")  # the first one's oldest goes
    assert room.refusal("10.0.0.1") is Refusal.WAITING
    assert room.refusal("10.0.0.3") is Refusal.WAITING  # two of each are no better than what is


def test_leaving_twice_and_leaving_nothing_behind() -> None:
    room = Room(4, 4)
    for knocker in enter(room, "10.0.0.1", 4):
        room.leave(knocker)
        room.leave(knocker)
    room.leave(Knocker())
    assert len(room) == 0
    enter(room, "10.0.0.1", 4)
