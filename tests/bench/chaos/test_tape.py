# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge of tapes hears a flipped bit, a wrong song, a former edition, a skip, a silence."""

from pathlib import Path

import numpy as np

from bench.chaos.editions import Edition, Samples
from bench.chaos.tape import HEADER, Announced, Heard, Judge, read_tape
from bench.songs import RATE

FRONT = 1105  # samples


def edition(title: str, seed: int, *, seconds: float = 2.0, name: str = "first") -> Edition:
    pcm = np.random.default_rng(seed).integers(1, 1 << 32, int(RATE * seconds), np.uint32)
    pcm[5000] = 0  # a moment at which both channels happen to be 0
    return Edition(title, name, Path("nowhere"), pcm, FRONT, 300)


ADAGIO = edition("Adagio", 1)
FORMER = edition("Adagio", 2, name="second")
GIGUE = edition("Gigue", 3)
PLAYS = [Announced(100.0, 99.9, 1, "Adagio", 0), Announced(102.0, 101.9, 2, "Gigue", 500)]
SOUGHT = GIGUE.pcm[RATE // 2 : GIGUE.end]
WHOLE = ADAGIO.pcm[FRONT : ADAGIO.end]


def silence(seconds: float) -> Samples:
    return np.zeros(int(RATE * seconds), np.uint32)


def judged(*pieces: Samples, plays: list[Announced] = PLAYS) -> Heard:
    return Judge(
        np.concatenate(pieces),
        plays,
        origin=100.0,
        allowed=lambda song: [ADAGIO] if song.title == "Adagio" else [GIGUE],
        known=[ADAGIO, FORMER, GIGUE],
    ).listen()


def test_a_right_tape_is_taken_apart_into_the_songs() -> None:
    heard = judged(WHOLE, silence(0.1), SOUGHT)
    assert not heard.wrong
    assert not heard.jumps
    assert [(p.announced, p.place, p.samples) for p in heard.pieces] == [
        (0, FRONT, len(WHOLE)),
        (1, RATE // 2, len(SOUGHT)),
    ]
    assert heard.compared_bytes == 4 * (len(WHOLE) + len(SOUGHT))


def test_a_switch_needs_no_silence() -> None:
    heard = judged(WHOLE[: 2 * RATE - 3000], SOUGHT)
    assert not heard.wrong
    assert [piece.announced for piece in heard.pieces] == [0, 1]


def test_a_silence_within_a_song_parts_it_and_no_more() -> None:
    heard = judged(WHOLE[:7000], silence(0.5), WHOLE[7000:])
    assert not heard.wrong
    assert not heard.jumps
    first, second = heard.pieces
    assert (first.end, second.begin) == (7000, 7000 + RATE // 2)
    assert second.place == FRONT + 7000


def test_a_silence_may_come_where_the_song_itself_is_silent() -> None:
    for at in (5000 - FRONT, 5001 - FRONT):
        heard = judged(WHOLE[:at], silence(0.2), WHOLE[at:])
        assert not heard.wrong
        assert not heard.jumps


def test_one_flipped_bit_is_one_wrong_sample() -> None:
    tape = WHOLE.copy()
    tape[40_000] ^= 1 << 9
    heard = judged(tape)
    assert heard.wrong_samples == 1
    assert heard.wrong[0].begin == 40_000
    assert sum(piece.samples for piece in heard.pieces) == len(WHOLE) - 1


def test_a_song_that_nobody_announced_is_wrong_and_named() -> None:
    heard = judged(WHOLE[:9000], GIGUE.pcm[20_000:30_000], plays=PLAYS[:1])
    assert heard.wrong_samples == 10_000
    assert "Gigue" in heard.wrong[0].what


def test_a_former_edition_is_wrong() -> None:
    heard = judged(FORMER.pcm[FRONT:50_000])
    assert heard.wrong_samples == 50_000 - FRONT
    assert heard.wrong[0].what == f"Adagio (second) at sample {FRONT}"
    mixed = judged(WHOLE[:9000], FORMER.pcm[FRONT + 9000 : FRONT + 12_000], WHOLE[12_000:])
    assert mixed.wrong_samples == 3000


def test_a_skip_and_a_repeat_are_told_and_are_no_wrong_samples() -> None:
    for place in (8064, 6000):
        heard = judged(WHOLE[:7000], WHOLE[place:])
        assert not heard.wrong
        assert heard.jumps == [
            f"Adagio goes on at sample {FRONT + place} instead of {FRONT + 7000}"
        ]


def test_a_song_that_begins_elsewhere_than_announced_is_told() -> None:
    heard = judged(WHOLE[500:9000])
    assert not heard.wrong
    assert len(heard.jumps) == 1


def test_the_same_song_again_is_told_from_the_first_time_by_when_it_was_announced() -> None:
    again = [PLAYS[0], Announced(100.9, 100.8, 2, "Adagio", 0)]
    heard = judged(WHOLE[: RATE // 2], silence(0.5), WHOLE, plays=again)
    assert not heard.jumps
    assert [piece.announced for piece in heard.pieces] == [0, 1]


def test_the_same_song_asked_for_twice_in_a_hurry_may_begin_twice() -> None:
    for late in (100.1, 99.9):  # where the tape seems to begin later, both were announced by then
        twice = [Announced(99.8, 99.7, 1, "Adagio", 0), Announced(late, 99.8, 2, "Adagio", 0)]
        heard = judged(WHOLE[:20_000], WHOLE, plays=twice)
        assert not heard.jumps
        assert [piece.announced for piece in heard.pieces] == [0, 1]


def test_a_song_that_was_asked_for_once_begins_once() -> None:
    assert len(judged(WHOLE[:9000], WHOLE, plays=PLAYS[:1]).jumps) == 1
    other = [Announced(100.0, 99.9, 1, "Gigue", 0), Announced(100.1, 100.0, 2, "Adagio", 0)]
    assert len(judged(WHOLE[:9000], WHOLE, plays=other).jumps) == 1
    elsewhere = [Announced(99.8, 99.7, 1, "Adagio", 900), Announced(99.9, 99.8, 2, "Adagio", 0)]
    assert len(judged(WHOLE[:9000], WHOLE, plays=elsewhere).jumps) == 1


def test_rounding_to_the_next_sample_is_no_jump() -> None:
    assert not judged(ADAGIO.pcm[FRONT + 1 : 9000]).jumps


def test_noise_is_wrong_until_the_song_goes_on() -> None:
    noise = np.random.default_rng(9).integers(1, 1 << 32, 20_000, np.uint32)
    heard = judged(WHOLE[:7000], noise[:500], WHOLE[7500:9000], noise, silence(0.6), SOUGHT)
    assert heard.wrong_samples == 20_500
    assert heard.pieces[-1].samples == len(SOUGHT)


def test_what_is_heard_before_anything_was_announced_is_wrong() -> None:
    assert judged(WHOLE[:1000], plays=[]).wrong_samples == 1000


def test_a_tape_is_read_to_its_end_whatever_its_header_says(tmp_path: Path) -> None:
    path = tmp_path / "tape.wav"
    path.write_bytes(bytes(HEADER) + WHOLE[:100].tobytes() + b"\1")  # cut off in a sample
    assert (read_tape(path) == WHOLE[:100]).all()
    path.write_bytes(b"RIFF")
    assert len(read_tape(path)) == 0
