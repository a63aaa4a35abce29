# SPDX-License-Identifier: GPL-3.0-or-later
"""Silences: a pause explains one, a fault only what it outlasted, and nothing explains the rest."""

from pathlib import Path

import numpy as np
import pytest

from bench.chaos.editions import Edition
from bench.chaos.silences import SLACK, Cause, Silence, Span, longest_uncovered, silences
from bench.chaos.tape import Piece
from bench.songs import RATE

SONG = Edition("Gigue", "first", Path("nowhere"), np.ones(60 * RATE, np.uint32), 0, 0)


def piece(begin: float, seconds: float, place: float, announced: int = 0) -> Piece:
    """All in seconds."""
    return Piece(round(begin * RATE), round(seconds * RATE), announced, SONG, round(place * RATE))


# Ten seconds of sound, four of silence, then the song goes on until it is stopped at 130.
TORN = (piece(0, 10, 0), piece(14, 16, 10))


def found(
    *pieces: Piece, over: float = 130.0, since: float = 100.0, causes: tuple[Cause, ...] = ()
) -> list[Silence]:
    return silences(
        pieces, origin=100.0, since=[since, 160.0], over=[over, 999.0], causes=[list(causes)]
    )


def fault(begin: float, end: float, held: float = 0.0, *, over: float | None = None) -> Cause:
    return Cause(begin, end if over is None else over, end, held, "a cut")


def only(silence: list[Silence]) -> Silence:
    assert len(silence) == 1
    return silence[0]


def test_a_silence_that_nothing_explains() -> None:
    silence = only(found(*TORN))
    assert silence.at == pytest.approx(110.0)
    assert silence.seconds == pytest.approx(4.0)
    assert silence.unexplained == pytest.approx(4.0)
    assert (silence.title, silence.causes) == ("Gigue", ())
    assert silence.recovery == 0


def test_a_fault_explains_only_what_comes_behind_the_sound_that_was_held() -> None:
    outage = fault(105, 116, held=5)
    assert only(found(*TORN, causes=(outage,))).unexplained == 0
    assert only(found(*TORN, causes=(outage,))).causes == (outage,)
    # With eight seconds of sound at hand, it should not have been silent before 113.
    held_more = fault(105, 116, held=8)
    assert only(found(*TORN, causes=(held_more,))).unexplained == pytest.approx(4.0)
    assert only(found(*TORN, causes=(held_more,))).causes == ()


def test_a_fault_explains_nothing_after_its_end() -> None:
    assert only(found(*TORN, causes=(fault(105, 111),))).unexplained == pytest.approx(3.0)
    assert only(found(*TORN, causes=(fault(90, 95),))).causes == ()


def test_a_fault_in_a_silence_explains_the_rest_of_it_and_not_what_was_before() -> None:
    # Whatever was held when it came: it was not being played.
    late = fault(112, 116, held=60)
    assert only(found(*TORN, causes=(late,))).unexplained == pytest.approx(2 - SLACK)
    assert only(found(*TORN, causes=(fault(105, 112), late))).unexplained == 0


def test_of_a_song_that_began_in_a_fault_nothing_is_held() -> None:
    # What was held when it came was of the song before.
    outage = fault(105, 116, held=60)
    assert only(found(*TORN, causes=(outage,), since=106.0)).unexplained == 0
    assert only(found(*TORN, causes=(outage,), since=104.0)).unexplained == pytest.approx(4.0)


def test_what_is_less_likely_is_named_only_where_it_explains_more() -> None:
    pause, outage, machine = fault(109, 112), fault(105, 116), fault(113, 118)
    causes = [[pause], [outage], [machine]]
    torn = only(silences(TORN, origin=100.0, since=[100.0], over=[130.0], causes=causes))
    assert torn.causes == (pause, outage)
    causes = [[], [fault(105, 110.1)], [machine]]
    torn = only(silences(TORN, origin=100.0, since=[100.0], over=[130.0], causes=causes))
    assert torn.causes == (fault(105, 110.1), machine)
    assert torn.unexplained == pytest.approx(113 - SLACK - 110.1)


def test_recovery_counts_from_the_end_of_the_last_fault_itself() -> None:
    slow = fault(105, 116, over=111)
    assert only(found(*TORN, causes=(slow,))).recovery == pytest.approx(3.0)
    assert only(found(*TORN, causes=(slow, fault(109, 116, over=113)))).recovery == pytest.approx(1)
    assert only(found(*TORN, causes=(slow, fault(109, 130)))).recovery == 0


def test_what_is_between_two_songs_is_no_silence_of_either() -> None:
    behind = found(piece(0, 60, 0), piece(70, 60, 0, announced=1), over=160.0)
    assert behind == []


def test_a_song_that_falls_silent_and_is_never_heard_again() -> None:
    assert only(found(piece(0, 10, 0), over=130.0)).seconds == pytest.approx(20.0)


def test_a_song_that_is_over_may_be_silent_even_if_it_sounds_again() -> None:
    assert only(found(*TORN, over=111.0)).seconds == pytest.approx(1.0)


def test_that_a_song_is_over_may_be_told_of_late() -> None:
    assert found(piece(0, 10, 0), over=110.0 + SLACK) == []
    assert only(found(piece(0, 10, 0), over=112.0)).unexplained == pytest.approx(2 - SLACK)


def test_a_song_that_was_heard_to_its_end_is_not_silent_behind_it() -> None:
    assert found(piece(0, 60, 0), over=190.0) == []


def test_the_shortest_silences_are_left_to_the_machine() -> None:
    assert found(piece(0, 10, 0), piece(10.02, 19.98, 10), over=130.0) == []


def test_the_longest_stretch_that_nothing_covers() -> None:
    span = Span(0, 10)
    assert longest_uncovered(span, []) == 10
    assert longest_uncovered(span, [Span(4, 5), Span(1, 4.5)]) == 5
    assert longest_uncovered(span, [Span(-5, 2), Span(1, 9)]) == 1
    assert longest_uncovered(span, [Span(-5, 20)]) == 0
    assert longest_uncovered(span, [Span(20, 30)]) == 10
