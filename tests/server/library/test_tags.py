# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of tag reading, with tags as taggers and as vandals write them."""

from io import BytesIO
from pathlib import Path

import pytest
from mutagen.apev2 import APEv2

from server.library.tags import Tags, read_tags
from tests.server.library.files import audio, tag_with, write


def test_id3(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", 1, title="T\u0308\n", artist="A", album="L")
    with path.open("rb") as file:
        assert read_tags(file) == Tags("T\u0308", "A", "L")


def test_ape_fills_what_id3_leaves_open(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", 1, title="ID3")
    ape = APEv2()  # type: ignore[no-untyped-call]
    ape["Title"] = "APE"
    ape["Artist"] = ["One", "Two"]
    ape.save(path)
    with path.open("rb") as file:
        assert read_tags(file) == Tags("ID3", "One, Two", "")


def test_no_tags_is_no_problem() -> None:
    assert read_tags(BytesIO(audio(1))) == Tags()


@pytest.mark.parametrize("cut", range(10, 120, 7))
def test_broken_tags_never_raise(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path / "a.mp3", 1)
    tag_with(path, title="title " * 9, artist="artist", album="album")
    whole = path.read_bytes()
    noise = bytes(value ^ 0x5A for value in whole[10:cut])
    for content in (whole[:cut], whole[:10] + noise + whole[cut:]):
        tags = read_tags(BytesIO(content))
        assert len(tags.title.encode()) <= 255


def test_a_problem_is_told() -> None:
    # Version 2.9 of ID3 does not exist.
    assert (
        "2.9 not supported"
        in read_tags(BytesIO(b"ID3\x09\x00\x00\x00\x00\x00\x40" + bytes(64))).problem
    )


def test_a_problem_without_words_is_told_as_well() -> None:
    # As long as a tag can be, and cut short; mutagen raises an error without a text.
    cut = b"ID3\x03\x00\x00\x7f\x7f\x7f\x7f" + bytes(64)
    assert read_tags(BytesIO(cut)).problem == "they are cut short or damaged"
