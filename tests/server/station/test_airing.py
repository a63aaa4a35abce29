# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry after the other, without a gap or an overlap, alike on every server."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.station.airing import (
    CATCH_UP,
    MAX_PASSES,
    PREPARE_US,
    Advance,
    Cut,
    advance,
    choose,
    cut,
)
from server.station.requests import request
from server.station.schedule import HISTORY, Schedule, entry_at_offset, entry_numbered, on_air
from server.station.songs import Song, Songs
from tests.server.station.songs import NOW, SECOND, STATION, digest_of, song, songs

# Catching up is bounded: of songs much shorter than a second it would begin anew.
lengths = st.lists(st.floats(1, 400), min_size=1, max_size=12)


def library(seconds: list[float]) -> Songs:
    return Songs(song(number, length) for number, length in enumerate(seconds))


def at(schedule: Schedule, now_us: int, known: Songs) -> Schedule:
    return advance(schedule, now_us=now_us, songs=known)[0]


def wish(schedule: Schedule, number: int, known: Songs) -> Schedule:
    return request(schedule, digest_of(number), by="ada", now_us=NOW, songs=known)[0]


def check_chain(schedule: Schedule) -> None:
    for one, two in pairwise(schedule.entries):
        assert (two.begins_us, two.offset) == (one.ends_us, one.end_offset)


def test_the_first_song_begins_now_at_the_first_byte() -> None:
    schedule, outcome = advance(STATION, now_us=NOW, songs=songs(3))
    assert outcome is Advance.EXTENDED
    (entry,) = schedule.entries
    assert (entry.number, entry.begins_us, entry.offset) == (1, NOW, 0)
    assert on_air(schedule, NOW + 7) == (entry, 7)


def test_the_next_song_is_fixed_shortly_before_and_not_earlier() -> None:
    known = songs(3)
    first = at(STATION, NOW, known)
    ends = first.entries[0].ends_us
    assert advance(first, now_us=ends - PREPARE_US - 1, songs=known) == (first, Advance.UNCHANGED)
    second = at(first, ends - PREPARE_US, known)
    assert [entry.number for entry in second.entries] == [1, 2]
    check_chain(second)


@given(lengths, st.lists(st.integers(0, 300 * SECOND), max_size=20))
def test_there_is_always_a_song_and_never_two(seconds: list[float], steps: list[int]) -> None:
    known = library(seconds)
    schedule, now = STATION, NOW
    for step in steps:
        now += step
        schedule = at(schedule, now, known)
        check_chain(schedule)
        heard = on_air(schedule, now)
        assert heard is not None
        entry, elapsed = heard
        assert elapsed == now - entry.begins_us
        assert entry_numbered(schedule, entry.number) == entry
        assert entry_at_offset(schedule, entry.end_offset - 1) == entry


@given(st.lists(st.floats(5, 400), min_size=1, max_size=12), st.integers(0, 7200 * SECOND))
def test_it_does_not_matter_when_and_how_often_one_looks(seconds: list[float], later: int) -> None:
    known = library(seconds)
    begun = at(STATION, NOW, known)
    often = begun
    for now in range(NOW, NOW + later, SECOND * 61):
        often = at(often, now, known)
    assert at(begun, NOW + later, known) == at(often, NOW + later, known)


def test_two_servers_that_know_the_same_songs_choose_alike() -> None:
    known, mirrored = songs(40), Songs(reversed([*songs(40)]))
    one = two = STATION
    for minute in range(100):
        one = at(one, NOW + minute * 60 * SECOND, known)
        two = at(two, NOW + minute * 60 * SECOND, mirrored)
    assert one == two
    assert len({entry.digest for entry in one.entries}) > 30


def test_another_station_plays_other_songs() -> None:
    other = replace(STATION, station_id=bytes(16))
    hour = NOW + 3600 * SECOND
    one, two = (at(at(begun, NOW, songs(40)), hour, songs(40)) for begun in (STATION, other))
    assert [e.digest for e in one.entries] != [e.digest for e in two.entries]


