# SPDX-License-Identifier: GPL-3.0-or-later
"""The recent past of a station, and its many readers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import MAX_PAYLOAD, RING
from common.errors import MisuseError
from data.frames import Deframer
from data.station.ring import MOST_BYTES, Behind, Cursor, Ring
from tests.data.station.station import (
    SESSION,
    STREAM,
    Aired,
    Frame,
    fill,
    frames_of,
    programme,
    stretches_of,
)

AIRED = programme(3, skipped=(2,))  # of 40 bytes: 1000..1160, 1160..1240, 1240..1400
EVERYTHING = 10**9


def filled(aired: list[Aired] = AIRED, *, edge: int = 1000, **bounds: float) -> Ring:
    ring = Ring(edge, seconds=bounds.get("seconds", RING))
    fill(ring, aired)
    return ring


def read(cursor: Cursor, budget: int = EVERYTHING) -> list[Frame]:
    sent = cursor.next_frames(SESSION, STREAM, budget)
    wire = b"".join(header + payload for header, payload in sent)
    return list(Deframer().feed(wire))  # type: ignore[arg-type]  # stations send nothing else


def append(ring: Ring, offset: int, audio: bytes, seconds: float = 0.5) -> None:
    ring.append_stretch(offset, audio, before=bytes(32), signature=bytes(64), seconds=seconds)


class TestReading:
    """What a reader is sent."""

    def test_all_of_it_song_before_its_first_stretch_and_each_stretch_sealed(self) -> None:
        assert read(filled().begin(1000)) == frames_of(AIRED)

    def test_from_the_middle_of_a_song_its_song_first(self) -> None:
        for stretch in stretches_of(AIRED):
            cursor = filled().begin(stretch.offset)
            assert read(cursor) == frames_of(AIRED, begin=stretch.offset)
            assert cursor.next == 1400
            assert cursor.waiting

    def test_a_reader_at_the_edge_waits_for_the_next_stretch(self) -> None:
        ring = filled(AIRED[:1])
        cursor = ring.begin(ring.edge)
        assert cursor.waiting
        assert read(cursor) == []
        ring.append_song(1160, AIRED[1].song.payload())
        assert read(cursor) == []
        fill(ring, AIRED)
        assert read(cursor) == frames_of(AIRED, begin=1160)

    def test_a_reader_that_has_come_to_the_edge_is_not_told_the_song_again(self) -> None:
        ring = Ring(1000)
        ring.append_song(1000, AIRED[0].song.payload())
        cursor, got = ring.begin(1000), list[Frame]()
        for stretch in AIRED[0].stretches:
            append(ring, stretch.offset, stretch.audio)
            got += read(cursor)
        assert [type(frame).__name__ for frame in got] == ["SongFrame", *["Data", "Seal"] * 4]

    @given(st.lists(st.integers(0, 700), min_size=1))
    def test_the_budget_cuts_between_stretches_and_changes_nothing_else(
        self, budgets: list[int]
    ) -> None:
        cursor, got = filled().begin(1000), list[Frame]()
        for budget in budgets:
            sent = read(cursor, budget)
            assert bool(sent) == (budget > 0 and len(got) < len(frames_of(AIRED)))
            got += sent
        assert got + read(cursor) == frames_of(AIRED)

    def test_a_budget_holds_back_what_is_beyond_it(self) -> None:
        # SONG has 20 + 72 bytes, a stretch 20 + 40 + 20 + 96.
        cursor = filled().begin(1000)
        assert len(read(cursor, 92 + 176)) == 3
        assert len(read(cursor, 176)) == 2
        assert len(read(cursor, 177)) == 4

    def test_payloads_are_shared_and_headers_are_each_ones_own(self) -> None:
        ring = filled()
        one = ring.begin(1000).next_frames(1, 2, EVERYTHING)
        two = ring.begin(1000).next_frames(3, 4, EVERYTHING)
        assert all(a.payload is b.payload for a, b in zip(one, two, strict=True))
        assert all(a.header[4:12] == bytes.fromhex("0000000100000002") for a in one)
        assert all(b.header[4:12] == bytes.fromhex("0000000300000004") for b in two)


class TestPlaces:
    """Where a reader may begin."""

    def test_at_stretches_and_at_the_edge(self) -> None:
        ring = filled()
        begins = {stretch.offset for stretch in stretches_of(AIRED)} | {1400}
        for offset in range(990, 1410):
            assert ring.has(offset) == (offset in begins)
        assert (ring.oldest, ring.edge) == (1000, 1400)
        with pytest.raises(Behind):
            ring.begin(999)
        for none in (1001, 1401):
            with pytest.raises(ValueError, match="no stretch"):
                ring.begin(none)

    @pytest.mark.parametrize(
        ("back", "begins"),
        [(0, 1400), (0.1, 1360), (0.5, 1360), (0.6, 1320), (2, 1240), (6, 1000), (60, 1000)],
    )
    def test_some_seconds_behind_the_edge(self, back: float, begins: int) -> None:
        ring = filled()
        cursor = ring.start_near_edge(back)
        assert cursor.next == begins
        assert ring.seconds_from(begins) == (1400 - begins) / 40 * 0.5
        assert read(cursor) == frames_of(AIRED, begin=begins)

    def test_an_empty_ring_has_its_edge(self) -> None:
        ring = Ring(1040)
        assert (ring.oldest, ring.edge, ring.has(1040), ring.has(1000)) == (1040, 1040, True, False)
        cursor = ring.start_near_edge(6)
        assert read(cursor) == []
        fill(ring, AIRED)
        assert read(cursor) == frames_of(AIRED, begin=1040)


class TestForgetting:
    """What is too old goes, and takes slow readers with it."""

    def test_no_more_than_its_seconds(self) -> None:
        ring = Ring(0, seconds=3.0)
        ring.append_song(0, b"song")
        for number in range(20):
            append(ring, number * 10, bytes(10), seconds=0.5)
            assert ring.seconds_from(0) <= 3.0
        assert (ring.oldest, ring.edge) == (140, 200)

    def test_no_more_than_its_bytes_also_where_the_time_is_short(self) -> None:
        ring = Ring(0, most_bytes=5000)
        ring.append_song(0, bytes(66))
        for number in range(100):
            append(ring, number * 1000, bytes(1000), seconds=0.0)
            assert ring.held_bytes <= 5000
        assert ring.oldest == 96_000

    def test_songs_count_too(self) -> None:
        ring = Ring(0, most_bytes=5000)
        for number in range(100):
            ring.append_song(number, bytes(895))
            append(ring, number, b"x")
        assert ring.oldest == 95

    def test_the_bound_holds_the_loudest_music_for_its_time(self) -> None:
        assert RING * 320_000 / 8 + 60 * 96 < MOST_BYTES

    def test_the_newest_stretch_stays_however_large(self) -> None:
        ring = Ring(0, seconds=0.1, most_bytes=10)
        ring.append_song(0, b"song")
        for number in range(3):
            append(ring, number * MAX_PAYLOAD, bytes(MAX_PAYLOAD))
        assert ring.oldest == 2 * MAX_PAYLOAD

    def test_a_reader_whose_next_stretch_has_left_is_behind(self) -> None:
        ring = Ring(1000, seconds=2.0)
        ring.append_song(1000, AIRED[0].song.payload())
        cursor = ring.begin(1000)
        for number in range(4):
            append(ring, 1000 + number * 40, bytes(40))
        assert len(read(cursor, 1)) == 3
        append(ring, 1160, bytes(40))
        assert cursor.next == ring.oldest == 1040
        assert len(read(cursor, 1)) == 2
        append(ring, 1200, bytes(40))
        append(ring, 1240, bytes(40))
        assert ring.oldest == 1120
        for _ in range(2):
            with pytest.raises(Behind, match="1080"):
                read(cursor)
        assert cursor.next == 1080

    def test_a_slow_reader_costs_the_others_nothing(self) -> None:
        ring = Ring(0, seconds=2.0)
        ring.append_song(0, AIRED[0].song.payload())
        slow, quick = ring.begin(0), ring.begin(0)
        for number in range(50):
            append(ring, number * 40, bytes(40))
            assert len(read(quick)) == (3 if number == 0 else 2)
        with pytest.raises(Behind):
            read(slow)


class TestMisuse:
    """A ring has no gaps."""

    def test_what_does_not_follow_is_refused(self) -> None:
        ring = Ring(1000)
        with pytest.raises(MisuseError):
            append(ring, 1000, b"no song")
        with pytest.raises(MisuseError):
            ring.append_song(1001, b"song")
        ring.append_song(990, b"song")
        for offset in (999, 1001):
            with pytest.raises(MisuseError):
                append(ring, offset, b"x")
        append(ring, 1000, b"x")
        for offset in (1000, 1002):
            with pytest.raises(MisuseError):
                ring.append_song(offset, b"song")

    def test_what_fits_into_no_frame_is_refused(self) -> None:
        ring = Ring(0)
        ring.append_song(0, b"song")
        for audio in (b"", bytes(MAX_PAYLOAD + 1)):
            with pytest.raises(MisuseError):
                append(ring, 0, audio)
        with pytest.raises(MisuseError):
            ring.append_stretch(0, b"x", before=b"", signature=bytes(64), seconds=0.5)
