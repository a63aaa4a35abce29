# SPDX-License-Identifier: GPL-3.0-or-later
"""A station's songs follow the library and the playlist."""

from dataclasses import replace
from pathlib import Path

import pytest

from server.config import StationPlan
from server.station.repertoire import PAGE, Repertoire
from server.station.sources import Source
from tests.e2e.songs import song
from tests.server.station.studio import Shelf


def nothing() -> None:
    """Nobody else wants a turn."""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.add("1.mp3", song(1, 40))
    shelf.add("Jazz/2.mp3", song(2, 40))
    return shelf


def repertoire(shelf: Shelf, what: str = "") -> Repertoire:
    return Repertoire(shelf, Source(shelf.folder, StationPlan("x", what)))


def test_it_follows_the_library(shelf: Shelf) -> None:
    songs = repertoire(shelf)
    assert len(songs) == 0
    assert songs.follow(nothing)
    assert songs.ids == {1, 2}
    assert not songs.follow(nothing)
    shelf.add("3.mp3", song(3, 40))
    assert songs.follow(nothing)
    assert len(songs) == 3
    shelf.remove(1)
    assert songs.follow(nothing)
    assert songs.ids == {2, 3}


def test_digests_are_in_order_and_lead_to_songs(shelf: Shelf) -> None:
    songs = repertoire(shelf)
    songs.follow(nothing)
    assert list(songs.digests) == sorted(shelf.contents)
    for digest in songs.digests:
        found = songs[digest]
        assert found.digest == digest
        assert songs.get(digest) == found
        assert digest in songs
        track = songs.track_id(digest)
        assert track is not None
        assert songs.digest_of(track) == digest
        assert found.title == shelf.tracks[track].path


def test_the_same_sound_twice_is_one_song(shelf: Shelf) -> None:
    shelf.add("again.mp3", song(1, 40))
    songs = repertoire(shelf)
    songs.follow(nothing)
    assert songs.ids == {1, 2, 3}
    assert len(songs) == 2


def test_only_what_is_in_the_folder(shelf: Shelf) -> None:
    songs = repertoire(shelf, "Jazz")
    songs.follow(nothing)
    assert songs.ids == {2}
    assert songs.digest_of(1) is None


def test_a_playlist_that_changes(shelf: Shelf) -> None:
    playlist = shelf.folder / "list.m3u"
    playlist.write_text("1.mp3\n")
    songs = repertoire(shelf, "list.m3u")
    songs.follow(nothing)
    assert songs.ids == {1}
    playlist.write_text("1.mp3\nJazz/2.mp3\n")
    assert songs.follow(nothing)
    assert songs.ids == {1, 2}
    playlist.unlink()
    assert songs.follow(nothing)
    assert songs.problem
    assert songs.ids == {1, 2}


def test_what_a_playlist_lacks_is_known_when_all_files_are(shelf: Shelf) -> None:
    playlist = shelf.folder / "list.m3u"
    playlist.write_text("1.mp3\n3.mp3\n")
    shelf.scanning = True
    songs = repertoire(shelf, "list.m3u")
    songs.follow(nothing)
    assert not songs.missing
    shelf.scanning = False
    assert songs.follow(nothing)
    assert list(songs.missing) == ["3.mp3"]
    assert not songs.follow(nothing)
    shelf.scanning = True
    shelf.add("3.mp3", song(3, 40))
    assert songs.follow(nothing)
    assert list(songs.missing) == ["3.mp3"]
    shelf.scanning = False
    assert songs.follow(nothing)
    assert not songs.missing


def test_what_cannot_be_had_is_no_song(shelf: Shelf) -> None:
    songs = repertoire(shelf)
    songs.follow(nothing)
    digest = shelf.tracks[1].digest
    del shelf.tracks[1]
    assert songs.get(digest) is None
    assert songs.digest_of(1) is None
    with pytest.raises(KeyError):
        songs[digest]
    songs.drop(digest)
    songs.drop(digest)
    assert digest not in songs
    assert digest not in songs.digests


def test_others_have_their_turn_in_a_large_library(shelf: Shelf) -> None:
    first = shelf.tracks[1]
    shelf.tracks |= {number: replace(first, id=number) for number in range(3, 2 * PAGE + 2)}
    songs = repertoire(shelf)
    turns: list[int] = []
    songs.follow(lambda: turns.append(1))
    assert len(turns) == 2
    assert len(songs.ids) == 2 * PAGE + 1
