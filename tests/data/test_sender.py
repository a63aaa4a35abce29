# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server sends next: whole MPEG frames, within the credit, of the newest stream."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import MAX_PAYLOAD
from common.errors import ErrorCode
from data.frames import Data, Deframer, End, Fail, Frame
from data.mpeg import LONGEST_FRAME
from data.sender import Part, Sender
from tests.data.frames import MONO_64, RATE_48, STEREO_128, STEREO_320, audio_of, frames, index_of

# Three runs of frames with garbage between them, of four lengths.
FILE = (
    b"".join(frames([STEREO_128, STEREO_320] * 20))
    + b"." * 50
    + b"".join(frames([RATE_48] * 30))
    + b"." * 50
    + b"".join(frames([MONO_64] * 40))
)
INDEX = index_of(FILE)
AUDIO = audio_of(FILE, INDEX)
BORDERS = {0, *INDEX.frame_ends}
ALL = 1 << 40  # bytes of credit, or of budget: as much as there is


def octets(parts: list[Part]) -> bytes:
    """What the shell would send."""
    return b"".join(
        part.header + FILE[part.file_offset : part.file_offset + part.length] for part in parts
    )


def sent(parts: list[Part]) -> list[Frame]:
    """The frames that a client would read."""
    found: list[Frame] = []
    for part in parts:
        found += Deframer().feed(octets([part]))
    return found


def playing(*, start: int = 0, window: int = ALL, stream: int = 3) -> Sender:
    sender = Sender(9)
    sender.play(stream, INDEX, start=start, window=window)
    return sender


def audio_in(found: list[Frame]) -> bytes:
    return b"".join(frame.audio for frame in found if isinstance(frame, Data))


def ended() -> Sender:
    sender = playing()
    sender.next_parts(ALL)
    return sender


STATES = {"IDLE": lambda: Sender(9), "SENDING": lambda: playing(window=2000), "ENDED": ended}


class TestStates:
    """Every state with every input."""

    @pytest.mark.parametrize("state", STATES)
    def test_play(self, state: str) -> None:
        sender = STATES[state]()
        sender.play(7, INDEX, start=0, window=500)
        assert (sender.newest, sender.sending, sender.offset) == (7, True, 0)
        (frame,) = sent(sender.next_parts(ALL))
        assert frame == Data(9, 7, 0, AUDIO[:417])

    @pytest.mark.parametrize(("state", "what"), list(product(STATES, ["stop", "lost", "fail"])))
    def test_what_ends_a_stream(self, state: str, what: str) -> None:
        sender = STATES[state]()
        newest = sender.newest
        if what == "stop":
            assert sender.stop(newest)
        elif what == "lost":
            sender.lost()
        else:
            part = sender.fail(ErrorCode.CHANGED, "replaced")
            assert (part is not None) is (state == "SENDING")
        assert not sender.sending
        assert sender.next_parts(ALL) == []
        assert sender.credit(newest, ALL)
        assert sender.next_parts(ALL) == []
        assert sender.newest == newest

    @pytest.mark.parametrize("state", STATES)
    def test_a_stream_that_never_was(self, state: str) -> None:
        sender = STATES[state]()
        assert not sender.stop(sender.newest + 1)
        assert not sender.credit(sender.newest + 1, ALL)
        assert sender.sending is (state == "SENDING")

    def test_an_older_stream_is_ignored(self) -> None:
        sender = playing(window=500, stream=4)
        assert sender.stop(3)
        assert sender.credit(3, ALL)
        assert sender.sending
        assert audio_in(sent(sender.next_parts(ALL))) == AUDIO[:417]

    def test_fail_tells_what_was_sent(self) -> None:
        sender = playing(window=2000)
        before = audio_in(sent(sender.next_parts(ALL)))
        part = sender.fail(ErrorCode.UNREADABLE, "gone")
        assert part is not None
        fail = Fail(9, 3, len(before), ErrorCode.UNREADABLE, "gone")
        assert sent([part]) == [fail]
        assert sender.fail(ErrorCode.UNREADABLE, "gone") is None

    def test_end_is_sent_once(self) -> None:
        sender = playing()
        *_, end = sent(sender.next_parts(ALL))
        assert end == End(9, 3, INDEX.total, INDEX.digest)
        assert sender.next_parts(ALL) == []
        assert not sender.sending

    def test_an_empty_rest_is_end_alone_and_needs_no_credit(self) -> None:
        sender = playing(start=INDEX.total, window=0)
        assert sent(sender.next_parts(1)) == [End(9, 3, INDEX.total, INDEX.digest)]


