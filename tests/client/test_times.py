# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.times import clock_words, milliseconds


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0", 0),
        ("83", 83_000),
        ("83.5", 83_500),
        ("83.05", 83_050),
        ("1:23", 83_000),
        ("01:03", 63_000),
        ("90:00", 5_400_000),
        ("1:02:03", 3_723_000),
        ("1:02:03.004", 3_723_004),
    ],
)
def test_times_are_read(text: str, ms: int) -> None:
    assert milliseconds(text) == ms


@pytest.mark.parametrize(
    "text", ["", "x", "1:60", "1:2:3:4", ":3", "3:", "-3", "1e3", "nan", "٣", "1.2345", "1 2"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert milliseconds(text) is None


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "0:00"), (999, "0:00"), (1000, "0:01"), (83_999, "1:23"), (3_723_000, "1:02:03")],
)
def test_times_are_written(ms: int, text: str) -> None:
    assert clock_words(ms) == text


@given(st.integers(0, 900 * 3600))
def test_what_is_written_is_read(seconds: int) -> None:
    assert milliseconds(clock_words(seconds * 1000)) == seconds * 1000
