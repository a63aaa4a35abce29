# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log is told of a station's songs."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.logbook import Said
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
        "station main begins",
        "station main has 1 song",
    ]


def test_that_there_are_none_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    studio = open_studio(tmp_path, songs=0)
    studio.broadcast.start()
    studio.broadcast.keeper.work()
    studio.broadcast.close()
    assert lines(caplog) == [
        "station main begins",
        "station main has no songs, and is silent until there are some",
    ]


def test_what_its_playlist_lacks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    playlist = tmp_path / "list.m3u"
    playlist.write_text("1.mp3\n\x1b[2J.mp3\n")
    studio = open_studio(tmp_path, songs=1, source="list.m3u")
    studio.broadcast.keeper.work()
    studio.broadcast.keeper.work()
    playlist.write_text("".join(f"{number}.mp3\n" for number in range(9)))
    studio.broadcast.keeper.work()
    playlist.write_text("1.mp3\n")
    studio.broadcast.keeper.work()
    said = [record.msg for record in caplog.records]
    assert [
        one.fields["entries"]
        for one in said
        if isinstance(one, Said) and one.event == "playlist_lacks"
    ] == [
        "\x1b[2J.mp3",
        "0.mp3, 2.mp3, 3.mp3, 4.mp3, 5.mp3 and 3 more",
    ]
