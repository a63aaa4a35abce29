# SPDX-License-Identifier: GPL-3.0-or-later
"""The programme: songs in their order, their ends, the gate, bounds, orders, two threads."""

from collections.abc import Callable
from random import Random
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.gated_buffer import PlayoutOverflowError
from client.radio.programme import MOST_SONGS, Programme, Progress
from client.trimmer import Cuts

FRAME = b"\xff\xfb\x90\x64".ljust(417, b"x")  # 44.1 kHz, 128 kbit/s: 1152 samples


class Calls:
    """Counts how often it is called."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def filled(*songs: tuple[int, bytes], total: int = 1000) -> Programme:
    """With an open gate."""
    programme = Programme(100_000)
    for number, content in songs:
        programme.begin_song(number, Cuts(), total_bytes=total)
        programme.append(content)
    programme.open()
    return programme


def read_all(programme: Programme, size: int = 7) -> tuple[int, bytes, bool]:
    """Number, bytes and whether it was whole, of the next song, which has come to its end."""
    song = programme.next_song()
    assert song is not None
    out = b""
    while piece := programme.read(song, size):
        assert len(piece) <= size
        out += piece
    assert piece == b""
    return song.number, out, song.is_whole


@given(
    songs=st.lists(st.lists(st.binary(min_size=1, max_size=40), max_size=5), max_size=8),
    sizes=st.lists(st.integers(1, 50), min_size=1),
)
def test_what_goes_in_comes_out_song_by_song(songs: list[list[bytes]], sizes: list[int]) -> None:
    programme = Programme(10_000)
    for number, pieces in enumerate(songs, 1):
        programme.begin_song(number, Cuts(), total_bytes=500)
        for piece in pieces:
            programme.append(piece)
    programme.finish()
    for number, pieces in enumerate(songs, 1):
        assert not programme.is_over
        out = read_all(programme, sizes[number % len(sizes)])
        assert out == (number, b"".join(pieces), False)
    assert programme.is_over
    assert programme.next_song() is None
    assert programme.consumed == programme.received
    assert programme.level == 0


def test_a_song_is_over_at_its_total_or_where_the_next_begins() -> None:
    programme = filled((1, bytes(10)), (2, bytes(20)), total=20)
    assert read_all(programme) == (1, bytes(10), False)
    # The second one is whole, whatever comes.
    assert read_all(programme) == (2, bytes(20), True)


def test_where_a_song_was_joined_less_of_it_is_to_come() -> None:
    programme = Programme(1000)
    programme.begin_song(3, Cuts(5, 6), total_bytes=100, joins_at=80)
    programme.append(bytes(20))
    with pytest.raises(ValueError, match="no song"):
        programme.append(b"x")
    programme.open()
    song = programme.next_song()
    assert song is not None
    assert song.is_whole
    assert (song.cuts, song.joins_at) == (Cuts(0, 6), 80)


def test_nothing_is_read_before_the_gate_opens() -> None:
    starved = Calls()
    programme = Programme(100, starved)
    programme.begin_song(1, Cuts(), total_bytes=10)
    programme.append(b"abc")
    assert programme.next_song() is None
    assert starved.count == 0
    programme.open()
    assert read_one(programme) == b"abc"


def read_one(programme: Programme) -> bytes | None:
    song = programme.next_song()
    assert song is not None
    return programme.read(song, 10)


def test_running_empty_in_a_song_or_behind_it_closes_the_gate_once() -> None:
    starved = Calls()
    programme = Programme(100, starved)
    programme.begin_song(1, Cuts(), total_bytes=6)
    programme.append(b"abc")
    programme.open()
    song = programme.next_song()
    assert song is not None
    assert programme.read(song, 10) == b"abc"
    assert programme.read(song, 10) is None
    assert programme.read(song, 10) is None
    assert (starved.count, programme.is_open) == (1, False)
    programme.append(b"def")
    assert programme.read(song, 10) is None
    programme.open()
    assert programme.read(song, 10) == b"def"
    assert programme.read(song, 10) == b""
    assert (starved.count, programme.is_open) == (1, True)
    assert programme.next_song() is None
    assert programme.next_song() is None
    assert (starved.count, programme.is_open) == (2, False)


def test_a_skip_is_known_although_the_gate_is_closed() -> None:
    programme = filled((1, b"abc"))
    song = programme.next_song()
    assert song is not None
    assert programme.read(song, 10) == b"abc"
    assert programme.read(song, 10) is None
    wake = Calls()
    programme.on_change(wake)
    programme.begin_song(2, Cuts(), total_bytes=5)
    assert wake.count == 2
    assert programme.read(song, 10) == b""


def test_an_abort_drops_everything_and_reads_as_the_end() -> None:
    programme = filled((1, b"abc"))
    song = programme.next_song()
    assert song is not None
    programme.abort()
    assert programme.read(song, 10) == b""
    assert programme.next_song() is None
    assert programme.is_over
    programme.begin_song(2, Cuts(), total_bytes=5)
    programme.append(b"abc")
    assert (programme.level, programme.songs()) == (0, ())


def test_its_bounds() -> None:
    programme = Programme(4)
    with pytest.raises(ValueError, match="no song"):
        programme.append(b"a")
    programme.begin_song(0, Cuts(), total_bytes=100)
    programme.append(b"abc")
    with pytest.raises(PlayoutOverflowError, match="5 bytes for a programme of 4"):
        programme.append(b"de")
    for number in range(1, MOST_SONGS):
        programme.begin_song(number, Cuts(), total_bytes=1)
    with pytest.raises(PlayoutOverflowError, match="64 songs"):
        programme.begin_song(MOST_SONGS, Cuts(), total_bytes=1)
    programme.finish()
    with pytest.raises(ValueError, match="end of the station"):
        programme.begin_song(1, Cuts(), total_bytes=1)


def test_it_tells_how_long_it_will_sound_and_how_far_each_song_is() -> None:
    programme = filled((1, FRAME * 4), (2, FRAME * 2), total=9999)
    assert programme.seconds == pytest.approx(6 * 1152 / 44100)
    song = programme.next_song()
    assert song is not None
    assert programme.read(song, 417) == FRAME
    assert programme.seconds == pytest.approx(5 * 1152 / 44100)
    assert programme.songs() == (Progress(1, 1668, 417), Progress(2, 834, 0))
    assert (programme.received, programme.consumed, programme.level) == (2502, 417, 2085)
    programme.drop(song)
    assert programme.read(song, 10) == b""
    assert programme.next_song() is not song
    assert programme.songs() == (Progress(2, 834, 0),)


def test_bytes_of_a_song_that_was_dropped_count_as_taken() -> None:
    programme = filled((1, bytes(10)))
    song = programme.next_song()
    assert song is not None
    programme.drop(song)
    programme.append(bytes(5))
    assert (programme.received, programme.consumed, programme.level) == (15, 15, 0)


@pytest.mark.parametrize(
    ("stretches", "thrown"), [([3], 3), ([3, 3], 6), ([3, 3, 4], 6), ([5, 1], 5), ([1] * 9, 5)]
)
def test_the_first_stretches_of_2048_bytes_are_thrown_away_where_it_was_joined(
    stretches: list[int], thrown: int
) -> None:
    programme = Programme(100_000)
    programme.begin_song(1, Cuts(), total_bytes=99_999, joins_at=417)
    for frames in stretches:
        programme.append(FRAME * frames)
    programme.open()
    song = programme.next_song()
    assert song is not None
    assert song.thrown == thrown * 1152


def test_nothing_is_thrown_away_from_the_beginning() -> None:
    programme = filled((1, FRAME), total=9999)
    song = programme.next_song()
    assert song is not None
    assert song.thrown == 0


def test_an_order_takes_the_place_of_the_one_before_and_is_done_once() -> None:
    programme = Programme(10)
    programme.slip(5)
    assert programme.take_slip(again=3) == 0
    assert programme.take_slip(out=2, again=3) == 2
    assert (programme.owed, programme.slipped) == (3, 2)
    programme.slip(-2)
    assert programme.take_slip(out=2, again=1) == -1
    assert programme.take_slip(out=2, again=9) == -1
    assert programme.take_slip(out=2, again=9) == 0
    assert (programme.owed, programme.slipped) == (0, 0)


def test_the_starved_report_may_use_the_programme() -> None:
    reports: list[int] = []
    ways: list[Callable[[], None]] = []

    def report() -> None:
        reports.append(programme.level)
        ways[0]()

    programme = Programme(100, report)
    ways.append(programme.open)
    programme.open()
    assert programme.next_song() is None
    assert reports == [0]
    assert programme.is_open


def test_two_threads_lose_nothing() -> None:
    dice = Random(5)
    songs = [dice.randbytes(dice.randint(0, 9000)) for _ in range(40)]
    programme = Programme(1 << 20)

    def feed() -> None:
        for number, content in enumerate(songs, 1):
            programme.begin_song(number, Cuts(), total_bytes=len(content) + number % 2)
            for at in range(0, len(content), 997):
                programme.append(content[at : at + 997])
                programme.open()
        programme.finish()

    thread = Thread(target=feed)
    thread.start()
    out: list[bytes] = []
    while not programme.is_over:
        song = programme.next_song()
        if song is None:
            continue
        heard = bytearray()
        while (piece := programme.read(song, 1013)) != b"":
            heard += piece or b""
        out.append(bytes(heard))
    thread.join()
    assert out == songs
