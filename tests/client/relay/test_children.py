# SPDX-License-Identifier: GPL-3.0-or-later
"""The children of a relay: admitted, fed and left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import MAX_DEPTH, RING, START_BACK
from common.errors import ErrorCode
from data.frames import Data, Fail
from data.station_frames import Branch, Leave, Seal, SongFrame
from tests.client.relay.broadcast import SONG, STATION_ID
from tests.client.relay.relaying import EACH, NODE, Relay, signed
from tests.pieces import cuts


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
