# SPDX-License-Identifier: GPL-3.0-or-later
"""The note language of the sample scores: text in, notes in MIDI ticks out.

A voice is a line of tokens parted by spaces; ``|`` parts the bars.

    F#5/4   a note: name, sharps or flats, octave (C4 is middle C), and its value: a quarter
    A5      the value stays the same until another one is written
    D5/2.   dots lengthen: a dotted half; two dots, a double-dotted one
    R/8     a rest
    A3+D4   a chord
    E4~     a tie: the same notes are held through the next token
    !mp     from here on this loud
    <mf     grow or fade evenly from the last mark to reach this one here

Every bar must fill its metre exactly, which catches nearly every slip of the pen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

TICKS_PER_QUARTER: Final = 480
TICKS_PER_WHOLE: Final = 4 * TICKS_PER_QUARTER

# MIDI velocities of the dynamic marks.
DYNAMICS: Final = {"pp": 38, "p": 50, "mp": 62, "mf": 74, "f": 88, "ff": 102}

_SEMITONES: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ALTERATIONS: Final = {"": 0, "#": 1, "b": -1}
_NOTE: Final = re.compile(r"([A-G])([#b]?)([0-8])")
_TOKEN: Final = re.compile(r"(?P<head>[^/~]+)(?:/(?P<value>\d+)(?P<dots>\.{0,2}))?(?P<tie>~?)")


class ScoreError(ValueError):
    """The text of a score is wrong; the message names the bar."""


@dataclass(frozen=True, slots=True)
class Note:
    """One sounding note: `start` and `length` in ticks, `pitch` and `velocity` as in MIDI."""

    start: int
    length: int
    pitch: int
    velocity: int


def pitch_of(name: str) -> int:
    """Return the MIDI key of a note name such as ``F#5`` (C4 is 60).

    Raises ScoreError if it is not a note name.
    """
    match = _NOTE.fullmatch(name)
    if match is None:
        raise ScoreError(f"{name!r} is not a note")
    letter, alteration, octave = match.groups()
    return 12 * (int(octave) + 1) + _SEMITONES[letter] + _ALTERATIONS[alteration]


def value_of(denominator: int, dots: int) -> int:
    """Return the ticks of a note value: 4 is a quarter, each dot adds half of what came before.

    Raises ScoreError if the value does not come out in whole ticks.
    """
    scaled = TICKS_PER_WHOLE * ((2 << dots) - 1)
    parts = denominator << dots
    if denominator == 0 or scaled % parts:
        raise ScoreError(f"no such note value: /{denominator}{'.' * dots}")
    return scaled // parts


def ticks_per_bar(metre: tuple[int, int]) -> int:
    """Return the ticks of one bar of `metre`, (3, 4) being three quarters."""
    beats, unit = metre
    return beats * value_of(unit, 0)


def parse(text: str, metre: tuple[int, int]) -> tuple[Note, ...]:
    """Read one voice written in the language above; the notes come in order of time.

    Raises ScoreError if a token cannot be read, a bar does not fill its metre
    or a tie leads nowhere.
    """
    reader = _Reader(ticks_per_bar(metre))
    for number, bar in enumerate(text.split("|"), start=1):
        try:
            reader.read_bar(bar)
        except ScoreError as error:
            raise ScoreError(f"bar {number}: {error}") from error
    return reader.finish()


class _Reader:
    """What is carried from one token to the next."""

    def __init__(self, bar_ticks: int) -> None:
        self._bar_ticks = bar_ticks
        self._now = 0
        self._length = value_of(4, 0)
        self._marks: list[tuple[int, int, bool]] = [(0, DYNAMICS["mp"], False)]
        self._held: dict[int, int] = {}  # tied pitches and when they began
        self._sounds: list[tuple[int, int, int]] = []  # start, length, pitch

    def read_bar(self, bar: str) -> None:
        began = self._now
        for token in bar.split():
            if token[0] in "!<":
                self._read_mark(token)
            else:
                self._read_sound(token)
        if self._now - began != self._bar_ticks:
            raise ScoreError(f"lasts {self._now - began} ticks instead of {self._bar_ticks}")

    def finish(self) -> tuple[Note, ...]:
        if self._held:
            raise ScoreError("the last note is tied to nothing")
        return tuple(
            Note(start, length, pitch, self._velocity(start))
            for start, length, pitch in sorted(self._sounds)
        )

    def _read_mark(self, token: str) -> None:
        if token[1:] not in DYNAMICS:
            raise ScoreError(f"{token!r} is not a dynamic mark")
        self._marks.append((self._now, DYNAMICS[token[1:]], token[0] == "<"))

    def _read_sound(self, token: str) -> None:
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise ScoreError(f"{token!r} is not a note, a chord or a rest")
        if match["value"] is not None:
            self._length = value_of(int(match["value"]), len(match["dots"]))
        names = () if match["head"] == "R" else match["head"].split("+")
        pitches = [pitch_of(name) for name in names]
        if not self._held.keys() <= set(pitches):
            raise ScoreError(f"{token!r} does not go on with the tied notes")
        starts = {pitch: self._held.get(pitch, self._now) for pitch in pitches}
        self._now += self._length
        if match["tie"]:
            self._held = starts
            return
        self._held = {}
        self._sounds += [(start, self._now - start, pitch) for pitch, start in starts.items()]

    def _velocity(self, tick: int) -> int:
        before = max(index for index, mark in enumerate(self._marks) if mark[0] <= tick)
        began, loudness, _ = self._marks[before]
        if before + 1 == len(self._marks):
            return loudness
        ends, goal, gradual = self._marks[before + 1]
        if not gradual:
            return loudness
        return loudness + (goal - loudness) * (tick - began) // (ends - began)
