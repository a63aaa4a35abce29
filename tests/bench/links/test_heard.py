# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of the sink becomes start, stalls and their seconds."""

import struct
from collections.abc import Sequence

import pytest

from bench.links.heard import Heard, Tape

RATE = 44100
CLICK = 1000.0


def pcm(*pieces: tuple[float, int]) -> bytes:
    """Seconds of a level, one after the other."""
    return b"".join(struct.pack("<hh", level, -level) * round(s * RATE) for s, level in pieces)


def tape_of(
    *pieces: tuple[float, int], late: Sequence[float] = (0.0,), before: float = 0.5
) -> Tape:
    """A tape that began `before` the click; its pieces came late by these times in turn."""
    tape, sound, size = Tape(RATE), pcm((before, 0), *pieces), RATE // 50 * 4
    for number, place in enumerate(range(0, len(sound), size)):
        piece = sound[place : place + size]
        end = CLICK - before + (place + len(piece)) / 4 / RATE
        tape.add(piece, end + late[number % len(late)])
    return tape


def listen(tape: Tape, *, seconds: float, song: float) -> Heard:
    return tape.heard(CLICK, CLICK + seconds, song=song)


def test_the_first_sound_is_the_start() -> None:
    heard = listen(tape_of((0.25, 0), (2, 9000), (1, 0)), seconds=3, song=2)
    assert heard.start == pytest.approx(0.25, abs=0.006)
    assert heard.gaps == ()
    assert heard.stalled == 0
    assert heard.sound == pytest.approx(2, abs=0.01)


def test_a_silence_between_is_a_stall() -> None:
    tape = tape_of((0.2, 0), (1, 9000), (0.4, 0), (1, 9000), (0.05, 0), (1, 9000), (0.5, 0))
    heard = listen(tape, seconds=4, song=3)
    assert [gap.seconds for gap in heard.gaps] == pytest.approx([0.4, 0.05], abs=0.006)
    assert heard.gaps[0].at == pytest.approx(1.2, abs=0.006)
    assert heard.stalled == pytest.approx(0.45, abs=0.011)


def test_a_very_short_silence_is_a_glitch_of_the_machine() -> None:
    heard = listen(tape_of((1, 9000), (0.02, 0), (1, 9000)), seconds=2, song=2)
    assert heard.gaps == ()
    assert heard.glitches == 1


def test_silence_at_the_end_counts_unless_the_song_was_heard_whole() -> None:
    tape = tape_of((0.1, 0), (2, 9000), (1.9, 0))
    assert listen(tape, seconds=4, song=2.2).gaps == ()
    (gap,) = listen(tape, seconds=4, song=3).gaps
    assert gap.at == pytest.approx(2.1, abs=0.006)
    assert gap.seconds == pytest.approx(1.9, abs=0.006)


def test_nothing_heard_has_no_start() -> None:
    assert listen(tape_of((2, 0)), seconds=2, song=2) == Heard(None, (), 0, 0.0)


def test_quiet_is_silence_but_a_zero_crossing_is_not() -> None:
    assert listen(tape_of((2, 50)), seconds=2, song=2).start is None
    tape = Tape(RATE)
    tape.add(struct.pack("<8h", 0, 0, 9000, 9000, 0, 0, -9000, -9000) * (RATE // 4), CLICK + 1)
    assert listen(tape, seconds=1, song=1).gaps == ()


def test_what_was_before_the_click_is_not_heard() -> None:
    tape = Tape(RATE)
    tape.add(pcm((1, 9000), (0.5, 0), (1, 9000)), CLICK + 1.5)
    assert listen(tape, seconds=1.5, song=1).start == pytest.approx(0.5, abs=0.006)


def test_pieces_that_come_late_do_not_move_the_start() -> None:
    pieces = [(0.25, 0), (2.0, 9000)]
    steady = listen(tape_of(*pieces), seconds=2, song=2)
    shaken = listen(tape_of(*pieces, late=(0.0, 0.3, 0.11, 0.07)), seconds=2, song=2)
    assert shaken.start == pytest.approx(steady.start, abs=0.006)


def test_any_cut_of_the_bytes_gives_the_same() -> None:
    sound = pcm((0.1, 0), (0.3, 9000), (0.1, 0), (0.3, 9000))
    whole, sliced = Tape(RATE), Tape(RATE)
    whole.add(sound, CLICK + 0.8)
    for place in range(0, len(sound), 1001):
        piece = sound[place : place + 1001]
        sliced.add(piece, CLICK + (place + len(piece)) / 4 / RATE)
    assert listen(sliced, seconds=0.8, song=0.6) == listen(whole, seconds=0.8, song=0.6)


def test_sound_so_far_is_told() -> None:
    tape = tape_of((1, 0), (1, 9000))
    assert tape.last == pytest.approx(CLICK + 2)
    assert tape.sound_since(CLICK) == pytest.approx(1, abs=0.01)
    assert tape.sound_since(CLICK + 1.5) == pytest.approx(0.5, abs=0.01)
