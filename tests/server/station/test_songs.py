# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station knows of a file, and in which order it knows the songs."""

from array import array

import pytest

from data.index import AudioIndex, Extent, Segment
from data.station.stretches import MIN_PLAYING_US
from server.station.songs import Songs, song_of
from tests.server.station.songs import digest_of, song, songs


def index(frames: int, *, delay: int = 0, padding: int = 0, has_gapless: bool) -> AudioIndex:
    return AudioIndex(
        extents=(Extent(0, 0, 400 * frames),),
        segments=(Segment(0, 1152, 44_100),),
        frame_ends=array("I", range(400, 400 * frames + 1, 400)),
        channels=2,
        delay=delay,
        padding=padding,
        has_gapless=has_gapless,
        digest=digest_of(1),
    )


def test_a_song_is_heard_without_what_its_encoder_added() -> None:
    heard = song_of(
        index(100, delay=576, padding=1224, has_gapless=True), title="A", artist="B", album="C"
    )
    whole = song_of(index(100, has_gapless=False), title="A", artist="B", album="C")
    assert abs(whole.playing_us - 100 * 1152 * 1_000_000 / 44_100) <= 1
    assert abs(heard.playing_us - (100 * 1152 - 1800) * 1_000_000 / 44_100) <= 1
    assert (heard.total, heard.delay, heard.padding) == (40_000, 576, 1224)
    assert (heard.title, heard.artist, heard.album) == ("A", "B", "C")


def test_a_song_that_is_all_padding_still_takes_time() -> None:
    nothing = index(1, delay=576, padding=576, has_gapless=True)
    assert song_of(nothing, title="A", artist="", album="").playing_us == MIN_PLAYING_US


def test_songs_are_in_the_order_of_their_audio() -> None:
    known = Songs([song(3), song(1), song(2), song(1)])
    assert len(known) == 3
    assert [one.digest for one in known] == sorted(map(digest_of, (1, 2, 3)))
    assert known.get(digest_of(2)) == known[digest_of(2)] == song(2)
    assert digest_of(4) not in known
    assert known.get(digest_of(4)) is None
    assert not Songs()


@pytest.mark.parametrize("number", range(3))
def test_the_made_up_songs_differ(number: int) -> None:
    assert digest_of(number) in songs(3)
