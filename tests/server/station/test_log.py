# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log is told of a station's songs."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.station.studio import Studio, open_studio


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = open_studio(tmp_path, songs=1)
    yield studio
    studio.broadcast.close()


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_how_many_there_are(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    studio.broadcast.start()
    assert lines(caplog) == [
        "station main has 1 song",
        "station main plays everything: 1 song",
    ]
