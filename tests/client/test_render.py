# SPDX-License-Identifier: GPL-3.0-or-later
"""Golden lines of tables and of the status line, at many widths."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.render import (
    ASCII,
    UNICODE,
    Glyphs,
    bar,
    glyphs_for,
    rate_words,
    share,
    state_words,
    status_line,
    table,
    wait_words,
)
from client.reports import Activity, Status, TrackLine
from client.safe_text import columns

ELISE = TrackLine(1, 83_000, "Für Elise", "Ludwig van Beethoven", "Bagatelles")
TOKYO = TrackLine(12, 3_723_000, "東京の空", "合唱団", "")
CAFE = TrackLine(3, 5_000, "Cafe\u0301", "E\x1b[31mvil\u202e", "Live")
TRACKS = (ELISE, CAFE, TOKYO)
STATUS = Status(
    Activity.PLAYING,
    linked=True,
    track=ELISE,
    position=20.75,
    buffered_to=41.5,
    duration=83.0,
    rate=156_250.0,
    received=664_000,
)

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


TEXTS = st.text(alphabet="ab é東\u0301\x1b", max_size=40)
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


STATUS_LINES = [
    (85, " playing  Für Elise by Ludwig van Beethoven  0:20 / 1:23  ━━━━────·······  1.2 Mbit/s"),
    (75, " playing  Für Elise by Ludwig van Bee…  0:20 / 1:23  ━━───·····  1.2 Mbit/s"),
    (60, " playing  Für Elise by…  0:20 / 1:23  ━━───·····  1.2 Mbit/s"),
    (45, " playing  Für Elise by Ludwig v…  0:20 / 1:23"),
    (44, " playing  Für Elise by Ludwig …  0:20 / 1:23"),
    (40, " playing  Für Elise by Lud…  0:20 / 1:23"),
    (26, " playing  Für Elise by Lu…"),
    (12, " playing"),
    (5, " pla…"),
    (1, "…"),
    (0, ""),
]


def shown(status: Status, width: int, glyphs: Glyphs = UNICODE) -> str:
    return "".join(text for _, text in status_line(status, width, glyphs))


@pytest.mark.parametrize(("width", "line"), STATUS_LINES)
def test_the_status_line_gives_up_the_least_important_first(width: int, line: str) -> None:
    assert shown(STATUS, width) == line


WAITING = replace(
    STATUS,
    activity=Activity.BUFFERING,
    position=0.0,
    buffered_to=4.2,
    rate=20_000.0,
    mark=12.0,
    wait=8.7,
)
BUFFERING = " buffering 4.2 of 12 s"
WAITING_LINES = [
    (99, f"{BUFFERING}, starts in about 9 s  Für Elise by Ludwig van Beethoven  160 kbit/s"),
    (80, f"{BUFFERING}, starts in about 9 s  Für Elise by Ludwig va…  160 kbit/s"),
    (66, f"{BUFFERING}, starts in about 9 s  Für Elise by Ludwig …"),
    (55, " starts in about 9 s  Für Elise by Ludwig van Beethoven"),
    (40, " starts in about 9 s  Für Elise by Ludw…"),
    (33, " starts in about 9 s"),
    (12, " starts in …"),
    (0, ""),
]


@pytest.mark.parametrize(("width", "line"), WAITING_LINES)
def test_the_status_line_says_why_the_song_waits(width: int, line: str) -> None:
    assert shown(WAITING, width) == line


@pytest.mark.parametrize(
    ("stalls", "mark", "wait", "line"),
    [
        (
            1,
            5.0,
            4.2,
            " buffering 4.2 of 5.0 s, goes on in about 4 s  Für Elise by Ludwig …  160 kbit/s",
        ),
        (0, 5.0, 0.6, " buffering 4.2 of 5.0 s  Für Elise by Ludwig van Beethoven  160 kbit/s"),
        (0, 1.0, None, " buffering 4.2 of 4.2 s  Für Elise by Ludwig van Beethoven  160 kbit/s"),
    ],
)
def test_a_short_wait_is_not_told_in_seconds(
    stalls: int, mark: float, wait: float | None, line: str
) -> None:
    assert shown(replace(WAITING, stalls=stalls, mark=mark, wait=wait), 80) == line


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (None, ""),
        (0.0, ""),
        (1.9, ""),
        (2.0, "starts in about 2 s"),
        (19.9, "starts in about 20 s"),
        (22.4, "starts in about 20 s"),
        (99.0, "starts in about 100 s"),
        (100.0, "starts in about 2 min"),
        (600.0, "starts in about 10 min"),
    ],
)
def test_the_longer_a_wait_the_rounder_it_is_told(wait: float | None, words: str) -> None:
    assert wait_words(replace(WAITING, wait=wait)) == words


def test_a_wait_while_the_link_is_lost_says_both() -> None:
    line = shown(replace(WAITING, linked=False, wait=None), 80)
    assert line.startswith(" buffering 4.2 of 12 s, link lost  Für Elise")


@given(
    st.integers(0, 200),
    TEXTS,
    TEXTS,
    st.sampled_from(Activity),
    st.floats(0, 1e5),
    st.none() | st.floats(0, 1e3),
    st.none() | st.floats(0, 1e3),
)
def test_the_status_line_is_never_too_wide(
    width: int,
    title: str,
    artist: str,
    activity: Activity,
    position: float,
    mark: float | None,
    wait: float | None,
) -> None:
    track = TrackLine(1, 83_000, title, artist, "")
    status = replace(
        STATUS, track=track, activity=activity, position=position, mark=mark, wait=wait
    )
    assert columns(shown(status, width)) <= width


def test_an_ascii_terminal_gets_ascii_lines() -> None:
    assert shown(STATUS, 80, ASCII).isascii() is False  # the title itself is as it is
    status = replace(STATUS, track=replace(ELISE, title="Elise"))
    assert shown(status, 80, ASCII) == (
        " playing  Elise by Ludwig van Beethoven  0:20 / 1:23  ####===-------  1.2 Mbit/s"
    )


@pytest.mark.parametrize(
    ("position", "buffered_to", "picture"),
    [
        (0.0, 0.0, "··········"),
        (0.0, 83.0, "──────────"),
        (41.5, 83.0, "━━━━━─────"),
        (83.0, 83.0, "━━━━━━━━━━"),
        (99.0, 120.0, "━━━━━━━━━━"),
        (41.5, 20.0, "━━━━━·····"),
        (-1.0, -1.0, "··········"),
    ],
)
def test_the_bar_shows_played_buffered_and_rest(
    position: float, buffered_to: float, picture: str
) -> None:
    status = replace(STATUS, position=position, buffered_to=buffered_to)
    assert "".join(text for _, text in bar(status, 10, UNICODE)) == picture


def test_a_song_of_no_known_length_has_an_empty_bar() -> None:
    assert bar(replace(STATUS, duration=0.0), 4, ASCII)[2][1] == "----"


@pytest.mark.parametrize(
    ("activity", "linked", "words"),
    [
        (Activity.CONNECTING, False, "connecting"),
        (Activity.CONNECTING, True, "connecting"),
        (Activity.STOPPED, True, "stopped"),
        (Activity.STOPPED, False, "link lost"),
        (Activity.BUFFERING, True, "buffering"),
        (Activity.PLAYING, True, "playing"),
        (Activity.PLAYING, False, "playing, link lost"),
        (Activity.PAUSED, False, "paused, link lost"),
    ],
)
def test_the_state_is_said_in_words(activity: Activity, linked: bool, words: str) -> None:
    assert state_words(replace(STATUS, activity=activity, linked=linked)) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.0, "0 kbit/s"),
        (16_000.0, "128 kbit/s"),
        (124_900.0, "999 kbit/s"),
        (125_000.0, "1.0 Mbit/s"),
        (1.25e9, "10000 Mbit/s"),
    ],
)
def test_a_throughput_is_said_in_bits(rate: float, words: str) -> None:
    assert rate_words(rate) == words


@pytest.mark.parametrize(
    ("encoding", "is_unicode"),
    [("utf-8", True), ("ascii", False), ("iso-8859-1", False), (None, False), ("no-such", False)],
)
def test_a_poor_locale_gets_ascii_glyphs(encoding: str | None, is_unicode: bool) -> None:
    assert (glyphs_for(encoding) is UNICODE) == is_unicode
