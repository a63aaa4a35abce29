# SPDX-License-Identifier: GPL-3.0-or-later
"""What the client makes of arriving frames: only the newest stream, whole and in order."""

from collections.abc import Callable
from functools import partial
from itertools import product

import pytest

from common.errors import ErrorCode, MisuseError, ProtocolError
from data.frames import Data, End, Fail
from data.receiver import Audio, Complete, Event, Failed, Receiver, Resume
from data.station_frames import Seal
from tests.data.streams import (
    AUDIO,
    OTHER,
    SESSION,
    accept,
    asked,
    complete,
    data,
    end,
    fail,
    over,
    receiving,
)


def refused_with(code: ErrorCode, call: Callable[[], object]) -> None:
    with pytest.raises(ProtocolError) as refused:
        call()
    assert refused.value.code is code


STATES = {"ASKED": asked, "RECEIVING": receiving, "COMPLETE": complete, "OVER": over}
INPUTS: dict[str, Callable[[Receiver], list[Event] | None]] = {
    "STREAM": lambda receiver: accept(receiver, 1),
    "ERROR": lambda receiver: receiver.refused(1),
    "DATA": lambda receiver: receiver.receive(data(1, 0, 10)),
    "END": lambda receiver: receiver.receive(end(1)),
    "FAIL": lambda receiver: receiver.receive(fail(1)),
    "SEAL": lambda receiver: receiver.receive(Seal(SESSION, 1, 1, bytes(32), bytes(64))),
    "LOST": lambda receiver: receiver.lost(),
    "STOP": lambda receiver: receiver.stop(),
}
REFUSED = {
    ("RECEIVING", "STREAM"): ErrorCode.UNEXPECTED,
    ("COMPLETE", "STREAM"): ErrorCode.UNEXPECTED,
    ("RECEIVING", "ERROR"): ErrorCode.UNEXPECTED,
    ("COMPLETE", "ERROR"): ErrorCode.UNEXPECTED,
    ("RECEIVING", "END"): ErrorCode.MALFORMED,  # nothing has come yet
    ("COMPLETE", "DATA"): ErrorCode.UNEXPECTED,
    ("COMPLETE", "END"): ErrorCode.UNEXPECTED,
    ("COMPLETE", "FAIL"): ErrorCode.UNEXPECTED,
    ("ASKED", "SEAL"): ErrorCode.UNEXPECTED,
    ("RECEIVING", "SEAL"): ErrorCode.UNEXPECTED,
    ("COMPLETE", "SEAL"): ErrorCode.UNEXPECTED,
}
TOLD: dict[tuple[str, str], list[Event]] = {
    ("RECEIVING", "DATA"): [Audio(1, 0, AUDIO[:10])],
    ("RECEIVING", "FAIL"): [Failed(1, ErrorCode.CHANGED, "replaced")],
    ("RECEIVING", "LOST"): [Resume(1, 0)],
}


@pytest.mark.parametrize(("state", "what"), list(product(STATES, INPUTS)))
def test_every_state_with_every_input(state: str, what: str) -> None:
    receiver = STATES[state]()
    if (state, what) in REFUSED:
        refused_with(REFUSED[state, what], lambda: INPUTS[what](receiver))
    else:
        assert (INPUTS[what](receiver) or []) == TOLD.get((state, what), [])


@pytest.mark.parametrize("state", STATES)
def test_a_newer_stream_silences_each(state: str) -> None:
    receiver = STATES[state]()
    receiver.ask(2, window=100)
    assert accept(receiver, 2) == []
    for frame in (data(1, 50, 60), end(1), fail(1)):
        assert receiver.receive(frame) == [], "stale"
    assert accept(receiver, 1) == [], "an answer that was overtaken"
    assert receiver.receive(data(2, 0, 5)) == [Audio(2, 0, AUDIO[:5])]


