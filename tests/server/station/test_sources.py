# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths a folder or a playlist stands for, and what is wrong with others."""

import os
from pathlib import Path

import pytest

from server.config import StationPlan
from server.station.sources import Source, SourceError, entries_in


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "music"
    (root / "Jazz" / "Bebop").mkdir(parents=True)
    (root / "list.m3u").write_text("a.mp3\nJazz/b.mp3\n")
    (root / "notes.txt").write_text("a.mp3\n")
    return root


def source(root: Path, what: str, *, follow_links: bool = False) -> Source:
    return Source(root, StationPlan("x", what), follow_links=follow_links)


@pytest.mark.parametrize("what", ["", ".", "./"])
def test_everything(root: Path, what: str) -> None:
    paths = source(root, what).paths
    assert "a.mp3" in paths
    assert "Jazz/Bebop/b.mp3" in paths


@pytest.mark.parametrize("what", ["Jazz", "Jazz/", "./Jazz", "Jazz/Bebop/.."])
def test_a_folder(root: Path, what: str) -> None:
    paths = source(root, what).paths
    assert "Jazz/a.mp3" in paths
    assert "Jazz/Bebop/b.mp3" in paths
    assert "Jazzy/a.mp3" not in paths
    assert "a.mp3" not in paths


def test_a_playlist(root: Path) -> None:
    assert source(root, "list.m3u").paths == {"a.mp3", "Jazz/b.mp3"}


def test_a_playlist_that_changes(root: Path) -> None:
    known = source(root, "list.m3u")
    assert not known.look()
    (root / "list.m3u").write_text("c.mp3\n")
    assert known.look()
    assert known.paths == {"c.mp3"}
    assert not known.look()
    (root / "list.m3u").unlink()
    assert not known.look()
    assert known.problem
    assert known.paths == {"c.mp3"}
    (root / "list.m3u").write_text("dd.mp3\n")
    assert known.look()
    assert not known.problem


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("Rock", "there is no Rock"),
        ("list.m3u8", "there is no list.m3u8"),
        ("notes.txt", "neither a folder nor an .m3u playlist"),
        ("..", "not inside"),
        ("../music/Jazz", "not inside"),
        ("/etc", "not inside"),
        ("out", "not inside"),
    ],
)
def test_what_cannot_be_played(root: Path, tmp_path: Path, what: str, words: str) -> None:
    (root / "out").symlink_to(tmp_path)
    with pytest.raises(SourceError) as error:
        source(root, what)
    assert words in str(error.value)
    assert "--station x=" in str(error.value)


def test_links_are_followed_where_that_is_said(root: Path, tmp_path: Path) -> None:
    (root / "out").symlink_to(tmp_path)
    assert "out/a.mp3" in source(root, "out", follow_links=True).paths


@pytest.mark.parametrize(
    ("content", "paths"),
    [
        (b"", set[str]()),
        (b"#EXTM3U\r\n#EXTINF:1,A\r\na.mp3\r\n\r\n", {"a.mp3"}),
        (b"\xef\xbb\xbfa.mp3", {"a.mp3"}),
        (b"./x/../a.mp3\n../up.mp3\n../../out.mp3", {"Lists/a.mp3", "up.mp3", "../out.mp3"}),
        (b"/etc/passwd\nhttp://radio.example/live\nfile:///a.mp3\n\0.mp3", {"/etc/passwd"}),
        (b"Sub\\a.mp3", {"Lists/Sub\\a.mp3", "Lists/Sub/a.mp3"}),
        ("b\u00e4r.mp3".encode(), {"Lists/b\u00e4r.mp3", "Lists/b\u00c3\u00a4r.mp3"}),
        (b"b\xe4r.mp3", {"Lists/b\u00e4r.mp3", os.fsdecode(b"Lists/b\xe4r.mp3")}),
    ],
)
def test_the_lines_of_a_playlist(content: bytes, paths: set[str]) -> None:
    found = {path for entry in entries_in(content, "Lists") for path in entry}
    assert found == {path if "/" in path or path == "up.mp3" else f"Lists/{path}" for path in paths}


def test_an_entry_is_missing_where_none_of_its_paths_is_there(root: Path) -> None:
    (root / "list.m3u").write_bytes(b"a.mp3\nSub\\b.mp3\nb\xe4r.mp3\nhttp://x/\nc.mp3\n")
    known = source(root, "list.m3u")
    assert known.missing({"Sub/b.mp3", "b\u00e4r.mp3", "c.mp3"}) == ("a.mp3",)
    assert known.missing(()) == ("a.mp3", "Sub\\b.mp3", os.fsdecode(b"b\xe4r.mp3"), "c.mp3")
    assert source(root, "Jazz").missing(()) == source(root, "").missing(()) == ()
