# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener and its parents: found, lost, changed and caught lying."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.relay.effects import RelayOutbox, SendParent
from client.relay.feeding import HURRIED, MOST_ALONE, Feeding
from client.relay.parent_line import STEP
from common.constants import PARENT_SILENT, REPORT_EVERY
from common.errors import ErrorCode
from control.relay_messages import Parent, Parents, Report
from data.frames import Data, Deframer, Fail
from data.station_frames import Branch, Join, Leave
from tests.client.relay.broadcast import (
    SESSION,
    STATION_ID,
    STREAM,
    Listener,
    begins,
    brief,
    forged,
    from_server,
    parent,
    song_frame,
    stretch,
)
from tests.pieces import cuts


class Tuned:
    """A listener that is tuned in, and its connections."""

    def __init__(self, *, placed: bool = False, time: float | None = None) -> None:
        self.outbox = RelayOutbox()
        self.now = 0.0
        self.turns = 0
        self.listening = Listener(on_stretch=lambda _: self.feeding.advanced(now=self.now))
        self.feeding = Feeding(
            self.outbox,
            self.listening,
            server_time=lambda now: None if time is None else time + now,
            on_turn=self._turned,
        )
        self.feeding.tuned(
            STREAM, session=SESSION, station_id=STATION_ID, placed=placed, now=self.now
        )

    def _turned(self) -> None:
        self.turns += 1

    def done(self) -> list[str]:
        return brief(self.outbox.take())

    def named(self, *parents: Parent) -> list[str]:
        self.feeding.parents(Parents(STREAM, parents), now=self.now)
        return self.done()

    def joins(self, link: int) -> Join:
        self.feeding.connected(link, now=self.now)
        (effect,) = self.outbox.take()
        assert brief([effect]) == [f"join {link}"]
        assert isinstance(effect, SendParent)
        (join,) = Deframer().feed(effect.data)
        assert isinstance(join, Join)
        return join

    def gets(self, link: int, data: bytes) -> list[str]:
        self.feeding.received(link, data, now=self.now)
        return self.done()

    def loses(self, link: int) -> list[str]:
        self.feeding.lost(link, now=self.now)
        return self.done()

    def waits(self, seconds: float) -> list[str]:
        """Lets time pass up to each deadline on the way."""
        until = self.now + seconds
        done: list[str] = []
        while (deadline := self.feeding.deadline()) is not None and deadline <= until:
            self.now = deadline
            self.feeding.tick(now=self.now)
            done += self.done()
        self.now = until
        return done

    def is_fed_by(self, node: int, link: int = 1, *nodes: int) -> None:
        """From a new connection to this parent on."""
        self.joins(link)
        self.gets(link, begins((*nodes, node), self.listening.receiver.next))
        assert self.feeding.feeder == node


def fed(*others: int) -> Tuned:
    """A listener fed by node 7 on its first link, with `others` named behind it."""
    listener = Tuned()
    listener.named(parent(7), *(parent(node) for node in others))
    listener.is_fed_by(7)
    listener.listening.told.clear()
    return listener


def server_sends(listener: Tuned, *offsets: int) -> None:
    for frame in from_server(*offsets):
        listener.feeding.from_server(frame)