class TestOrder:
    """The two connections are not ordered against each other."""

    def test_data_overtakes_stream(self) -> None:
        receiver = asked()
        assert receiver.receive(data(1, 0, 40)) == []
        assert receiver.receive(data(1, 40, 100)) == []
        assert receiver.receive(end(1)) == []
        assert accept(receiver, 1) == [
            Audio(1, 0, AUDIO[:40]),
            Audio(1, 40, AUDIO[40:]),
            Complete(1, True),
        ]

    def test_fail_overtakes_stream(self) -> None:
        receiver = asked()
        receiver.receive(data(1, 0, 40))
        receiver.receive(fail(1, 40))
        assert accept(receiver, 1) == [
            Audio(1, 0, AUDIO[:40]),
            Failed(1, ErrorCode.CHANGED, "replaced"),
        ]

    def test_fail_stands_where_the_sound_ended(self) -> None:
        receiver = asked()
        accept(receiver, 1)
        receiver.receive(data(1, 0, 40))
        refused_with(ErrorCode.MALFORMED, lambda: receiver.receive(fail(1, 39)))

    def test_what_was_kept_is_checked_then(self) -> None:
        receiver = asked()
        receiver.receive(data(1, 40, 50))
        refused_with(ErrorCode.MALFORMED, lambda: accept(receiver, 1))

    def test_what_is_kept_is_bounded(self) -> None:
        receiver = asked(window=50)
        receiver.receive(data(1, 0, 50))
        refused_with(ErrorCode.MALFORMED, lambda: receiver.receive(data(1, 50, 51)))

    @pytest.mark.parametrize("last", [end(1), fail(1)])
    @pytest.mark.parametrize("behind", [data(1, 0, 1), end(1), fail(1)])
    def test_nothing_is_kept_behind_the_end(
        self, last: End | Fail, behind: Data | End | Fail
    ) -> None:
        receiver = asked()
        receiver.receive(last)
        refused_with(ErrorCode.UNEXPECTED, lambda: receiver.receive(behind))

    def test_the_old_song_goes_on_until_the_new_one_is_accepted(self) -> None:
        receiver = receiving()
        receiver.ask(2, window=100)
        assert receiver.receive(data(1, 0, 10)) == [Audio(1, 0, AUDIO[:10])]
        assert receiver.receive(data(2, 0, 10)) == []
        assert receiver.receive(data(1, 10, 20)) == [Audio(1, 10, AUDIO[10:20])]
        assert accept(receiver, 2) == [Audio(2, 0, AUDIO[:10])]
        assert receiver.receive(data(1, 20, 30)) == []

    def test_a_refused_play_leaves_the_old_song_alone(self) -> None:
        receiver = receiving()
        receiver.ask(2, window=100)
        receiver.refused(2)
        assert receiver.receive(data(1, 0, 10)) == [Audio(1, 0, AUDIO[:10])]

    def test_play_stop_play(self) -> None:
        receiver = receiving()
        receiver.receive(data(1, 0, 10))
        receiver.stop()
        receiver.ask(2, window=100)
        assert receiver.receive(data(1, 10, 20)) == []
        assert receiver.receive(data(2, 0, 20)) == []
        assert receiver.receive(end(1)) == []
        assert accept(receiver, 2) == [Audio(2, 0, AUDIO[:20])]

    def test_stop_before_the_answer(self) -> None:
        receiver = asked()
        receiver.stop()
        assert receiver.receive(data(1, 0, 10)) == []
        assert accept(receiver, 1) == []
        assert receiver.receive(data(1, 10, 20)) == []

    def test_stop_of_two(self) -> None:
        receiver = receiving()
        receiver.ask(2, window=100)
        receiver.stop()
        receiver.refused(2)
        assert receiver.receive(data(1, 0, 10)) == []


class TestChecks:
    """A frame that does not fit breaks a rule, unless it is of an old stream."""

    @pytest.mark.parametrize(
        "frame",
        [
            data(1, 9, 20),
            data(1, 11, 20),
            data(1, 0, 10),
            data(1, 10, 61),
            end(1),
            end(1, total=10),
            end(1, total=99),
        ],
    )
    def test_in_the_middle(self, frame: Data | End) -> None:
        receiver = receiving(window=60)
        receiver.receive(data(1, 0, 10))
        refused_with(ErrorCode.MALFORMED, lambda: receiver.receive(frame))

    def test_up_to_the_credit_and_no_further(self) -> None:
        receiver = receiving(window=60)
        receiver.receive(data(1, 0, 60))
        receiver.grant(1, 80)
        receiver.grant(1, 70)  # credit is never taken back
        receiver.receive(data(1, 60, 80))
        refused_with(ErrorCode.MALFORMED, lambda: receiver.receive(data(1, 80, 81)))

    def test_credit_counts_from_where_the_stream_begins(self) -> None:
        receiver = asked(window=10)
        accept(receiver, 1, offset=50)
        assert receiver.receive(data(1, 50, 60)) == [Audio(1, 50, AUDIO[50:60])]
        refused_with(ErrorCode.MALFORMED, lambda: receiver.receive(data(1, 60, 61)))

    def test_credit_beyond_the_end_brings_nothing(self) -> None:
        receiver = receiving(window=1000)
        receiver.receive(data(1, 0, 100))
        beyond = Data(SESSION, 1, 100, b"x")
        refused_with(ErrorCode.MALFORMED, lambda: receiver.receive(beyond))

    def test_another_digest_than_was_announced(self) -> None:
        receiver = receiving()
        receiver.receive(data(1, 0, 100))
        refused_with(ErrorCode.MALFORMED, lambda: receiver.receive(end(1, digest=OTHER)))

    @pytest.mark.parametrize("frame", [data(2, 0, 1), end(2), fail(2)])
    def test_a_stream_that_was_never_asked_for(self, frame: Data | End | Fail) -> None:
        for make in STATES.values():
            refused_with(ErrorCode.UNEXPECTED, partial(make().receive, frame))

    def test_numbers_rise(self) -> None:
        receiver = asked(5)
        for number in (5, 4):
            with pytest.raises(MisuseError):
                receiver.ask(number, window=1)

    def test_no_credit_before_stream(self) -> None:
        with pytest.raises(MisuseError):
            asked().grant(1, 200)

    def test_credit_for_what_is_over_is_nothing(self) -> None:
        over().grant(1, 200)
        receiving().grant(7, 200)
