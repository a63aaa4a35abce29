# SPDX-License-Identifier: GPL-3.0-or-later
"""Titles from elsewhere cannot do anything to a terminal, and are cut where columns end."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.safe_text import columns, cut, fill, safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Für Elise", "Für Elise"),
        ("\x1b[2J", "\ufffd[2J"),
        ("a\nb\tc\x7f", "a\ufffdb\ufffdc\ufffd"),
        ("\x9b31m", "\ufffd31m"),
        ("a\u202eb\u2066c\u200ed", "abcd"),
        ("a\u2028b", "a\ufffdb"),
        ("\ud800", "\ufffd"),
        ("می\u200cشود", "می\u200cشود"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("\ufeffbom", "bom"),
    ],
)
def test_what_a_terminal_would_obey_does_not_come_through(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text())
def test_no_control_and_no_turn_comes_through(text: str) -> None:
    left = {unicodedata.category(char) for char in safe(text) if char not in "\u200c\u200d"}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("東京", 4), ("e\u0301", 1), ("ｶﾞ", 2), ("", 0), ("naïve", 5)],
)
def test_columns_are_counted_as_a_terminal_shows_them(text: str, width: int) -> None:
    assert columns(text) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("東京の空", 8, "東京の空"),
        ("東京の空", 7, "東京の…"),
        ("東京の空", 6, "東京…"),  # half of a wide letter cannot be shown
        ("cafe\u0301s", 5, "cafe\u0301s"),
        ("cafe\u0301sx", 5, "cafe\u0301…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_a_cut_falls_between_letters(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@given(st.text(alphabet="aé東\u0301京 …", max_size=30), st.integers(0, 40))
def test_filled_text_takes_exactly_its_columns(text: str, width: int) -> None:
    assert columns(fill(text, width)) == width
