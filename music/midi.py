# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a piece as a standard MIDI file (format 1: a tempo track, then one track a voice)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from music.notation import TICKS_PER_QUARTER, parse, ticks_per_bar

if TYPE_CHECKING:
    from music.scores import Piece, Voice

MICROSECONDS_PER_MINUTE: Final = 60_000_000

_META_TEMPO: Final = b"\xff\x51\x03"
_META_METRE: Final = b"\xff\x58\x04"
_META_END: Final = b"\xff\x2f\x00"
_NOTE_OFF, _NOTE_ON, _CONTROL, _PROGRAM = 0x80, 0x90, 0xB0, 0xC0
_VOLUME, _PAN, _SUSTAIN, _REVERB = 7, 10, 64, 91

# At one moment: pedal and keys up first, so that a repeated key sounds again, keys down last.
_UP, _SET, _DOWN = 0, 1, 2

# The pedal comes down this long after the bass of its span, as a pianist's foot does.
_PEDAL_LAG_TICKS: Final = TICKS_PER_QUARTER // 8

# The first note of a bar and the notes on its beats are a little stronger than the others.
_BAR_ACCENT: Final = 5
_BEAT_ACCENT: Final = 2

_Event = tuple[int, int, bytes]  # tick, rank within the tick, message


def variable_length(number: int) -> bytes:
    """Encode `number` in seven-bit groups, the highest first, as MIDI delta times are."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


def write_midi(piece: Piece) -> bytes:
    """Return the whole MIDI file of `piece`.

    The tracks go on for `piece.tail_quarters` after the last bar, so that a renderer has the time
    to let the sound die away. Raises ScoreError if the score is wrong.
    """
    end = _end(piece)
    tracks = [_track(_tempo_events(piece), end)]
    for channel, voice in enumerate(piece.voices):
        tracks.append(_track(_voice_events(piece, voice, channel), end))
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), TICKS_PER_QUARTER)
    return header + b"".join(tracks)


def duration_s(piece: Piece) -> float:
    """Return how many seconds `piece` lasts, its tail included."""
    bar_ticks = ticks_per_bar(piece.metre)
    starts = [round((bar - 1) * bar_ticks) for bar, _ in piece.tempos]
    quarters = [
        (until - since) / TICKS_PER_QUARTER
        for since, until in zip(starts, [*starts[1:], _end(piece)], strict=True)
    ]
    return sum(
        60 * length / tempo for length, (_, tempo) in zip(quarters, piece.tempos, strict=True)
    )


def _end(piece: Piece) -> int:
    return piece.bars * ticks_per_bar(piece.metre) + piece.tail_quarters * TICKS_PER_QUARTER


def _track(events: list[_Event], end: int) -> bytes:
    body = bytearray()
    now = 0
    # Stable on the bytes too: the file depends on the score alone.
    for tick, _, message in [*sorted(events), (end, 0, _META_END)]:
        body += variable_length(tick - now) + message
        now = tick
    return struct.pack(">4sI", b"MTrk", len(body)) + bytes(body)


def _tempo_events(piece: Piece) -> list[_Event]:
    beats, unit = piece.metre
    metre = _META_METRE + bytes((beats, unit.bit_length() - 1, 24, 8))
    events: list[_Event] = [(0, _SET, metre)]
    for bar, quarters_per_minute in piece.tempos:
        tick = round((bar - 1) * ticks_per_bar(piece.metre))
        tempo = round(MICROSECONDS_PER_MINUTE / quarters_per_minute)
        events.append((tick, _SET, _META_TEMPO + tempo.to_bytes(3, "big")))
    return events


def _voice_events(piece: Piece, voice: Voice, channel: int) -> list[_Event]:
    def control(tick: int, rank: int, number: int, value: int) -> _Event:
        return tick, rank, bytes((_CONTROL | channel, number, value))

    events: list[_Event] = [
        (0, _SET, bytes((_PROGRAM | channel, voice.program))),
        control(0, _SET, _VOLUME, voice.volume),
        control(0, _SET, _PAN, voice.pan),
        control(0, _SET, _REVERB, voice.reverb),
    ]
    bar_ticks = ticks_per_bar(piece.metre)
    for note in parse(voice.text, piece.metre):
        in_bar = note.start % bar_ticks
        accent = _BAR_ACCENT if in_bar == 0 else _BEAT_ACCENT * (in_bar % TICKS_PER_QUARTER == 0)
        down = bytes((_NOTE_ON | channel, note.pitch, min(127, note.velocity + accent)))
        up = bytes((_NOTE_OFF | channel, note.pitch, 64))
        events.append((note.start, _DOWN, down))
        events.append((note.start + note.length * voice.gate_percent // 100, _UP, up))
    if voice.pedal_quarters:
        span = voice.pedal_quarters * TICKS_PER_QUARTER
        for start in range(0, piece.bars * bar_ticks, span):
            events.append(control(start, _UP, _SUSTAIN, 0))
            events.append(control(start + _PEDAL_LAG_TICKS, _SET, _SUSTAIN, 127))
        # The last chord is left to ring: the pedal stays down into the tail.
    return events
