# SPDX-License-Identifier: GPL-3.0-or-later
"""The status line while a station is tuned in, wide and narrow."""

from dataclasses import replace

import pytest

from client.render import UNICODE, status_line
from client.reports import Activity, Status
from client.safe_text import columns
from client.tuning.reports import StationStatus
from tests.client.tuning.examples import STATUS

WAITING = Status(Activity.BUFFERING, linked=True, mark=1.0, station=StationStatus("main"))
STALLED = replace(STATUS, activity=Activity.BUFFERING, mark=2.0, stalls=1, buffered_to=20.5)


def shown(status: Status, width: int) -> str:
    """The line without its styles."""
    line = "".join(text for _, text in status_line(status, width, UNICODE))
    assert columns(line) <= width
    return line


def test_it_names_station_song_and_distance() -> None:
    line = shown(STATUS, 100)
    assert line.startswith(" playing  main: Für Elise by Ludwig van Beethoven  0:20 / 1:23  ")
    assert line.endswith("  6.2 s behind live")


def test_what_is_narrow_keeps_station_and_title() -> None:
    assert shown(STATUS, 40) == " playing  main: Für Elise …  0:20 / 1:23"


def test_before_the_first_song_it_names_the_station() -> None:
    assert shown(WAITING, 60) == " buffering  main"


def test_in_a_stall_it_says_what_it_waits_for() -> None:
    assert shown(STALLED, 80).startswith(" buffering 0.5 of 2.0 s  ")


@pytest.mark.parametrize("width", range(1, 120, 7))
@pytest.mark.parametrize("status", [STATUS, WAITING, STALLED])
def test_it_fits(status: Status, width: int) -> None:
    assert shown(replace(status, linked=False), width)
