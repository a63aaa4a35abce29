# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding somebody who feeds a listener, and what may stand in the way."""

import pytest

from client.relay.feeding import HURRIED, MOST_ALONE
from client.relay.parent_line import STEP
from common.constants import PARENT_SILENT
from common.errors import ErrorCode
from control.relay_messages import Parents, Report
from data.frames import Data, Fail
from data.station_frames import Branch, Join
from tests.client.relay.broadcast import (
    SESSION,
    STATION_ID,
    STREAM,
    begins,
    parent,
    song_frame,
    stretch,
)
from tests.client.relay.tuned import Tuned, fed, server_sends


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
