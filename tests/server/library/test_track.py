# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the texts that reach the wire."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import MAX_TEXT
from server.library.track import clean, printable, title_of


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("Für Elise", "Für Elise"),
        ("Fu\u0308r Elise", "Für Elise"),  # NFC
        ("two\nlines\r\nand\ta tab", "two lines and a tab"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),  # no escape sequences for the terminal
        ("a\x85b\x9bc\u2028d\u2029e\x00", "a b c d e"),
        ("abc\u202edef\u2066ghi\u200f", "abcdefghi"),
        ("half \udce9 a pair", "half \ufffd a pair"),
        ("u\u202e\u0308", "ü"),  # what stood between them is gone, so they meet
        ("   ", ""),
    ],
)
def test_text_is_cleaned(dirty: str, expected: str) -> None:
    assert clean(dirty) == expected


def test_text_is_cut_at_a_character() -> None:
    assert clean("ö" * 200) == "ö" * 127
    assert clean("x" * 254 + "ö") == "x" * 254
    assert clean("x" * 254 + " y") == "x" * 254


# Surrogates too: they are what undecodable bytes in file names become.
@given(st.text(st.characters(exclude_categories=())))
def test_clean_text_is_fit_for_the_wire(dirty: str) -> None:
    text = clean(dirty)
    assert len(text.encode()) <= MAX_TEXT
    assert unicodedata.is_normalized("NFC", text)
    assert not [char for char in text if unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"}]
    assert clean(text) == text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Bach/Air.mp3", "Air"),
        ("Bach/AIR.MP3", "AIR"),
        ("01 - one.two.mp3", "01 - one.two"),
        (".mp3", ".mp3"),
        ("x/\u202e.mp3", ".mp3"),
        ("\udcff.mp3", "\ufffd"),
    ],
)
def test_title_of_a_file_without_one(path: str, expected: str) -> None:
    assert title_of(path) == expected


def test_a_name_cannot_forge_a_log_line() -> None:
    assert printable("a\nERROR: b\udcff.mp3") == "a ERROR: b\ufffd.mp3"
