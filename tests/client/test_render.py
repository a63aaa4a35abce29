# SPDX-License-Identifier: GPL-3.0-or-later
"""Golden lines of the status line, at many widths."""

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
    state_words,
    status_line,
    wait_words,
)
from client.reports import Activity, Status, TrackLine
from client.safe_text import columns
from tests.client.titles import ELISE, TEXTS

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
