# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener that is fed: changes, farewells, lies, reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.relay.feeding import HURRIED
from common.constants import REPORT_EVERY
from control.relay_messages import Report
from data.station_frames import Branch, Leave
from tests.client.relay.broadcast import (
    SESSION,
    STATION_ID,
    STREAM,
    begins,
    forged,
    parent,
    stretch,
)
from tests.client.relay.tuned import Tuned, fed, server_sends
from tests.pieces import cuts


class TestChanging:
    """From one parent to another."""

    def test_the_old_parent_feeds_until_the_new_one_answers(self) -> None:
        listener = fed()
        assert listener.named(parent(8)) == ["dial 2 192.0.2.8 5008"]
        listener.gets(1, stretch(1000))
        listener.joins(2)
        listener.gets(1, stretch(1100))
        assert listener.gets(2, begins((8,), 1100, 1100, 1200)) == ["close 1"]
        assert listener.gets(1, stretch(1200)) == []
        assert listener.listening.heard == [1000, 1100, 1200]
        assert listener.listening.nodes == [8]

    def test_who_is_already_fed_by_the_best_stays(self) -> None:
        listener = fed()
        assert listener.named(parent(7), parent(9)) == []
        assert listener.gets(1, b"") == ["close 1", "dial 2 192.0.2.9 5009"]

    def test_who_is_being_tried_and_is_still_the_best_is_not_tried_anew(self) -> None:
        listener = Tuned()
        listener.named(parent(7))
        assert listener.named(parent(7), parent(8)) == []
        assert listener.loses(1) == ["close 1", "dial 2 192.0.2.8 5008"]

    def test_who_is_being_tried_gives_way_to_a_better_one(self) -> None:
        listener = fed()
        listener.named(parent(8))
        assert listener.named(parent(9)) == ["close 2", "dial 3 192.0.2.9 5009"]

    def test_the_old_parent_is_kept_where_it_is_next(self) -> None:
        listener = fed()
        listener.named(parent(8), parent(7), parent(9))
        assert listener.loses(2) == ["close 2"]
        assert listener.feeding.feeder == 7
        assert listener.gets(1, b"") == ["close 1", "dial 3 192.0.2.9 5009"]

    def test_the_old_parent_is_left_where_it_was_not_named(self) -> None:
        listener = fed()
        listener.named(parent(8))
        assert listener.loses(2) == ["close 2", "close 1"]
        assert listener.listening.nodes == [0]

    def test_no_parents_at_all_mean_the_server(self) -> None:
        listener = fed()
        assert listener.named() == ["close 1"]
        assert listener.listening.nodes == [0]

    def test_the_old_parent_may_go_meanwhile(self) -> None:
        listener = fed()
        listener.named(parent(8))
        assert listener.gets(1, b"") == ["close 1"]
        listener.is_fed_by(8, 2)

    def test_and_then_the_new_one_has_less_time(self) -> None:
        listener = fed()
        listener.named(parent(8))
        listener.gets(1, b"")
        assert listener.waits(HURRIED) == ["close 2"]
        assert listener.listening.nodes == [0]

    def test_another_stream_ends_everything(self) -> None:
        listener = fed()
        listener.named(parent(8))
        listener.feeding.tuned(
            STREAM + 1, session=SESSION, station_id=STATION_ID, placed=False, now=0.0
        )
        assert sorted(listener.done()) == ["close 1", "close 2"]


class TestLeaving:
    """A parent that goes in peace."""

    def leave(self, successor: int) -> bytes:
        return Leave(SESSION, STREAM, successor).encode()

    def test_a_child_goes_to_the_successor_if_it_has_a_ticket(self) -> None:
        listener = fed(8, 9)
        assert listener.gets(1, self.leave(9)) == ["close 1", "dial 2 192.0.2.9 5009"]

    @pytest.mark.parametrize("successor", [0, 44])
    def test_otherwise_to_the_next_parent(self, successor: int) -> None:
        listener = fed(8, 9)
        assert listener.gets(1, self.leave(successor)) == ["close 1", "dial 2 192.0.2.8 5008"]

    def test_otherwise_to_the_server(self) -> None:
        listener = fed()
        assert listener.gets(1, self.leave(0)) == ["close 1"]
        assert listener.listening.nodes == [0]


class TestLies:
    """A parent that sends what is not the station's."""

    def test_a_forged_stretch_is_told_and_the_liar_left(self) -> None:
        listener = fed(8)
        listener.gets(1, stretch(1000))
        assert listener.gets(1, forged(1100)) == ["close 1", "dial 2 192.0.2.8 5008"]
        assert listener.listening.accused == [(7, 1100)]
        assert listener.joins(2).offset == 1100

    def test_broken_rules_are_lies_too(self) -> None:
        listener = fed()
        listener.gets(1, stretch(1000) + stretch(1000))
        assert listener.listening.accused == [(7, 1100)]

    def test_bytes_that_are_no_frames_are_lies_too(self) -> None:
        listener = fed()
        listener.gets(1, b"\xff" * 20)
        assert listener.listening.accused == [(7, 1000)]

    def test_what_comes_behind_a_lie_is_not_listened_to(self) -> None:
        listener = fed()
        listener.gets(1, forged(1000) + stretch(1000))
        assert listener.listening.heard == []

    def test_a_liar_is_not_followed_by_itself(self) -> None:
        listener = fed(8)
        listener.gets(1, forged(1000))
        listener.is_fed_by(8, 2)
        assert listener.gets(2, Leave(SESSION, STREAM, 7).encode()) == ["close 2"]


class TestReports:
    """What the server is told."""

    def test_every_few_seconds(self) -> None:
        listener = Tuned()
        listener.waits(2 * REPORT_EVERY)
        assert listener.listening.nodes == [0, 0]
        report = listener.listening.told[0]
        assert isinstance(report, Report)
        assert (report.buffered, report.pace) == (5000, 1_000_000)

    def test_when_the_server_can_be_told_again(self) -> None:
        listener = fed()
        listener.feeding.linked(now=1.0)
        assert listener.listening.nodes == [7]

    def test_nothing_while_nobody_feeds(self) -> None:
        listener = Tuned(placed=True)
        listener.feeding.linked(now=0.0)
        assert listener.listening.told == []


def test_a_branch_that_changes_is_passed_on() -> None:
    listener = fed()
    turns = listener.turns
    listener.gets(1, Branch(SESSION, STREAM, 0, (4, 7)).encode())
    assert listener.feeding.nodes == (4, 7)
    assert listener.turns == turns + 1


def test_a_branch_that_turns_into_a_circle_is_left() -> None:
    listener = fed()
    assert listener.gets(1, Branch(SESSION, STREAM, 0, (SESSION, 7)).encode()) == ["close 1"]


@given(st.data())
def test_the_cut_does_not_matter(data: st.DataObject) -> None:
    listener = Tuned()
    server_sends(listener, 1000)
    listener.named(parent(7), parent(8))
    listener.joins(1)
    whole = begins((4, 7), 900, 900, 1000, 1100) + stretch(1200) + forged(1300)
    done = [words for piece in data.draw(cuts(whole)) for words in listener.gets(1, piece)]
    assert done == ["close 1", "dial 2 192.0.2.8 5008"]
    assert listener.listening.heard == [1000, 1100, 1200]
    assert listener.listening.accused == [(7, 1300)]
