# SPDX-License-Identifier: GPL-3.0-or-later
"""The three pieces, note by note, in the language of `music.notation`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# General MIDI programs, counted from 0.
PIANO: Final = 0
HARPSICHORD: Final = 6
VIOLIN: Final = 40
CELLO: Final = 42


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One line of a score and how it is played; controller values are MIDI's, 0 to 127."""

    name: str
    program: int
    text: str
    volume: int = 100
    pan: int = 64  # 0 is left, 127 is right
    reverb: int = 45
    gate_percent: int = 98  # how much of its written length a note is held
    pedal_quarters: int = 0  # the sustain pedal is changed this often; 0 is never


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A score with what its file is called, tagged and encoded with."""

    number: int
    file_name: str
    title: str
    composer: str
    composed: str
    metre: tuple[int, int]
    bars: int
    tempos: tuple[tuple[float, float], ...]  # from this bar (1 is the first) on, quarters a minute
    tail_quarters: int
    voices: tuple[Voice, ...]
    channels: int = 2
    lame_options: tuple[str, ...]


def _bars(*lines: str) -> str:
    """Join lines of bars into one voice."""
    return " | ".join(lines)


# --- Erik Satie: Gymnopédie No. 1, bars 1 to 39 -------------------------------------------------
# Bar 40 begins the whole again with another ending; the first half closes by itself in D major.

_GYMNOPEDIE_MELODY: Final = _bars(
    "R/2. | R | R | R",
    "!mf R/4 F#5 A5 | G5 F#5 C#5 | B4 C#5 D5 | <mp A4/2.",
    "!mf F#4/2.~ | F#4~ | F#4~ | F#4",
    "!mf R/4 F#5 A5 | G5 F#5 C#5 | B4 C#5 D5 | <mp A4/2.",
    "C#5/2. | F#5 | <mp E4~ | E4~ | E4",
    "A4/4 B4 C5 | E5 D5 B4 | D5 C5 <mf B4 | D5/2.~ | <mp D5/2 D5/4",
    "E5 F5 G5 | A5 <mf C5 D5 | E5 D5 B4 | D5/2.~ | <mp D5/2 D5/4",
    "G5/2. | <mf F#5 | B4/4 A4 B4 | C#5 D5 E5 | C#5 D5 E5 | <mp F#4/2.",
    "!p C4+E4+A4+C5/2. | D4+F#4+A4+D5",
)

_GYMNOPEDIE_CHORDS: Final = _bars(
    *["!p R/4 B3+D4+F#4/2 | R/4 A3+C#4+F#4/2"] * 4,
    *["!mp R/4 B3+D4+F#4/2 | R/4 A3+C#4+F#4/2"] * 2,
    *["!p R/4 B3+D4+F#4/2 | R/4 A3+C#4+F#4/2"] * 2,
    "R/4 A3+C#4+F#4/2 | R/4 B3+D4+F#4/2 | R/4 G3+B3/2 | R/4 B3+D4+G4/2 | R/4 F3+A3+D4/2",
    "R/4 A3+C4+E4/2 | R/4 G3+B3+E4/2 | R/4 D3+G3+B3+E4/2",
    "R/4 C3+E3+A3+D4/2 | R/4 C3+F#3+A3+D4/2",
    "R/4 A3+C4+F4/2 | R/4 A3+C4+E4/2 | R/4 D3+G3+B3+E4/2",
    "R/4 C3+E3+A3+D4/2 | R/4 C3+F#3+A3+D4/2",
    "R/4 B3+E4+G4/2 | R/4 A3+C#4+F#4/2 | R/4 B3+D4+F#4/2",
    "R/4 C#4+E4+A4/2 | R/4 A3+C#4+F#4+A4/2 | R/4 B2+A3+D4/4 E3+B3+D4+G4",
    "R/2. | R",
)

_GYMNOPEDIE_BASS: Final = _bars(
    *["!mp G2/2. | D2"] * 8,
    "F#2 | B1 | E2 | E2 | D2",
    "A1 | D2 | D2 | D2 | D2 | D2 | D2 | D2 | D2 | D2",
    "E2 | F#2 | B1 | E2 | E2 | E2",
    "!p A2+G3 | D2+A2+D3",
)

GYMNOPEDIE: Final = Piece(
    number=1,
    file_name="01 Gymnopedie No. 1.mp3",
    title="Gymnopédie No. 1",
    composer="Erik Satie",
    composed="1888",
    metre=(3, 4),
    bars=39,
    tempos=((1, 74), (21, 72), (22, 75), (37, 70), (38, 62), (39, 54)),
    tail_quarters=3,
    voices=(
        Voice(name="melody", program=PIANO, text=_GYMNOPEDIE_MELODY, pedal_quarters=3),
        Voice(name="chords", program=PIANO, text=_GYMNOPEDIE_CHORDS, pedal_quarters=3),
        Voice(name="bass", program=PIANO, text=_GYMNOPEDIE_BASS, pedal_quarters=3),
    ),
    lame_options=("--cbr", "-b", "128", "-m", "j", "-q", "0"),
)


# --- Johann Sebastian Bach: Prelude in C major, BWV 846, complete -------------------------------
# Bars 1 to 32 break one chord of five notes each, twice a bar: bass, tenor, then three above.

_PRELUDE_CHORDS: Final = """
    !mp C4 E4 G4 C5 E5  | C4 D4 A4 D5 F5  | B3 D4 G4 D5 F5  | C4 E4 G4 C5 E5
    <mp C4 E4 A4 E5 A5  | C4 D4 F#4 A4 D5 | B3 D4 G4 D5 G5  | B3 C4 E4 G4 C5
        A3 C4 E4 G4 C5  | D3 A3 D4 F#4 C5 | <p G3 B3 D4 G4 B4
    <mp G3 Bb3 E4 G4 C#5 | F3 A3 D4 A4 D5 | F3 Ab3 D4 F4 B4 | E3 G3 C4 G4 C5
        E3 F3 A3 C4 F4  | D3 F3 A3 C4 F4  | G2 D3 G3 B3 F4  | <p C3 E3 G3 C4 E4
        C3 G3 Bb3 C4 E4 | F2 F3 A3 C4 E4  | <mp F#2 C3 A3 C4 Eb4 | Ab2 F3 B3 C4 D4
        G2 F3 G3 B3 D4  | G2 E3 G3 C4 E4  | G2 D3 G3 C4 F4  | G2 D3 G3 B3 F4
    <mf G2 Eb3 A3 C4 F#4 | G2 E3 G3 C4 G4 | G2 D3 G3 C4 F4  | G2 D3 G3 B3 F4
    <mp C2 C3 G3 Bb3 E4
