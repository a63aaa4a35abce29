# SPDX-License-Identifier: GPL-3.0-or-later
"""Songs in editions, and a shelf that remembers which of them lay there when."""

import shutil
from pathlib import Path

import pytest

from bench.chaos.editions import Shelf, Song, make_songs, other_recording, short_of
from bench.songs import RATE

pytestmark = pytest.mark.skipif(shutil.which("lame") is None, reason="lame is not installed")


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Song:
    return make_songs(tmp_path_factory.mktemp("songs") / "e", count=1, seconds=(2, 2), seed=1)[0]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_a_song_is_as_long_as_it_was_made_and_never_silent(song: Song) -> None:
    for edition in song.recordings:
        music = edition.pcm[edition.front : edition.end]
        assert len(music) == pytest.approx(2 * RATE, abs=2 * 1152)
        assert (music == 0).sum() < 10


def test_editions_have_nothing_in_common_but_the_beginning_of_what_was_cut_short(
    song: Song,
) -> None:
    (first, second), (short, _) = song.recordings, song.shortened
    assert (first.pcm[5000:9000] != second.pcm[5000:9000]).mean() > 0.99
    assert (first.pcm[5000:9000] == short.pcm[5000:9000]).all()
    assert len(short.pcm) < 0.7 * len(first.pcm)


def test_the_shelf_remembers(song: Song, shelf: Shelf) -> None:
    first, second = song.recordings
    shelf.put(first, now=1.0)
    shelf.shorten(song.shortened[0], now=2.0)
    shelf.delete(song.title, now=3.0)
    shelf.put(second, now=4.0)
    shelf.overwrite(first, now=5.0)
    assert shelf.holds(song.title) is first
    assert shelf.held(song.title, since=1.2, until=1.8) == [first]
    assert shelf.held(song.title, since=3.2, until=3.8) == []
    assert shelf.held(song.title, since=1.5, until=9.0) == [
        first,
        second,
        song.shortened[0],
        first,
    ]
    assert (shelf.folder / f"{song.title}.mp3").read_bytes() == first.path.read_bytes()


def test_a_file_that_is_shortened_is_the_shortened_edition(song: Song, shelf: Shelf) -> None:
    shelf.put(song.recordings[0], now=1.0)
    shelf.shorten(song.shortened[0], now=2.0)
    file = shelf.folder / f"{song.title}.mp3"
    assert file.read_bytes() == song.shortened[0].path.read_bytes()


def test_what_may_come_next(song: Song) -> None:
    first, second = song.recordings
    assert other_recording(song, first) is second
    assert other_recording(song, song.shortened[0]) is second
    assert other_recording(song, None) is first
    assert short_of(song, second) is song.shortened[1]
    assert short_of(song, song.shortened[1]) is None
