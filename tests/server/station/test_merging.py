# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers meet again after a while apart."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from server.station.airing import advance
from server.station.merging import merge
from server.station.requests import request
from server.station.schedule import MAX_QUEUE, Schedule
from server.station.votes import crowd, vote
from tests.server.station.songs import NOW, SECOND, STATION, digest_of, songs

KNOWN = songs(2 * MAX_QUEUE)
HOUR = 3600 * SECOND


def live(schedule: Schedule, minute: int) -> Schedule:
    return advance(schedule, now_us=NOW + minute * 60 * SECOND, songs=KNOWN)[0]


def ask(schedule: Schedule, *numbers: int) -> Schedule:
    for number in numbers:
        digest = digest_of(number)
        # Late enough for none of the songs to be one that is to come anyway.
        schedule, _ = request(schedule, digest, by="ada", now_us=NOW + HOUR, songs=KNOWN)
    return schedule


def waiting(schedule: Schedule) -> list[bytes]:
    return [wish.digest for wish in schedule.queue]


def test_wishes_of_both_wait_the_winners_first() -> None:
    base = ask(live(STATION, 0), 1)
    merged = merge(ask(base, 2), ask(base, 3, 2))
    assert waiting(merged) == [digest_of(1), digest_of(2), digest_of(3)]


def test_a_wish_that_was_fulfilled_meanwhile_does_not_come_back() -> None:
    base = ask(live(STATION, 0), 1)
    winner = live(live(base, 1), 2)
    assert winner.queue == ()
    assert merge(winner, base).queue == ()


def test_a_song_that_both_had_heard_may_be_wished_for_again() -> None:
    base = live(live(ask(live(STATION, 0), 1), 1), 2)
    assert digest_of(1) in {entry.digest for entry in base.entries}
    assert waiting(merge(live(base, 3), ask(base, 1))) == [digest_of(1)]


def test_what_is_on_air_is_the_winners() -> None:
    base = live(STATION, 0)
    winner, loser = live(ask(base, 1), 5), live(ask(base, 2), 9)
    merged = merge(winner, loser)
    assert (merged.entries, merged.version) == (winner.entries, winner.version)


def test_votes_against_the_same_entry_add_up() -> None:
    base, _ = crowd(live(STATION, 0), "here", 9, now_us=NOW)
    one, _ = vote(base, "a", 1, now_us=NOW, boundary=None)
    two, _ = vote(base, "b", 1, now_us=NOW, boundary=None)
    assert merge(one, two).votes == {"a", "b"}
    assert merge(one, replace(two, votes_for=2)).votes == {"a"}
    assert merge(one, replace(two, station_id=bytes(16))).votes == {"a"}


def test_of_a_crowd_the_latest_word_counts() -> None:
    old, _ = crowd(STATION, "a", 1, now_us=NOW)
    new, _ = crowd(STATION, "a", 5, now_us=NOW + SECOND)
    other, _ = crowd(STATION, "b", 3, now_us=NOW)
    assert merge(old, new).crowds == merge(new, old).crowds == new.crowds
    assert [c.listeners for c in merge(other, new).crowds] == [5, 3]


numbers = st.lists(st.integers(0, 2 * MAX_QUEUE - 1), max_size=MAX_QUEUE)


@given(numbers, numbers, st.integers(0, 9), st.integers(0, 9))
def test_no_wish_is_lost_or_doubled(
    ones: list[int], twos: list[int], early: int, late: int
) -> None:
    base = live(STATION, 0)
    winner, loser = live(ask(base, *ones), early), live(ask(base, *twos), late)
    merged = merge(winner, loser)
    known = set(waiting(merged)) | {entry.digest for entry in merged.entries}
    assert set(waiting(winner)) <= set(waiting(merged))
    if len(merged.queue) < MAX_QUEUE:
        assert set(waiting(loser)) <= known
    # Merged with the same again, nothing is new.
    assert merge(merged, loser) == merged