class TestFinding:
    """From the server to a parent."""

    def test_the_server_feeds_until_it_names_somebody(self) -> None:
        listener = Tuned()
        server_sends(listener, 1000)
        assert listener.listening.heard == [1000]
        assert listener.feeding.feeder == 0
        assert listener.feeding.nodes == ()

    def test_the_best_parent_is_dialled_and_shown_its_ticket(self) -> None:
        listener = Tuned()
        assert listener.named(parent(7), parent(8)) == ["dial 1 192.0.2.7 5007"]
        assert listener.joins(1) == Join(SESSION, STREAM, 1000, STATION_ID, 1000, b"\x07" * 32)

    def test_the_server_goes_on_feeding_until_the_parent_answers(self) -> None:
        listener = Tuned()
        listener.named(parent(7))
        listener.joins(1)
        server_sends(listener, 1000)
        listener.gets(1, begins((9, 7), 1000, 1000, 1100, 1200))
        # What the server has sent by then is not taken a second time.
        assert listener.listening.heard == [1000, 1100, 1200]
        assert listener.listening.nodes == [7]
        assert listener.feeding.nodes == (9, 7)
        assert listener.turns == 1

    def test_what_was_on_its_way_from_the_server_is_dropped(self) -> None:
        listener = fed()
        server_sends(listener, 1000)
        assert listener.listening.heard == []

    def test_a_stretch_without_its_seal_is_taken_again_from_the_parent(self) -> None:
        listener = Tuned()
        listener.named(parent(7))
        listener.joins(1)
        listener.feeding.from_server(song_frame())
        listener.feeding.from_server(Data(SESSION, STREAM, 1000, b"x" * 20, begins=True))
        listener.gets(1, begins((7,), 1000, 1000))
        assert listener.listening.heard == [1000]

    def test_parents_of_another_stream_are_ignored(self) -> None:
        listener = Tuned()
        listener.feeding.parents(Parents(STREAM - 1, (parent(7),)), now=0.0)
        assert listener.done() == []

    def test_nobody_is_dialled_who_is_not_tuned_in(self) -> None:
        listener = Tuned()
        listener.feeding.untuned(now=0.0)
        assert listener.named(parent(7)) == []
        assert listener.feeding.deadline() is None

    def test_a_ticket_that_is_over_by_the_servers_clock_is_passed_over(self) -> None:
        listener = Tuned(time=500.0)
        named = listener.named(parent(7, expires=499), parent(8, expires=500))
        assert named == ["dial 1 192.0.2.8 5008"]

    def test_where_the_servers_clock_is_not_known_the_parent_judges(self) -> None:
        assert Tuned().named(parent(7, expires=1)) == ["dial 1 192.0.2.7 5007"]


class TestNotFinding:
    """Parents that will not do."""

    @pytest.mark.parametrize("code", [ErrorCode.BUSY, ErrorCode.BAD_TICKET, ErrorCode.BEHIND])
    def test_a_parent_that_refuses_gives_way_to_the_next(self, code: ErrorCode) -> None:
        listener = Tuned()
        listener.named(parent(7), parent(8))
        listener.joins(1)
        refusal = Fail(SESSION, 0, 0, code, "no").encode()
        assert listener.gets(1, refusal) == ["close 1", "dial 2 192.0.2.8 5008"]

    def test_one_that_cannot_be_reached_does(self) -> None:
        listener = Tuned()
        listener.named(parent(7), parent(8))
        assert listener.loses(1) == ["close 1", "dial 2 192.0.2.8 5008"]

    def test_one_that_says_nothing_does_in_time(self) -> None:
        listener = Tuned()
        listener.named(parent(7), parent(8))
        assert listener.waits(PARENT_SILENT - 0.1) == []
        listener.joins(1)
        assert listener.waits(PARENT_SILENT - 0.1) == []
        assert listener.waits(0.1) == ["close 1", "dial 2 192.0.2.8 5008"]

    def test_when_all_have_failed_the_server_goes_on_without_a_word(self) -> None:
        listener = Tuned()
        listener.named(parent(7))
        assert listener.loses(1) == ["close 1"]
        server_sends(listener, 1000)
        assert listener.listening.heard == [1000]
        assert listener.listening.told == []

    def test_another_program_at_its_port_is_not_accused(self) -> None:
        listener = Tuned()
        listener.named(parent(7))
        listener.joins(1)
        assert listener.gets(1, b"HTTP/1.1 400 Bad Request\r\n\r\n") == ["close 1"]
        assert listener.listening.told == []

    @pytest.mark.parametrize("nodes", [(7, SESSION, 9), (9,), (SESSION, 7)])
    def test_a_circle_and_a_stranger_are_left(self, nodes: tuple[int, ...]) -> None:
        listener = Tuned()
        listener.named(parent(7))
        listener.joins(1)
        assert listener.gets(1, begins(nodes, 1000)) == ["close 1"]
        assert listener.feeding.feeder == 0

    def test_a_parent_that_would_leave_a_hole_is_left(self) -> None:
        listener = Tuned()
        listener.named(parent(7))
        listener.joins(1)
        assert listener.gets(1, begins((7,), 1100)) == ["close 1"]


