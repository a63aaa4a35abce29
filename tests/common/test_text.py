# SPDX-License-Identifier: GPL-3.0-or-later
"""Making any string fit for the wire."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.text import clean, forbidden_character


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("plain", None),
        ("a\u00a0b\u00ad\u202e", None),
        ("a\nb\rc", "\n"),
        ("\x7f", "\x7f"),
        ("ok\u0085", "\u0085"),
        ("\u2028", "\u2028"),
        ("x\ud800", "\ud800"),
        ("\udfff", "\udfff"),
        ("\ue000", None),
    ],
)
def test_the_first_that_is_forbidden(text: str, found: str | None) -> None:
    assert forbidden_character(text) == found


@pytest.mark.parametrize(
    ("text", "limit", "cleaned"),
    [
        ("as it is", 255, "as it is"),
        ("  two\t\n words \x00 ", 255, "two words"),
        ("\x1b[31mred", 255, "[31mred"),
        ("e\u0301", 255, "\u00e9"),
        ("\u00e9\u00e9", 3, "\u00e9"),
        ("ab cd", 3, "ab"),
        ("\U0001d11e", 3, ""),
        ("a\ud800b", 255, "a b"),
        ("", 0, ""),
    ],
)
def test_clean(text: str, limit: int, cleaned: str) -> None:
    assert clean(text, limit) == cleaned


@given(st.text(st.characters(codec=None), max_size=50), st.integers(0, 60))
def test_what_is_cleaned_is_clean(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert forbidden_character(cleaned) is None
    assert len(cleaned.encode()) <= limit
    assert unicodedata.normalize("NFC", cleaned).split() == cleaned.split()
    assert cleaned == cleaned.strip()
    assert clean(cleaned, limit) == cleaned
