# SPDX-License-Identifier: GPL-3.0-or-later
"""Golden lines of tables, at many widths."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.render import (
    UNICODE,
    share,
    table,
)
from client.reports import TrackLine
from client.safe_text import columns
from tests.client.titles import ELISE, TEXTS, TRACKS

TABLES: list[tuple[int, list[str]]] = [
    (
        80,
        [
            " 1  Für Elise  Ludwig van Beethoven  Bagatelles     1:23",
            " 3  Cafe\u0301       E\ufffd[31mvil             Live           0:05",
            "12  東京の空   合唱団                            1:02:03",
        ],
    ),
    (
        54,
        [
            " 1  Für Elise  Ludwig van Beethoven  Bagatel…     1:23",
            " 3  Cafe\u0301       E\ufffd[31mvil             Live         0:05",
            "12  東京の空   合唱団                          1:02:03",
        ],
    ),
    (
        50,
        [
            " 1  Für Elise  Ludwig van Beethoven     1:23",
            " 3  Cafe\u0301       E\ufffd[31mvil                0:05",
            "12  東京の空   合唱団                1:02:03",
        ],
    ),
    (
        36,
        [
            " 1  Für Elise  Ludwig van …     1:23",
            " 3  Cafe\u0301       E\ufffd[31mvil        0:05",
            "12  東京の空   合唱団        1:02:03",
        ],
    ),
    (
        22,
        [
            " 1  Für Elise     1:23",
            " 3  Cafe\u0301          0:05",
            "12  東京の空   1:02:03",
        ],
    ),
    (
        18,
        [
            " 1  Für …     1:23",
            " 3  Cafe\u0301      0:05",
            "12  東京…  1:02:03",
        ],
    ),
]


@pytest.mark.parametrize(("width", "lines"), TABLES)
def test_a_table_fits_its_width(width: int, lines: list[str]) -> None:
    assert table(TRACKS, width, UNICODE) == lines
    assert len({columns(line) for line in lines}) == 1
    assert columns(lines[0]) <= width


def test_a_table_for_no_terminal_has_tabs_and_no_blanks_to_fill_up() -> None:
    assert table(TRACKS, None, UNICODE) == [
        "1\tFür Elise\tLudwig van Beethoven\tBagatelles\t1:23",
        "3\tCafe\u0301\tE\ufffd[31mvil\tLive\t0:05",
        "12\t東京の空\t合唱団\t\t1:02:03",
    ]
    tabbed = replace(ELISE, title="a\tb\nc")
    assert table((tabbed,), None, UNICODE)[0].count("\t") == 4


def test_an_empty_table_has_no_lines() -> None:
    assert table((), 80, UNICODE) == []


LINES = st.builds(TrackLine, st.integers(1, 10**6), st.integers(0, 10**8), TEXTS, TEXTS, TEXTS)


@given(st.lists(LINES, min_size=1, max_size=8), st.integers(30, 200))
def test_no_table_is_wider_than_the_terminal(tracks: list[TrackLine], width: int) -> None:
    assert all(columns(line) <= width for line in table(tracks, width, UNICODE))


@pytest.mark.parametrize(
    ("wants", "room", "widths"),
    [
        ([10, 10, 10], 34, [10, 10, 10]),
        ([30, 30, 30], 80, [30, 30, 16]),
        ([30, 30, 30], 72, [30, 30, 8]),
        ([30, 30, 30], 71, [30, 30, 0]),
        ([30, 5, 30], 64, [30, 5, 25]),
        ([30, 30, 30], 40, [30, 8, 0]),
        ([30, 30, 30], 39, [30, 0, 0]),
        ([30, 30, 5], 39, [30, 0, 0]),
        ([30, 30, 30], 12, [12, 0, 0]),
        ([30, 0, 30], 42, [30, 0, 10]),
        # One title that is too long for all must not take the artists from all.
        ([200, 20, 20], 70, [48, 20, 0]),
        ([200, 20, 20], 50, [40, 8, 0]),
        ([200, 20, 20], 45, [45, 0, 0]),
        ([30, 30, 30], -5, [1, 0, 0]),
        ([3, 0, 0], 80, [3, 0, 0]),
    ],
)
def test_the_album_goes_first_and_titles_are_cut_last(
    wants: list[int], room: int, widths: list[int]
) -> None:
    assert share(wants, room) == widths