class TestCredit:
    """Never a byte beyond it, and as many as fit below it."""

    @pytest.mark.parametrize("window", [0, 1, 416, 417, 418, 1460, 1461, 20000])
    def test_window(self, window: int) -> None:
        sender = playing(window=window)
        found = audio_in(sent(sender.next_parts(ALL)))
        assert len(found) <= window
        assert len(found) in BORDERS
        assert len(found) == max(border for border in BORDERS if border <= window)

    def test_it_is_never_taken_back(self) -> None:
        sender = playing(window=1461)
        sender.credit(3, 500)
        assert len(audio_in(sent(sender.next_parts(ALL)))) == 1461

    def test_it_is_raised(self) -> None:
        sender = playing(window=500)
        assert len(audio_in(sent(sender.next_parts(ALL)))) == 417
        sender.credit(3, 1461)
        assert len(audio_in(sent(sender.next_parts(ALL)))) == 1044

    def test_it_counts_from_where_the_stream_begins(self) -> None:
        start = INDEX.offset_of_frame(10)
        sender = playing(start=start, window=417)
        (frame,) = sent(sender.next_parts(ALL))
        assert frame == Data(9, 3, start, AUDIO[start : start + 417])

    def test_what_is_taken_back_is_named_again(self) -> None:
        sender = playing(window=20_000)
        first = sender.next_parts(ALL)
        sender.take_back(sum(part.length for part in first[1:]))
        assert sender.offset == first[0].length
        again = sender.next_parts(ALL)
        assert [part.length for part in again] == [part.length for part in first[1:]]
        assert octets(again) == octets(first[1:])

    def test_fail_does_not_count_what_was_taken_back(self) -> None:
        sender = playing(window=2000)
        sender.take_back(sender.next_parts(ALL)[-1].length)
        part = sender.fail(ErrorCode.CHANGED, "other")
        assert part is not None
        assert sent([part]) == [Fail(9, 3, 0, ErrorCode.CHANGED, "other")]

    def test_a_budget_ends_a_turn_not_a_stream(self) -> None:
        sender = playing()
        turns = [sent(sender.next_parts(3000)) for _ in range(200)]
        assert all(len(audio_in(turn)) <= 3000 for turn in turns)
        assert audio_in([frame for turn in turns for frame in turn]) == AUDIO


@given(
    st.integers(0, INDEX.frame_count),
    st.integers(0, 40000),
    st.lists(
        st.tuples(st.integers(0, 70000), st.integers(LONGEST_FRAME, 50000)),
        max_size=30,
    ),
)
def test_any_credits_and_budgets_give_the_audio_exactly(
    first: int, window: int, turns: list[tuple[int, int]]
) -> None:
    start = INDEX.offset_of_frame(first)
    sender = playing(start=start, window=window)
    limit, at = start + window, start
    found: list[Frame] = []
    for credit, budget in [*turns, (ALL, ALL)]:
        limit = max(limit, credit)
        sender.credit(3, credit)
        parts = sender.next_parts(budget)
        assert sum(part.length for part in parts) <= budget
        for part, frame in zip(parts, sent(parts), strict=True):
            found.append(frame)
            if isinstance(frame, Data):
                assert part.length <= MAX_PAYLOAD
                assert frame.offset == at
                at += part.length
                assert at <= limit
                assert {frame.offset, at} <= BORDERS, "whole MPEG frames"
    assert audio_in(found) == AUDIO[start:]
    assert isinstance(found[-1], End)
    assert sum(isinstance(frame, End) for frame in found) == 1


class TestStations:
    """A station's stream takes the place of a track's, and the other way round."""

    def test_nothing_of_the_track_goes_out_any_more(self) -> None:
        sender = playing(stream=3)
        sender.tune(4)
        assert (sender.newest, sender.sending) == (4, True)
        assert sender.next_parts(ALL) == []
        assert sender.credit(4, ALL)  # which means nothing
        assert sender.next_parts(ALL) == []

    def test_its_failure_has_a_station_offset(self) -> None:
        sender = playing(stream=3)
        sender.tune(4)
        failure = sender.fail(ErrorCode.BEHIND, "slow", at=1 << 40)
        assert failure is not None
        assert sent([failure]) == [Fail(9, 4, 1 << 40, ErrorCode.BEHIND, "slow")]
        assert not sender.sending

    def test_it_is_stopped_and_followed_by_a_track(self) -> None:
        sender = playing(stream=3)
        sender.tune(4)
        assert sender.stop(4)
        assert not sender.sending
        sender.tune(5)
        sender.play(6, INDEX, start=0, window=ALL)
        assert audio_in(sent(sender.next_parts(ALL))) == AUDIO