"""


def _broken_chords(table: str) -> tuple[list[str], list[str], list[str]]:
    """Write each chord of the table out as Bach does in the first bar: bass, tenor, treble."""
    bass: list[str] = []
    tenor: list[str] = []
    treble: list[str] = []
    for row in table.strip().splitlines():
        for bar in row.split("|"):
            *marks, low, second, third, fourth, top = bar.split()
            mark = " ".join(marks)
            bass.append(f"{mark} {low}/2 {low}")
            tenor.append(f"{mark} R/16 {second}/4.. R/16 {second}/4..")
            figure = f"R/8 {third}/16 {fourth} {top} {third} {fourth} {top}"
            treble.append(f"{mark} {figure} {figure}")
    return bass, tenor, treble


_PRELUDE_BASS, _PRELUDE_TENOR, _PRELUDE_TREBLE = _broken_chords(_PRELUDE_CHORDS)

PRELUDE: Final = Piece(
    number=2,
    file_name="02 Prelude in C major.mp3",
    title="Prelude in C major, BWV 846",
    composer="Johann Sebastian Bach",
    composed="1722",
    metre=(4, 4),
    bars=35,
    tempos=((1, 74), (32, 72), (33, 68), (34, 62), (34.5, 54), (34.75, 46), (35, 44)),
    tail_quarters=1,
    voices=(
        Voice(
            name="treble",
            program=PIANO,
            text=_bars(
                *_PRELUDE_TREBLE,
                "R/8 F3/16 A3 C4 F4 C4 A3 C4 A3 F3 A3 F3 D3 F3 D3",
                "R/8 G4/16 B4 D5 F5 D5 B4 D5 B4 <p G4 B4 D4 F4 E4 D4",
                "E4+G4+C5/1",
            ),
            pedal_quarters=2,
        ),
        Voice(
            name="tenor",
            program=PIANO,
            text=_bars(*_PRELUDE_TENOR, "R/16 C3/4..~ C3/2", "R/16 B2/4..~ <p B2/2", "C3/1"),
            pedal_quarters=2,
        ),
        Voice(
            name="bass",
            program=PIANO,
            text=_bars(*_PRELUDE_BASS, "C2/1", "C2", "<p C2"),
            pedal_quarters=2,
        ),
    ),
    channels=1,
    lame_options=("-V", "2", "-m", "m", "-q", "0"),
)


# --- Johann Pachelbel: Canon in D major, bars 1 to 22 and the first beat of bar 23 ---------------
# Each statement lasts two bars, as long as the ground bass that never changes. The second violin
# plays what the first did two bars before, the third two bars after that. The first beat of bar 23
# gives the three violins D, F sharp and A: the music may stop there on its own chord.

_CANON: Final = (
    "F#5/4 E5 D5 C#5 | B4 A4 B4 C#5",
    "D5/4 C#5 B4 A4 | G4 F#4 G4 E4",
    "D4/8 F#4 A4 G4 F#4 D4 F#4 E4 | D4 B3 D4 A4 G4 B4 A4 G4",
    "F#4/8 D4 E4 C#5 D5 F#5 A5 A4 | B4 G4 A4 F#4 D4 D5 D5/8. C#5/16",
    """
    D5/16 C#5 D5 D4 C#4 A4 E4 F#4 D4 D5 C#5 B4 C#5 F#5 A5 B5 |
    G5 F#5 E5 G5 F#5 E5 D5 C#5 B4 A4 G4 F#4 E4 G4 F#4 E4
    """,
    """
    D4/16 E4 F#4 G4 A4 E4 A4 G4 F#4 B4 A4 G4 A4 G4 F#4 E4 |
    D4 B3 B4 C#5 D5 C#5 B4 A4 G4 F#4 E4 B4 A4 B4 A4 G4
    """,
    "F#4/8 F#5 E5/4 R/8 D5 F#5/4 | B5 A5 B5 C#6",
    "D6/8 D5 C#5/4 R/8 B4 D5/4 | D5/4. D5/8 D5 G5 E5 A5",
    """
    A5/16 F#5/32 G5 A5/16 F#5/32 G5 A5 A4 B4 C#5 D5 E5 F#5 G5
    F#5/16 D5/32 E5 F#5/16 F#4/32 G4 A4 B4 A4 G4 A4 F#4 G4 A4 |
    G4/16 B4/32 A4 G4/16 F#4/32 E4 F#4 E4 D4 E4 F#4 G4 A4 B4
    G4/16 B4/32 A4 B4/16 C#5/32 D5 A4 B4 C#5 D5 E5 F#5 G5 A5
    """,
    """
    F#5/16 D5/32 E5 F#5/16 E5/32 D5 E5 C#5 D5 E5 F#5 E5 D5 C#5
    D5/16 B4/32 C#5 D5/16 D4/32 E4 F#4 G4 F#4 E4 F#4 D5 C#5 D5 |
    B4/16 D5/32 C#5 B4/16 A4/32 G4 A4 G4 F#4 G4 A4 B4 C#5 D5
    B4/16 D5/32 C#5 D5/16 C#5/32 B4 C#5 D5 E5 D5 C#5 D5 B4 C#5
    """,
)
_CANON_STATEMENTS: Final = 11  # of the ground bass

# How loud each statement of the ground bass is, to be reached by a hairpin.
_CANON_DYNAMICS: Final = ("!mp", *["<mp"] * 3, *["<mf"] * 5, *["<f"] * 2)


def _violin(entry: int, last: str) -> str:
    """Write the canon for a violin that enters with the `entry`-th statement of the bass."""
    silence = [f"{mark} R/1 | R" for mark in _CANON_DYNAMICS[:entry]]
    played = zip(_CANON_DYNAMICS[entry:], _CANON, strict=False)
    return _bars(*silence, *(f"{mark} {notes}" for mark, notes in played), f"<mf {last}/1")


def _ground(statement: str, last: str) -> str:
    """Write a part of the continuo: one statement, again and again."""
    return _bars(*(f"{mark} {statement}" for mark in _CANON_DYNAMICS), f"<mf {last}/1")


CANON: Final = Piece(
    number=3,
    file_name="03 Canon in D major.mp3",
    title="Canon in D major",
    composer="Johann Pachelbel",
    composed="about 1690",
    metre=(4, 4),
    bars=2 * _CANON_STATEMENTS + 1,
    tempos=((1, 66), (22, 64), (22.5, 60), (22.75, 54), (23, 60)),
    tail_quarters=2,
    voices=(
        Voice(name="violin I", program=VIOLIN, text=_violin(1, "D5"), pan=34, reverb=90),
        Voice(name="violin II", program=VIOLIN, text=_violin(2, "F#5"), pan=64, reverb=90),
        Voice(name="violin III", program=VIOLIN, text=_violin(3, "A5"), pan=94, reverb=90),
        Voice(
            name="cello",
            program=CELLO,
            text=_ground("D3/4 A2 B2 F#2 | G2 D2 G2 A2", "D3"),
            pan=78,
            volume=112,
            reverb=80,
        ),
        Voice(
            name="harpsichord",
            program=HARPSICHORD,
            # The chords over the bass are ours: Pachelbel left them to the player.
            text=_ground(
                "F#3+A3+D4/4 E3+A3+C#4 D3+F#3+B3 F#3+A3+C#4"
                " | D3+G3+B3 F#3+A3+D4 G3+B3+D4 E3+A3+C#4",
                "D2+F#3+A3+D4",
            ),
            pan=50,
            volume=80,
            reverb=70,
            gate_percent=90,
        ),
    ),
    lame_options=("--cbr", "-b", "320", "-m", "s", "-q", "0"),
)

PIECES: Final = (GYMNOPEDIE, PRELUDE, CANON)
