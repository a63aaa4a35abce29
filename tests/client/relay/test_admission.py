# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is refused as a child of a relay: by ticket, for want of room, as a stranger."""

import pytest

from client.relay.children import MOST_ALIKE, MOST_STRANGERS, TURN
from common.constants import JOIN_TIMEOUT, SPARE
from common.errors import ErrorCode
from data.frames import Data
from data.station import ticket
from data.station_frames import Branch, Join, Seal, SongFrame
from tests.client.relay.broadcast import STATION_ID
from tests.client.relay.relaying import EXPIRES, KEY, TIME, Relay, signed


class TestTickets:
    """A child shows one."""

    @pytest.mark.parametrize(
        "join",
        [
            signed(9, key=b"x" * 32),
            signed(9, expires=TIME - 1),
            Join(8, 1, 0, STATION_ID, EXPIRES, signed(9).ticket),
            Join(9, 1, 0, STATION_ID, EXPIRES + 1, signed(9).ticket),
            Join(9, 1, 0, b"j" * 16, EXPIRES, signed(9).ticket),
            Join(9, 1, 0, b"j" * 16, EXPIRES, ticket.make(KEY, b"j" * 16, node=9, expires=EXPIRES)),
        ],
        ids=["guessed", "over", "another's", "prolonged", "another station", "not tuned there"],
    )
    def test_one_that_does_not_fit_is_refused(self, join: Join) -> None:
        relay = Relay()
        relay.hears()
        assert relay.refusal(relay.joins(9, join=join)) is ErrorCode.BAD_TICKET

    def test_one_of_the_offer_before_is_good_and_one_of_an_older_one_is_not(self) -> None:
        relay = Relay()
        relay.hears()
        for expected in (True, False):
            relay.offering.linked()
            relay.offering.ready(now=1.0)
            assert (Branch in map(type, relay.sends(relay.joins(9)))) is expected

    def test_the_server_may_look_before_it_has_told_its_time(self) -> None:
        relay = Relay(offered=False)
        relay.hears()
        child = relay.joins(0)
        assert [type(frame) for frame in relay.sends(child)] == [Branch, SongFrame, Data, Seal]
        assert relay.children.count == 0

    def test_a_second_join_of_the_same_node_takes_the_place(self) -> None:
        relay = Relay()
        relay.hears()
        first = relay.joins(9)
        second = relay.joins(9)
        assert relay.children.is_over(first)
        assert relay.sends(first) == []
        assert relay.offsets(second) == [0]
        assert relay.children.count == 1


class TestStrangers:
    """Connections that have not joined."""

    def test_they_are_bounded_and_the_oldest_goes(self) -> None:
        relay = Relay()
        for number in range(MOST_STRANGERS):
            relay.knocks(f"192.0.2.{number}")
        assert relay.children.accepted(1000, "198.51.100.1", now=0.0) == [1]

    def test_one_address_cannot_push_out_all_others(self) -> None:
        relay = Relay()
        for _ in range(MOST_ALIKE):
            relay.knocks()
        assert relay.children.accepted(1000, "192.0.2.1", now=0.0) == [1000]

    def test_who_does_not_join_in_time_is_closed_without_a_word(self) -> None:
        relay = Relay()
        child = relay.knocks()
        assert relay.children.deadline() == JOIN_TIMEOUT
        relay.children.tick(parent=0, now=JOIN_TIMEOUT - 0.1)
        assert not relay.children.is_over(child)
        relay.children.tick(parent=0, now=float(JOIN_TIMEOUT))
        assert relay.children.is_over(child)
        assert relay.sends(child) == []

    def test_who_says_something_else_is_closed(self) -> None:
        relay = Relay()
        child = relay.knocks()
        relay.children.received(child, b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n", now=0.0)
        assert relay.refusal(child) is ErrorCode.TOO_LARGE

    def test_who_says_more_than_join_is_closed(self) -> None:
        relay = Relay()
        relay.hears()
        child = relay.joins(9)
        relay.children.received(child, signed(9).encode(), now=0.0)
        assert relay.children.is_over(child)
        assert relay.children.count == 0

    def test_who_closes_is_forgotten(self) -> None:
        relay = Relay()
        relay.hears()
        child = relay.joins(9)
        relay.children.received(child, b"", now=0.0)
        assert relay.children.is_over(child)
        relay.children.gone(child)
        assert relay.children.count == 0

    def test_nobody_comes_in_where_nothing_is_offered(self) -> None:
        relay = Relay()
        relay.offering.untuned()
        assert relay.children.accepted(1, "192.0.2.1", now=0.0) == [1]


class TestRoom:
    """How many."""

    def test_some_more_than_were_offered_find_a_place_and_no_more(self) -> None:
        relay = Relay(children=2)
        relay.hears()
        for node in range(1, 2 + SPARE + 1):
            assert relay.offsets(relay.joins(node)) == [0]
        assert relay.refusal(relay.joins(100)) is ErrorCode.BUSY

    def test_the_servers_look_needs_no_place(self) -> None:
        relay = Relay(children=1)
        relay.hears()
        for node in range(1, 1 + SPARE + 1):
            relay.joins(node)
        assert relay.offsets(relay.joins(0)) == [0]

    def test_who_would_not_fit_into_the_rate_is_refused(self) -> None:
        # A stretch and its seal each half second, and a song in the first.
        relay = Relay(children=5, rate=5000, size=1000)
        relay.hears(4)
        relay.sends(relay.joins(1))
        relay.sends(relay.joins(2))
        assert relay.refusal(relay.joins(3)) is ErrorCode.BUSY

    def test_what_is_old_waits_for_the_rate_and_what_is_new_does_not(self) -> None:
        relay = Relay(children=5, rate=40_000, size=8000)
        relay.hears(12)
        first, second = relay.joins(1), relay.joins(2)
        assert len(relay.offsets(first)) == 9  # a turn, which leaves a debt
        assert relay.offsets(second) == []
        at = relay.children.deadline()
        assert at is not None
        assert at > relay.now
        relay.hears()
        assert relay.offsets(first) == []  # old as well
        relay.now = at
        assert len(relay.offsets(first)) > 0
        relay.hears()
        assert relay.offsets(first) == [relay.edge - 8000]

    def test_the_latest_is_sent_away_where_the_rate_no_longer_does(self) -> None:
        relay = Relay(children=5, rate=20_000, size=4000)
        relay.hears(2)
        first, second = relay.joins(1), relay.joins(2)
        relay.size = 8000 * 2
        while relay.children.count == 2:
            relay.hears()
            relay.sends(first)
            assert relay.now < 60
            relay.sends(second) if relay.children.count == 2 else None
        assert relay.refusal(second) is ErrorCode.BUSY
        relay.hears()
        assert relay.offsets(first) == [relay.edge - relay.size]

    def test_no_turn_is_longer_than_its_bound_by_more_than_a_stretch(self) -> None:
        relay = Relay(size=8000)
        relay.hears(40)
        child = relay.joins(9, 8000)
        assert max(map(len, relay.chunks(child))) < TURN + 9000