@given(st.integers(1, 100), st.integers(0, 50))
def test_a_song_comes_again_only_after_half_of_the_others(count: int, start: int) -> None:
    known = songs(count)
    distance = min(count // 2, 32)
    schedule = at(replace(STATION, station_id=bytes([start]) * 16), NOW, known)
    schedule = at(schedule, NOW + 50 * 60 * SECOND, known)
    played = [entry.digest for entry in schedule.entries]
    for place, digest in enumerate(played):
        assert digest not in played[max(0, place - distance) : place]


def test_a_choice_is_of_those_that_were_not_played() -> None:
    known = songs(4)
    played = frozenset(known.digests[:3])
    assert {choose(bytes(16), n, known, played).digest for n in range(50)} == {known.digests[3]}


def test_every_song_is_played_about_as_often() -> None:
    known = songs(10)
    chosen = [choose(bytes(16), n, known, frozenset()).digest for n in range(2000)]
    assert all(120 < chosen.count(digest) < 280 for digest in known.digests)


def test_wishes_come_first_and_in_their_order() -> None:
    known = songs(20)
    schedule = at(STATION, NOW, known)
    for number in (7, 3, 11):
        schedule = wish(schedule, number, known)
    for minute in range(5):
        schedule = at(schedule, NOW + minute * 60 * SECOND, known)
    wished = [(entry.digest, entry.by) for entry in schedule.entries[1:4]]
    assert wished == [(digest_of(7), "ada"), (digest_of(3), "ada"), (digest_of(11), "ada")]
    assert schedule.entries[4].by == ""
    assert schedule.queue == ()


def test_a_wish_waits_a_while_for_its_song_to_be_found_again() -> None:
    known, fewer = songs(20), songs(5)
    schedule = wish(wish(at(STATION, NOW, known), 9, known), 2, known)
    schedule = at(schedule, NOW + 60 * SECOND, fewer)
    assert schedule.entries[-1].digest == digest_of(2)
    assert [wish.digest for wish in schedule.queue] == [digest_of(9)]
    again = at(schedule, NOW + 120 * SECOND, known)
    assert again.entries[-1].digest == digest_of(9)
    for minute in range(2, 2 + MAX_PASSES):
        schedule = at(schedule, NOW + minute * 60 * SECOND, fewer)
    assert schedule.queue == ()


def test_a_wish_is_not_used_up_while_no_server_runs() -> None:
    known = songs(20)
    schedule = wish(at(STATION, NOW, known), 9, known)
    schedule = at(schedule, NOW + 3600 * SECOND, known)
    heard = on_air(schedule, NOW + 3600 * SECOND)
    assert heard is not None
    assert heard[0].digest == digest_of(9)
    assert len(schedule.entries) > 50


def test_who_slept_too_long_to_catch_up_begins_anew() -> None:
    known = songs(3)
    much_later = NOW + (CATCH_UP + 9) * 60 * SECOND
    schedule = at(at(STATION, NOW, known), much_later, known)
    heard = on_air(schedule, much_later)
    assert heard is not None
    assert heard == (schedule.entries[-1], 0)
    assert schedule.entries[-1].offset == schedule.entries[-2].end_offset


def test_without_songs_there_is_silence_until_there_are_some() -> None:
    known = songs(3)
    assert advance(STATION, now_us=NOW, songs=Songs()) == (STATION, Advance.NOTHING_TO_PLAY)
    schedule = at(STATION, NOW, known)
    ends = schedule.entries[0].ends_us
    schedule, outcome = advance(schedule, now_us=ends + 5, songs=Songs())
    assert outcome is Advance.NOTHING_TO_PLAY
    assert on_air(schedule, ends + 5) is None
    schedule = at(schedule, ends + 9 * SECOND, known)
    assert on_air(schedule, ends + 9 * SECOND) == (schedule.entries[-1], 0)
    assert schedule.entries[-1].offset == schedule.entries[0].end_offset
    assert not schedule.silent


def test_a_thousand_blips_do_not_push_out_what_is_heard() -> None:
    known = songs(50, seconds=0.001)
    schedule = STATION
    for step in range(200):
        schedule = at(schedule, NOW + step * 700, known)
        assert on_air(schedule, NOW + step * 700) is not None
    assert len(schedule.entries) <= HISTORY


def test_a_clock_that_was_set_far_back_does_not_silence_the_station() -> None:
    known = songs(3)
    schedule = at(STATION, NOW, known)
    back = NOW - 3600 * SECOND
    schedule = at(schedule, back, known)
    assert on_air(schedule, back) == (schedule.entries[0], 0)
    assert schedule.entries[0].number == 2


def begun(count: int = 20) -> tuple[Schedule, int]:
    """A schedule whose first song is nearly over and whose second is fixed; and the time."""
    schedule = at(STATION, NOW, songs(count))
    now = schedule.entries[0].ends_us - SECOND
    return at(schedule, now, songs(count)), now


def test_a_cut_moves_what_follows_forward() -> None:
    schedule, now = begun()
    shorter, outcome = cut(schedule, 1, until=1000, lasts_us=59_500_000, now_us=now)
    assert outcome is Cut.CUT
    first, second = shorter.entries
    assert (first.until, first.lasts_us, first.is_cut) == (1000, 59_500_000, True)
    assert (second.begins_us, second.offset) == (NOW + 59_500_000, 1000)
    check_chain(at(shorter, now + 300 * SECOND, songs(20)))


def test_an_entry_that_cannot_be_played_is_cut_to_nothing() -> None:
    schedule, now = begun()
    shorter, outcome = cut(schedule, 2, until=0, lasts_us=0, now_us=now)
    assert outcome is Cut.CUT
    later = at(shorter, now + 2 * SECOND, songs(20))
    heard = on_air(later, schedule.entries[0].ends_us)
    assert heard is not None
    assert heard[0].number == 3
    check_chain(later)


@pytest.mark.parametrize(
    ("number", "until", "lasts_us", "outcome"),
    [
        (1, 10**9, 10**9, Cut.TOO_LATE),
        (3, 0, 0, Cut.UNKNOWN),
        (0, 0, 0, Cut.UNKNOWN),
    ],
)
def test_a_cut_of_nothing_changes_nothing(
    number: int, until: int, lasts_us: int, outcome: Cut
) -> None:
    schedule, now = begun()
    found = cut(schedule, number, until=until, lasts_us=lasts_us, now_us=now)
    assert found == (schedule, outcome)


def test_what_is_over_is_not_cut() -> None:
    schedule, now = begun()
    found = cut(schedule, 1, until=0, lasts_us=0, now_us=now + SECOND)
    assert found == (schedule, Cut.TOO_LATE)


def test_a_song_has_a_title_and_a_real_digest() -> None:
    good: Song = song(1)
    with pytest.raises(ValueError, match="title"):
        replace(good, title="")
    with pytest.raises(ValueError, match="digest"):
        replace(good, digest=b"")
