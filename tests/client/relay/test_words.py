# SPDX-License-Identifier: GPL-3.0-or-later
"""How a listener's place among the others is told."""

import json

import pytest

from client.answers import StatusShown
from client.jsonout import line, objects
from client.reports import Activity, Status
from client.tuning.reports import RelayStatus, StationStatus
from client.tuning.wording import status_words


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (StationStatus("main"), "fed by the server"),
        (
            StationStatus("main", feeder=7, relay=RelayStatus(2, 3, 48_000.0)),
            "fed by listener 7 (2 away from the server), feeds 3 listeners, 384 kbit/s",
        ),
        (
            StationStatus("main", relay=RelayStatus(0, 1, 16_000.0)),
            "fed by the server, feeds 1 listener, 128 kbit/s",
        ),
    ],
)
def test_in_words(status: StationStatus, words: str) -> None:
    assert status_words(status) == words


def test_for_programs() -> None:
    station = StationStatus("main", feeder=7, relay=RelayStatus(2, 3, 48_000.4))
    (fields,) = objects(StatusShown(Status(Activity.PLAYING, True, station=station)))
    shown = json.loads(line(fields))
    assert shown["station"]["feeder"] == 7
    assert shown["station"]["relay"] == {
        "depth": 2,
        "children": 3,
        "bytes_per_second": 48000,
    }
