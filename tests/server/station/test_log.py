# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log is told of a station's songs."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.logbook import Said
from tests.e2e.songs import song
from tests.server.station.studio import SECOND, Studio, open_studio


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


def test_that_the_last_one_plays_on_when_its_file_has_gone(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    studio.pass_time(1)
    studio.shelf.remove(1)
    studio.pass_time(60)
    studio.shelf.revision += 1  # others come and go
    studio.shelf.add("2.mp3", song(2, 100))
    studio.pass_time(1)
    studio.shelf.remove(2)
    studio.broadcast.keeper.work()
    left = "station main has no songs left, and is silent after what is on the air"
    assert lines(caplog) == ["station main has 1 song", left, "station main has 1 song", left]


def test_that_the_last_one_goes_while_nothing_is_on_the_air(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    studio.broadcast.keeper.work()
    studio.store.now += 3600 * SECOND  # nobody has looked since
    studio.shelf.remove(1)
    studio.broadcast.keeper.work()
    assert lines(caplog)[1:] == [
        "station main has no songs, and is silent until there are some",
    ]


def test_that_a_server_lacks_what_others_have_on_the_air(
    studio: Studio, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    studio.broadcast.keeper.work()
    playing = studio.store.load()
    assert playing.entries
    caplog.clear()
    other = open_studio(tmp_path, songs=0)
    other.store.update(lambda _: (playing, None))
    other.broadcast.keeper.work()
    assert lines(caplog) == ["station main has no songs, and is silent until there are some"]


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