class TestPlaced:
    """A newcomer whom the server does not feed."""

    def test_a_newcomer_is_fed_by_the_parent_from_the_first_byte_on(self) -> None:
        listener = Tuned(placed=True)
        listener.named(parent(7))
        listener.is_fed_by(7)
        assert listener.gets(1, stretch(1000)) == []
        assert listener.listening.heard == [1000]

    def test_a_newcomer_who_is_told_nothing_asks_the_server(self) -> None:
        listener = Tuned(placed=True)
        assert listener.listening.told == []
        listener.waits(MOST_ALONE)
        assert listener.listening.nodes == [0]
        server_sends(listener, 1000)
        assert listener.listening.heard == [1000]

    def test_a_newcomer_with_dead_parents_asks_the_server_in_time(self) -> None:
        listener = Tuned(placed=True)
        listener.named(*(parent(node) for node in (7, 8, 9, 10)))
        done = listener.waits(MOST_ALONE)
        assert done == [
            "close 1",
            "dial 2 192.0.2.8 5008",
            "close 2",
            "dial 3 192.0.2.9 5009",
            "close 3",
            "dial 4 192.0.2.10 5010",
            "close 4",
        ]
        assert listener.listening.nodes == [0]

    def test_a_newcomer_who_is_told_of_nobody_asks_the_server(self) -> None:
        listener = Tuned(placed=True)
        assert listener.named() == []
        assert listener.listening.nodes == [0]


class TestHealing:
    """A parent that is lost."""

    def test_a_parent_that_closes_gives_way_to_the_next_at_the_byte(self) -> None:
        listener = fed(8)
        listener.gets(1, stretch(1000) + stretch(1100))
        assert listener.gets(1, b"") == ["close 1", "dial 2 192.0.2.8 5008"]
        assert listener.joins(2).offset == 1200
        listener.gets(2, begins((8,), 1100, 1100, 1200))
        assert listener.listening.heard == [1000, 1100, 1200]
        assert listener.listening.nodes == [8]

    def test_one_that_is_silent_does(self) -> None:
        listener = fed(8)
        listener.now = 1.0
        listener.gets(1, stretch(1000))
        assert listener.waits(PARENT_SILENT - 0.1) == []
        assert listener.waits(0.1) == ["close 1", "dial 2 192.0.2.8 5008"]

    def test_words_without_sound_are_silence(self) -> None:
        listener = fed(8)
        listener.waits(PARENT_SILENT - 0.5)
        listener.gets(1, Branch(SESSION, STREAM, 0, (7,)).encode())
        assert listener.waits(0.5) == ["close 1", "dial 2 192.0.2.8 5008"]

    def test_those_further_down_are_more_patient(self) -> None:
        listener = Tuned()
        listener.named(parent(7), parent(8))
        listener.is_fed_by(7, 1, 11, 12)
        assert listener.waits(PARENT_SILENT + 2 * STEP - 0.1) == []
        assert listener.waits(0.1) == ["close 1", "dial 2 192.0.2.8 5008"]

    def test_without_another_parent_the_server_is_asked_at_the_byte(self) -> None:
        listener = fed()
        listener.gets(1, stretch(1000))
        assert listener.gets(1, b"") == ["close 1"]
        report = listener.listening.told[-1]
        assert isinstance(report, Report)
        assert (report.node, report.offset) == (0, 1100)
        server_sends(listener, 1300)  # from before
        server_sends(listener, 1100, 1200)
        assert listener.listening.heard == [1000, 1100, 1200]

    def test_while_nobody_feeds_the_next_has_less_time(self) -> None:
        listener = fed(8, 9)
        listener.gets(1, b"")
        assert listener.waits(HURRIED) == ["close 2", "dial 3 192.0.2.9 5009"]

    def test_a_parent_of_no_use_is_tried_once(self) -> None:
        listener = fed(8)
        listener.gets(1, b"")
        assert listener.loses(2) == ["close 2"]
        assert listener.listening.nodes == [0]

    def test_a_hole_in_what_a_parent_sends_is_a_lie(self) -> None:
        listener = Tuned()
        listener.named(parent(7))
        listener.joins(1)
        assert listener.gets(1, begins((7,), 900, 900, 1100)) == ["close 1"]
        assert listener.listening.accused == [(7, 1000)]


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
