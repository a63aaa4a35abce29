# SPDX-License-Identifier: GPL-3.0-or-later
"""The scores fill their bars, keep to their instruments and survive the MIDI file."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from music.make import FOLDER, main
from music.midi import duration_s, variable_length, write_midi
from music.notation import Note, ScoreError, parse, pitch_of, ticks_per_bar, value_of
from music.scores import CANON, PIECES, PRELUDE, Piece, Voice

VOICES = [
    pytest.param(piece, voice, id=f"{piece.number}-{voice.name}")
    for piece in PIECES
    for voice in piece.voices
]

# The lowest and the highest key a voice may ask of its instrument.
RANGES = {0: ("A0", "C8"), 6: ("F1", "F6"), 40: ("G3", "E7"), 42: ("C2", "C6")}


class TestScores:
    """The notes of the three pieces."""

    @pytest.mark.parametrize(("piece", "voice"), VOICES)
    def test_every_voice_fills_every_bar(self, piece: Piece, voice: Voice) -> None:
        # parse() refuses a bar that does not fill its metre; what is left is to count them.
        notes = parse(voice.text, piece.metre)
        assert voice.text.count("|") + 1 == piece.bars
        assert max(note.start + note.length for note in notes) <= (
            piece.bars * ticks_per_bar(piece.metre)
        )

    @pytest.mark.parametrize(("piece", "voice"), VOICES)
    def test_notes_lie_on_the_instrument(self, piece: Piece, voice: Voice) -> None:
        low, high = (pitch_of(name) for name in RANGES[voice.program])
        notes = parse(voice.text, piece.metre)
        assert all(low <= note.pitch <= high for note in notes)
        assert all(30 <= note.velocity <= 110 for note in notes)

    @pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.file_name)
    def test_pieces_are_short(self, piece: Piece) -> None:
        assert 60 <= duration_s(piece) <= 130

    def test_the_canon_is_a_canon(self) -> None:
        first, second, third = (parse(voice.text, CANON.metre) for voice in CANON.voices[:3])
        statement = 2 * ticks_per_bar(CANON.metre)
        end = (CANON.bars - 1) * ticks_per_bar(CANON.metre)

        def later(notes: tuple[Note, ...], ticks: int) -> list[tuple[int, int, int]]:
            moved = [(note.start + ticks, note.length, note.pitch) for note in notes]
            return [note for note in moved if note[0] < end]

        assert later(second, 0) == later(first, statement)
        assert later(third, 0) == later(first, 2 * statement)

    def test_the_prelude_opens_on_the_chord_of_c(self) -> None:
        bar = ticks_per_bar(PRELUDE.metre)
        notes = sorted(
            (note for voice in PRELUDE.voices for note in parse(voice.text, PRELUDE.metre)),
            key=lambda note: note.start,
        )
        opening = [note.pitch for note in notes if note.start < bar // 2]
        assert opening == [60, 64, 67, 72, 76, 67, 72, 76]


class TestNotation:
    """The note language, right and wrong."""

    def test_values_chords_rests_ties_and_marks(self) -> None:
        text = "!p C4/4 <f E4+G4 | R/8 Bb3/4.~ | Bb3/2"
        assert parse(text, (2, 4)) == (
            Note(0, 480, 60, 50),
            Note(480, 480, 64, 88),
            Note(480, 480, 67, 88),
            Note(1200, 720 + 960, 58, 88),
        )

    def test_a_hairpin_is_even(self) -> None:
        assert [note.velocity for note in parse("!p C4 C4 <mp C4 C4", (4, 4))] == [50, 56, 62, 62]

    def test_values(self) -> None:
        values = [value_of(1, 0), value_of(4, 0), value_of(4, 1), value_of(4, 2), value_of(32, 0)]
        assert values == [1920, 480, 720, 840, 60]

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("C4/4 C4 C4 | C4 C4", "bar 2: lasts 960 ticks instead of 1440"),
            ("H4/2.", "bar 1: 'H4' is not a note"),
            ("C4/7 C4", "no such note value: /7"),
            ("C4/0", "no such note value: /0"),
            ("C4/2.~ | D4", "'D4' does not go on with the tied notes"),
            ("C4/2.~", "tied to nothing"),
            ("!loud C4/2.", "'!loud' is not a dynamic mark"),
            ("C4/x C4", "'C4/x' is not a note, a chord or a rest"),
        ],
    )
    def test_slips_are_refused(self, text: str, complaint: str) -> None:
        with pytest.raises(ScoreError, match=complaint):
            parse(text, (3, 4))


class TestMidi:
    """The file a synthesiser is given."""

    # The examples of the standard MIDI file specification.
    @pytest.mark.parametrize(
        ("number", "encoded"),
        [(0, "00"), (0x7F, "7f"), (0x80, "8100"), (0x2000, "c000"), (0x0FFFFFFF, "ffffff7f")],
    )
    def test_variable_length(self, number: int, encoded: str) -> None:
        assert variable_length(number) == bytes.fromhex(encoded)

    @pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.file_name)
    def test_the_file_says_what_the_score_says(self, piece: Piece) -> None:
        tempo_track, *tracks = read_tracks(write_midi(piece))
        assert not any(status & 0xF0 == 0x90 for _, status, _ in tempo_track)
        for channel, (voice, events) in enumerate(zip(piece.voices, tracks, strict=True)):
            notes = parse(voice.text, piece.metre)
            downs = [(at, data[0]) for at, status, data in events if status == 0x90 | channel]
            ups = [data[0] for _, status, data in events if status == 0x80 | channel]
            assert sorted(downs) == sorted((note.start, note.pitch) for note in notes)
            assert sorted(ups) == sorted(note.pitch for note in notes)
            assert (0, 0xC0 | channel, bytes([voice.program])) in events
            assert events[-1][1:] == (0x2F, b"")

    @pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.file_name)
    def test_no_key_is_struck_while_it_is_down(self, piece: Piece) -> None:
        for events in read_tracks(write_midi(piece))[1:]:
            down: set[int] = set()
            for _, status, data in events:
                if status & 0xF0 == 0x90:
                    assert data[0] not in down
                    down.add(data[0])
                elif status & 0xF0 == 0x80:
                    down.remove(data[0])
            assert not down


class TestProgram:
    """`python3 -m music.make`."""

    def test_check_reads_the_scores_and_makes_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["--check", "--output", str(tmp_path)]) == 0
        assert len(capsys.readouterr().out.splitlines()) == len(PIECES)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.file_name)
    def test_the_files_are_there(self, piece: Piece) -> None:
        assert (FOLDER / piece.file_name).read_bytes()[:3] == b"ID3"


Event = tuple[int, int, bytes]  # tick, status byte or number of the meta event, data


def read_tracks(data: bytes) -> list[list[Event]]:
    """Read a standard MIDI file without running status, which is how ours are written."""
    magic, size, kind, count, division = struct.unpack_from(">4sIHHH", data)
    assert (magic, size, kind, division) == (b"MThd", 6, 1, 480)
    tracks: list[list[Event]] = []
    at = 14
    for _ in range(count):
        magic, size = struct.unpack_from(">4sI", data, at)
        assert magic == b"MTrk"
        tracks.append(read_track(data[at + 8 : at + 8 + size]))
        at += 8 + size
    assert at == len(data)
    return tracks


def read_track(body: bytes) -> list[Event]:
    """Read one track's events."""
    events: list[Event] = []
    at = tick = 0
    while at < len(body):
        delta = 0
        while body[at] & 0x80:
            delta = delta << 7 | body[at] & 0x7F
            at += 1
        tick += delta << 7 | body[at]
        status = body[at + 1]
        at += 2
        if status == 0xFF:
            status, size = body[at], body[at + 1]
            at += 2
        else:
            size = 1 if status & 0xF0 in (0xC0, 0xD0) else 2
        events.append((tick, status, body[at : at + size]))
        at += size
    return events
