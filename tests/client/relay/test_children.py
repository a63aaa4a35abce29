# SPDX-License-Identifier: GPL-3.0-or-later
"""The children of a relay: admitted, fed, refused and left."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.relay.allowance import Allowance
from client.relay.children import MOST_ALIKE, MOST_STRANGERS, TURN, Children
from client.relay.offering import Offering
from common.constants import JOIN_TIMEOUT, MAX_DEPTH, RING, SPARE, START_BACK
from common.errors import ErrorCode
from control.relay_messages import Relaying
from data.frames import Data, Deframer, Fail, Frame
from data.station import ticket
from data.station.listener import Sound
from data.station.ring import Out
from data.station_frames import Branch, Join, Leave, Seal, SongFrame
from tests.client.relay.broadcast import SONG, STATION_ID, Listener
from tests.pieces import cuts

KEY = b"k" * 32
NODE = 50  # the relay
TIME = 1_700_000_000  # the server's, when ours is 0
EXPIRES = TIME + 60
EACH = 0.5  # seconds of a stretch


class Relay:
    """A relay that is offered, with so many children and bytes per second."""

    def __init__(
        self, children: int = 3, rate: int = 0, *, size: int = 1000, offered: bool = True
    ) -> None:
        self.listening = Listener()
        self.secrets = 0
        self.offering = Offering(
            self.listening,
            children=children,
            rate=rate,
            secret=self._secret,
            tell=lambda _: None,
        )
        self.offering.listens(5999)
        self.offering.tuned()
        self.offering.ready(now=0.0)
        if offered:
            self.offering.answered(self.listening.asked[0], Relaying(children, TIME), now=0.0)
        self.children = Children(self.offering, Allowance(rate, now=0.0), self.treat)
        self.children.begin(STATION_ID, (NODE,))
        self.song_at = 0
        self.size = size
        self.now = 0.0
        self.edge = 0
        self.keys = 0
        self.spoils = False

    def _secret(self, _: int) -> bytes:
        self.secrets += 1
        return KEY if self.secrets == 1 else bytes([self.secrets]) * 32

    def treat(self, frames: list[Out]) -> list[Out]:
        return (
            [Out(out.header, b"?" * len(out.payload)) for out in frames] if self.spoils else frames
        )

    def hears(self, count: int = 1) -> None:
        """So many stretches pass, each when it is due."""
        for _ in range(count):
            self.now += EACH
            self.children.passed(self._sound(), EACH, now=self.now)
            self.edge += self.size

    def _sound(self) -> Sound:
        return Sound(
            offset=self.edge,
            audio=b"a" * self.size,
            song=SONG,
            song_offset=self.song_at,
            before=bytes(32),
            signature=bytes(64),
            primes=False,
        )

    def knocks(self, address: str = "192.0.2.1") -> int:
        self.keys += 1
        assert self.children.accepted(self.keys, address, now=self.now) == []
        return self.keys

    def joins(self, node: int, offset: int = 0, *, join: Join | None = None) -> int:
        key = self.knocks()
        self.children.received(key, (join or signed(node, offset)).encode(), now=self.now)
        return key

    def sends(self, key: int) -> list[Frame]:
        """Everything that is there for this child now."""
        frames = Deframer()
        return [frame for data in self.chunks(key) for frame in frames.feed(data)]

    def chunks(self, key: int) -> Iterator[bytes]:
        while data := self.children.take(key, now=self.now):
            yield data

    def offsets(self, key: int) -> list[int]:
        return [frame.offset for frame in self.sends(key) if isinstance(frame, Data)]

    def refusal(self, key: int) -> ErrorCode:
        """Why it was turned away."""
        (fail,) = self.sends(key)
        assert isinstance(fail, Fail)
        assert self.children.is_over(key)
        return ErrorCode(fail.code)


def signed(node: int, offset: int = 0, *, expires: int = EXPIRES, key: bytes = KEY) -> Join:
    shown = ticket.make(key, STATION_ID, node=node, expires=expires)
    return Join(node, 1, offset, STATION_ID, expires, shown)


class TestJoining:
    """Who is admitted, and where the stream begins."""

    def test_a_child_is_told_its_branch_and_the_song_and_fed(self) -> None:
        relay = Relay()
        relay.children.turn((4, NODE))
        relay.hears(2)
        child = relay.joins(9, 1000)
        branch, song, data, seal = relay.sends(child)
        assert branch == Branch(9, 1, 1000, (4, NODE))
        assert song == SongFrame(9, 1, 0, SONG)
        assert isinstance(data, Data)
        assert (data.session, data.stream, data.offset) == (9, 1, 1000)
        assert isinstance(seal, Seal)
        assert seal.offset == 2000
        relay.hears()
        assert [type(frame) for frame in relay.sends(child)] == [Data, Seal]
        assert relay.children.count == 1

    @pytest.mark.parametrize("offset", [0, 99_999])
    def test_who_has_no_place_begins_near_the_edge(self, offset: int) -> None:
        relay = Relay()
        relay.hears(40)
        child = relay.joins(9, offset)
        back = int(START_BACK / EACH)
        branch = relay.sends(child)[0]
        assert branch == Branch(9, 1, relay.edge - back * relay.size, (NODE,))

    def test_who_has_everything_waits_for_the_next(self) -> None:
        relay = Relay()
        relay.hears(3)
        child = relay.joins(9, 3000)
        assert relay.sends(child) == [Branch(9, 1, 3000, (NODE,))]
        relay.hears()
        assert [type(frame) for frame in relay.sends(child)] == [SongFrame, Data, Seal]

    def test_who_wants_what_has_left_is_told_behind(self) -> None:
        relay = Relay()
        relay.hears(int(RING / EACH) + 2)
        assert relay.refusal(relay.joins(9, 1000)) is ErrorCode.BEHIND

    def test_who_wants_the_middle_of_a_stretch_is_told_behind(self) -> None:
        relay = Relay()
        relay.hears(3)
        assert relay.refusal(relay.joins(9, 1500)) is ErrorCode.BEHIND

    def test_nothing_is_to_be_had_before_something_has_come(self) -> None:
        relay = Relay()
        assert relay.refusal(relay.joins(9)) is ErrorCode.BUSY

    @given(st.data())
    def test_the_cut_does_not_matter(self, data: st.DataObject) -> None:
        relay = Relay()
        relay.hears()
        child = relay.knocks()
        for piece in data.draw(cuts(signed(9).encode())):
            relay.children.received(child, piece, now=relay.now)
        assert relay.offsets(child) == [0]


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


class TestFeeding:
    """Children over time."""

    def test_a_child_that_falls_out_of_the_ring_is_told(self) -> None:
        relay = Relay()
        relay.hears()
        child = relay.joins(9)
        assert relay.offsets(child) == [0]
        relay.hears(int(RING / EACH) + 2)
        (fail,) = relay.sends(child)
        assert isinstance(fail, Fail)
        assert (fail.code, fail.session, fail.stream) == (ErrorCode.BEHIND, 9, 0)
        assert relay.children.is_over(child)

    def test_a_hole_in_what_the_relay_hears_ends_its_children(self) -> None:
        relay = Relay()
        relay.hears(2)
        child = relay.joins(9)
        relay.sends(child)
        relay.edge += 5000
        relay.song_at = relay.edge - 100
        relay.hears()
        assert relay.refusal(child) is ErrorCode.BEHIND
        assert relay.offsets(relay.joins(9)) == [7000]

    def test_a_change_above_is_told_between_two_frames(self) -> None:
        relay = Relay()
        relay.hears()
        child = relay.joins(9)
        relay.sends(child)
        relay.children.turn((4, NODE))
        relay.children.turn((5, NODE))
        relay.hears()
        branch, data, _ = relay.sends(child)
        assert branch == Branch(9, 1, 0, (5, NODE))
        assert isinstance(data, Data)

    def test_a_change_before_the_first_word_keeps_the_beginning(self) -> None:
        relay = Relay()
        relay.hears(2)
        child = relay.joins(9, 1000)
        relay.children.turn((4, NODE))
        assert relay.sends(child)[0] == Branch(9, 1, 1000, (4, NODE))

    def test_the_same_branch_is_not_told_twice(self) -> None:
        relay = Relay()
        relay.hears()
        child = relay.joins(9)
        relay.sends(child)
        relay.children.turn((NODE,))
        assert relay.sends(child) == []

    def test_a_tree_that_gets_too_deep_sheds_its_leaves(self) -> None:
        relay = Relay()
        relay.hears()
        child = relay.joins(9)
        relay.sends(child)
        relay.children.turn((*range(100, 100 + MAX_DEPTH), NODE))
        assert relay.refusal(child) is ErrorCode.BUSY
        assert relay.refusal(relay.joins(10)) is ErrorCode.BUSY

    def test_the_doctor_sees_what_goes_out(self) -> None:
        relay = Relay()
        relay.hears()
        relay.spoils = True
        child = relay.joins(9)
        spoilt = b"".join(relay.chunks(child))
        assert b"?" * 1000 in spoilt
        assert b"a" * 10 not in spoilt


class TestLeaving:
    """The relay goes."""

    def test_children_are_fed_until_then_and_told_the_successor(self) -> None:
        relay = Relay()
        relay.hears()
        child = relay.joins(9)
        relay.sends(child)
        relay.children.leave(at=relay.now + 2.0)
        relay.hears()
        relay.children.tick(parent=4, now=relay.now)
        assert relay.offsets(child) == [1000]
        assert relay.children.count == 1
        assert relay.children.deadline() == 2.5
        relay.children.tick(parent=4, now=2.5)
        assert relay.sends(child) == [Leave(9, 1, 4)]
        assert relay.children.is_over(child)
        assert relay.children.count == 0

    def test_without_children_it_has_left_at_once(self) -> None:
        relay = Relay()
        relay.children.leave(at=2.0)
        assert relay.children.count == 0

    def test_nobody_is_admitted_any_more(self) -> None:
        relay = Relay()
        relay.hears()
        knocking = relay.knocks()
        relay.children.leave(at=5.0)
        relay.children.received(knocking, signed(9).encode(), now=1.0)
        assert relay.refusal(knocking) is ErrorCode.BUSY
        assert relay.children.accepted(1000, "192.0.2.9", now=1.0) == [1000]

    def test_another_stream_sends_everybody_away(self) -> None:
        relay = Relay()
        relay.hears()
        child = relay.joins(9)
        relay.sends(child)
        relay.children.begin(STATION_ID, (NODE + 1,))
        assert relay.sends(child) == [Leave(9, 1, 0)]

    def test_a_new_stream_begins_anew(self) -> None:
        relay = Relay()
        relay.hears()
        relay.children.leave(at=0.0)
        relay.children.begin(STATION_ID, (NODE,))
        assert not relay.children.has_sound
        relay.edge = 0
        relay.hears()
        assert relay.offsets(relay.joins(9)) == [0]
