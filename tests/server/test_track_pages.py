# SPDX-License-Identifier: GPL-3.0-or-later
"""LIST: pages of tracks, and what fits into a message."""

from pathlib import Path

import pytest

from common.constants import MAX_BODY
from control.framing import encode
from control.music_messages import List
from server.config import Limits
from tests.e2e.songs import FRAME, song
from tests.server.fakes import Desk, make_desk

ONE = song(1, 100)
TWO = song(2, 50)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def test_a_page_and_the_next(desk: Desk) -> None:
    first = desk.service.streams.list_tracks(List(0, 1))
    assert [entry.title for entry in first.tracks] == ["One"]
    assert (first.total, first.more) == (2, True)
    second = desk.service.streams.list_tracks(List(1, 1))
    assert [entry.title for entry in second.tracks] == ["Two"]
    assert (second.total, second.more) == (2, False)
    assert desk.service.streams.list_tracks(List(2, 1)).tracks == ()


def test_a_query(desk: Desk) -> None:
    page = desk.service.streams.list_tracks(List(0, 10, "Two"))
    assert [entry.track for entry in page.tracks] == [2]
    assert page.total == 1


def test_the_entry_is_the_track(desk: Desk) -> None:
    desk.tracks.add(song(3, 10), title="T", artist="A", album="B")
    (entry,) = desk.service.streams.list_tracks(List(2, 1)).tracks
    assert (entry.track, entry.title, entry.artist, entry.album) == (3, "T", "A", "B")
    assert entry.duration == 10 * 1152 * 1000 // 44100


def test_scanning_is_told(desk: Desk) -> None:
    desk.tracks.scanning = True
    assert desk.service.streams.list_tracks(List()).scanning


def test_the_page_has_a_limit_of_its_own(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, limits=Limits(page=1))
    page = desk.service.streams.list_tracks(List(0, 65535))
    assert (len(page.tracks), page.more) == (1, True)


@pytest.mark.parametrize("text", ["x" * 255, "é" * 127, "音" * 85, "𝄞" * 63], ids="1234")
def test_the_longest_texts_fit_into_a_message(desk: Desk, text: str) -> None:
    for _ in range(60):
        desk.tracks.add(ONE[: 2 * FRAME], title=text, artist=text, album=text)
    seen: list[int] = []
    after, more = 0, True
    while more:
        page = desk.service.streams.list_tracks(List(after, 65535))
        body = encode(1, page)[8:]
        assert len(body) <= MAX_BODY
        seen += [entry.track for entry in page.tracks]
        after, more = seen[-1], page.more
        # A page is cut no earlier than it has to be.
        assert not more or len(body) + page.tracks[-1].size > MAX_BODY
    assert seen == list(range(1, 63))


@pytest.mark.parametrize(("longer", "fits"), [(0, True), (1, False)])
def test_the_last_byte_of_a_message_is_used(tmp_path: Path, longer: int, fits: bool) -> None:
    desk = make_desk(tmp_path)
    desk.tracks.tracks.clear()
    for _ in range(21):
        desk.tracks.add(TWO, title="x" * 255, artist="x" * 255, album="x" * 255)
    left = MAX_BODY - 7 - 21 * (14 + 3 * 255)
    desk.tracks.add(TWO, title="x" * (left - 14 + longer))
    page = desk.service.streams.list_tracks(List(0, 100))
    assert len(page.tracks) == (22 if fits else 21)
    assert page.more is not fits
