# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the walk, on trees with everything that file systems allow."""

import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from server.library.walk import NO_FILE, walk


def touch(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_finds_mp3_of_any_case_in_order_of_path(music: Path) -> None:
    for name in ("b/2.MP3", "b/1.mp3", "a.mP3", "c.mp3", "b/deep/er/3.mp3", "no.mp4", "mp3"):
        touch(music / name)
    (music / "folder.mp3").mkdir()
    seen = walk(str(music))
    assert list(seen.files) == ["a.mP3", "b/1.mp3", "b/2.MP3", "b/deep/er/3.mp3", "c.mp3"]
    assert sorted(seen.folders) == ["", "b", "b/deep", "b/deep/er", "folder.mp3"]
    assert seen.problems == []


def test_what_is_hidden_is_left_out_without_a_word(music: Path) -> None:
    for name in ("a.mp3", "._a.mp3", ".b.mp3", ".mp3", ".Trash-1000/files/c.mp3", "d/.e/f.mp3"):
        touch(music / name)
    (music / ".dangling.mp3").symlink_to("nowhere")
    seen = walk(str(music))
    assert list(seen.files) == ["a.mp3"]
    assert sorted(seen.folders) == ["", "d"]
    assert seen.problems == []


def test_a_hidden_folder_may_be_the_music_folder(music: Path) -> None:
    touch(music / ".music/a.mp3")
    assert list(walk(str(music / ".music")).files) == ["a.mp3"]


def test_what_is_no_file_is_told(music: Path) -> None:
    touch(music / "a.mp3")
    os.mkfifo(music / "pipe.mp3")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(music / "socket.mp3"))
    seen = walk(str(music))
    assert list(seen.files) == ["a.mp3"]
    assert sorted(seen.problems) == [("pipe.mp3", NO_FILE), ("socket.mp3", NO_FILE)]


def test_tells_size_and_time(music: Path) -> None:
    status = touch(music / "a.mp3", b"12345").stat()
    assert walk(str(music)).files == {"a.mp3": (5, status.st_mtime_ns)}


def test_loops_of_links_end(music: Path) -> None:
    touch(music / "a/1.mp3")
    (music / "a/up").symlink_to("..")
    (music / "a/self").symlink_to(".")
    (music / "b").symlink_to("a/self/up/a")
    seen = walk(str(music))
    assert list(seen.files) == ["a/1.mp3"]
    assert seen.problems == []


@pytest.fixture
def tempting(music: Path, tmp_path: Path) -> Path:
    """A music folder with links that lead out of it, and one that does not in the end."""
    touch(tmp_path / "elsewhere/1.mp3")
    touch(tmp_path / "2.flac")
    touch(tmp_path / f"{music.name} too/3.mp3")
    touch(music / "a.mp3")
    (music / "there").symlink_to(tmp_path / "elsewhere")
    (music / "2.mp3").symlink_to("../2.flac")
    (music / "3.mp3").symlink_to(tmp_path / f"{music.name} too/3.mp3")
    (music / "by a way round.mp3").symlink_to(tmp_path / "back/a.mp3")
    (tmp_path / "back").symlink_to(music)
    (music / "notes.txt").symlink_to("../2.flac")  # which nobody would serve anyway
    return music


def test_links_out_of_the_folder_are_named_and_not_followed(tempting: Path) -> None:
    seen = walk(str(tempting))
    assert list(seen.files) == ["a.mp3", "by a way round.mp3"]
    assert sorted(seen.outside) == ["2.mp3", "3.mp3", "there"]
    assert seen.folders == [""]
    assert seen.problems == []


def test_links_out_of_the_folder_are_followed_where_that_is_wanted(tempting: Path) -> None:
    seen = walk(str(tempting), follow_links=True)
    names = ["2.mp3", "3.mp3", "a.mp3", "by a way round.mp3", "there/1.mp3"]
    assert list(seen.files) == names
    assert seen.outside == []


def test_the_folder_may_itself_be_a_link(music: Path, tmp_path: Path) -> None:
    touch(music / "a.mp3")
    (music / "b.mp3").symlink_to("a.mp3")
    (tmp_path / "link").symlink_to(music)
    seen = walk(str(tmp_path / "link"))
    assert list(seen.files) == ["a.mp3", "b.mp3"]
    assert seen.outside == []


def test_a_link_does_not_rename_what_it_leads_to(music: Path) -> None:
    touch(music / "z/1.mp3")
    (music / "a").symlink_to("z")
    assert list(walk(str(music)).files) == ["z/1.mp3"]


def test_what_cannot_be_looked_at_is_told_once_and_costs_nothing_else(music: Path) -> None:
    touch(music / "a.mp3")
    (music / "dangling.mp3").symlink_to("nowhere")
    (music / "ring.mp3").symlink_to("ring.mp3")
    (music / "not ours").symlink_to("nowhere")
    seen = walk(str(music))
    assert list(seen.files) == ["a.mp3"]
    assert dict(seen.problems) == {
        "dangling.mp3": "No such file or directory",
        "ring.mp3": "Too many levels of symbolic links",
    }


def test_an_unreadable_folder_costs_nothing_else(music: Path) -> None:
    touch(music / "closed/1.mp3")
    touch(music / "open/2.mp3")

    def scandir(path: str) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return os.scandir(path)

    seen = walk(str(music), scandir=scandir)
    assert list(seen.files) == ["open/2.mp3"]
    assert seen.problems == [("closed", "Permission denied")]
    assert sorted(seen.folders) == ["", "open"]


def test_a_missing_root_is_a_problem_of_its_own(tmp_path: Path) -> None:
    seen = walk(str(tmp_path / "none"))
    assert (seen.files, seen.problems) == ({}, [("", "No such file or directory")])


def test_names_need_not_be_text(music: Path) -> None:
    path = os.fsencode(music) + b"/\xff\xfe\n.mp3"
    Path(os.fsdecode(path)).write_bytes(b"x")
    assert list(walk(str(music)).files) == ["\udcff\udcfe\n.mp3"]


def test_a_folder_is_entered_before_it_is_read(music: Path) -> None:
    touch(music / "a/1.mp3")

    def enter(folder: str) -> None:
        # What is added from now on is the watch's; it must not be missed by both.
        touch(music / folder / "new.mp3")

    assert list(walk(str(music), enter=enter).files) == ["a/1.mp3", "a/new.mp3", "new.mp3"]
