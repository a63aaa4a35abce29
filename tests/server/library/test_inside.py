# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of opening what lies in the folder, and nothing else."""

import os
from pathlib import Path

import pytest

from server.library import inside
from server.library.inside import OutsideError, open_inside, steps


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A folder with a file in it, and one beside it."""
    (tmp_path / "music/in").mkdir(parents=True)
    (tmp_path / "music/in/a").write_bytes(b"ours")
    (tmp_path / "secret").write_bytes(b"theirs")
    return str(tmp_path / "music")


def content(root: str | None, path: str) -> bytes:
    descriptor = open_inside(root, path)
    try:
        return os.read(descriptor, 100)
    finally:
        os.close(descriptor)


def link(root: str, name: str, target: str) -> str:
    Path(root, name).symlink_to(target)
    return f"{root}/{name}"


def test_what_lies_inside_is_opened(root: str) -> None:
    assert content(root, f"{root}/in/a") == b"ours"
    assert content(root, link(root, "b", "in/a")) == b"ours"
    assert content(root, link(root, "c", "in") + "/a") == b"ours"
    assert content(link(root, "root", "."), f"{root}/root/in/a") == b"ours"


@pytest.mark.parametrize("target", ["../secret", "in/../../secret", "/etc/passwd", "..", "/"])
def test_what_leads_out_is_not(root: str, target: str) -> None:
    path = link(root, "b", target)
    with pytest.raises(OutsideError):
        open_inside(root, path)
    os.close(open_inside(None, path))


def test_what_leads_nowhere_is_told_as_ever(root: str) -> None:
    with pytest.raises(FileNotFoundError):
        open_inside(root, f"{root}/none")
    with pytest.raises(FileNotFoundError):
        open_inside(root, link(root, "b", "none"))
    with pytest.raises(OSError, match="Too many levels"):
        open_inside(root, link(root, "ring", "ring"))


def test_no_descriptor_stays_open(root: str) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - paths would be looked up
    content(root, f"{root}/in/a")
    with pytest.raises(OutsideError):
        open_inside(root, link(root, "b", "/"))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - the same


@pytest.mark.parametrize("name", ["in", "in/a"])
def test_a_link_that_is_put_there_meanwhile_is_not_followed(
    root: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = Path(root).parent / "outside"
    outside.mkdir()
    (outside / "a").write_bytes(b"theirs")

    def swapped(top: str, path: str) -> tuple[str, list[str]]:
        """All is well when it is looked at, and a moment later it is not."""
        found = steps(top, path)
        Path(root, name).rename(outside / "old")
        Path(root, name).symlink_to(outside / Path(name).name if "/" in name else outside)
        return found

    monkeypatch.setattr(inside, "steps", swapped)
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        open_inside(root, f"{root}/in/a")
