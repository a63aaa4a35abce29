# SPDX-License-Identifier: GPL-3.0-or-later
"""Silences: a pause explains one, a fault only what it outlasted, and nothing explains the rest."""

from pathlib import Path

import numpy as np
import pytest

from bench.chaos.editions import RATE, Edition
from bench.chaos.silences import Cause, Silence, Span, longest_uncovered, silences
from bench.chaos.tape import Piece

SONG = Edition("Gigue", "first", Path("nowhere"), np.ones(60 * RATE, np.uint32), 0, 0)


def piece(begin: float, seconds: float, place: float, announced: int = 0) -> Piece:
    """All in seconds."""
    return Piece(round(begin * RATE), round(seconds * RATE), announced, SONG, round(place * RATE))


# Ten seconds of sound, four of silence, then the song goes on until it is stopped at 130.
TORN = (piece(0, 10, 0), piece(14, 16, 10))


def found(
    *pieces: Piece,
    over: float = 130.0,
    pauses: tuple[Span, ...] = (),
    causes: tuple[Cause, ...] = (),
) -> list[Silence]:
    return silences(
        pieces, origin=100.0, over=[over, 999.0], pauses=list(pauses), causes=list(causes)
    )


def only(silence: list[Silence]) -> Silence:
    assert len(silence) == 1
    return silence[0]


def test_a_silence_that_nothing_explains() -> None:
    silence = only(found(*TORN))
    assert silence.at == pytest.approx(110.0)
    assert silence.seconds == pytest.approx(4.0)
    assert silence.unexplained == pytest.approx(4.0)
    assert (silence.title, silence.what) == ("Gigue", "")


def test_a_pause_explains_as_much_as_it_lasted() -> None:
    assert only(found(*TORN, pauses=(Span(110, 114),))).unexplained == 0
    assert only(found(*TORN, pauses=(Span(110, 112),))).unexplained == pytest.approx(1.5)


def test_a_fault_explains_only_what_comes_behind_the_sound_that_was_held() -> None:
    outage = Cause(105, 116, held=5, what="a cut")
    assert only(found(*TORN, causes=(outage,))).unexplained == 0
    assert only(found(*TORN, causes=(outage,))).what == "a cut"
    # With eight seconds of sound at hand, it should not have been silent before 113.
    held_more = Cause(105, 116, held=8, what="a cut")
    assert only(found(*TORN, causes=(held_more,))).unexplained == pytest.approx(4.0)


def test_a_fault_explains_nothing_after_its_end() -> None:
    over_soon = Cause(105, 111, held=0, what="a cut")
    assert only(found(*TORN, causes=(over_soon,))).unexplained == pytest.approx(3.0)
    assert only(found(*TORN, causes=(Cause(90, 95, held=0, what="old"),))).what == ""


def test_what_is_between_two_songs_is_no_silence_of_either() -> None:
    behind = found(piece(0, 60, 0), piece(70, 60, 0, announced=1), over=160.0)
    assert behind == []


def test_a_song_that_falls_silent_and_is_never_heard_again() -> None:
    assert only(found(piece(0, 10, 0), over=130.0)).seconds == pytest.approx(20.0)


def test_a_song_that_is_over_may_be_silent_even_if_it_sounds_again() -> None:
    assert only(found(*TORN, over=111.0)).seconds == pytest.approx(1.0)


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
