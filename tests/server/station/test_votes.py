# SPDX-License-Identifier: GPL-3.0-or-later
"""More than half of the listeners end a song; fewer do not."""

from dataclasses import replace

import pytest

from server.station.airing import advance
from server.station.schedule import MAX_CROWDS, MAX_VOTER, MAX_VOTES, Schedule, on_air
from server.station.votes import (
    CROWD_LASTS_US,
    SKIP_AHEAD_US,
    Boundary,
    Outcome,
    Tally,
    crowd,
    listeners,
    needed,
    settle,
    unvote,
    vote,
)
from tests.server.station.songs import NOW, SECOND, STATION, songs

SOON = Boundary(until=200_000, lasts_us=12 * SECOND)
THEN = NOW + 10 * SECOND


def station(*crowds: int) -> Schedule:
    """On air for ten seconds, with so many listeners at its servers."""
    schedule, _ = advance(STATION, now_us=NOW, songs=songs(9))
    for number, count in enumerate(crowds):
        schedule, _ = crowd(schedule, f"server {number}", count, now_us=THEN)
    return schedule


def test_a_majority_over_all_servers_skips() -> None:
    schedule = station(2, 1)
    schedule, tally = vote(schedule, "a", 1, now_us=THEN, boundary=SOON)
    assert tally == Tally(Outcome.COUNTED, 1, 2)
    schedule, tally = vote(schedule, "b", 1, now_us=THEN, boundary=SOON)
    assert tally == Tally(Outcome.SKIPPED, 2, 2)
    (entry,) = schedule.entries
    assert (entry.until, entry.lasts_us) == (SOON.until, SOON.lasts_us)
    schedule, _ = advance(schedule, now_us=NOW + 12 * SECOND, songs=songs(9))
    heard = on_air(schedule, NOW + 12 * SECOND)
    assert heard is not None
    assert (heard[0].number, heard[0].offset, heard[1]) == (2, SOON.until, 0)


def test_half_of_the_listeners_is_no_majority() -> None:
    schedule, tally = vote(station(2), "a", 1, now_us=THEN, boundary=SOON)
    assert tally == Tally(Outcome.COUNTED, 1, 2)
    assert not schedule.entries[0].is_cut


def test_a_lonely_listener_decides() -> None:
    assert vote(station(1), "a", 1, now_us=THEN, boundary=SOON)[1].outcome is Outcome.SKIPPED
    assert vote(station(), "a", 1, now_us=THEN, boundary=SOON)[1].outcome is Outcome.SKIPPED


def test_one_voter_counts_once() -> None:
    schedule, _ = vote(station(3), "a", 1, now_us=THEN, boundary=SOON)
    again = vote(schedule, "a", 1, now_us=THEN, boundary=SOON)
    assert again == (schedule, Tally(Outcome.ALREADY, 1, 2))


class Known(str):
    """A voter's key that was looked at before."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        raise AssertionError(f"{self!r} is looked at again")


def test_a_vote_looks_at_none_of_those_before_it() -> None:
    known = frozenset(Known(number) for number in range(20))
    schedule = replace(station(60), votes_for=1, votes=known)
    schedule, tally = vote(schedule, "a", 1, now_us=THEN, boundary=SOON)
    assert tally == Tally(Outcome.COUNTED, 21, 31)
    assert unvote(schedule, "a")[0].votes == known


@pytest.mark.parametrize("voter", ["a\nb", "a" * (MAX_VOTER + 1)])
def test_a_vote_has_a_key_that_can_be_kept(voter: str) -> None:
    with pytest.raises(ValueError, match="voter"):
        vote(station(3), voter, 1, now_us=THEN, boundary=SOON)


def test_a_vote_can_be_taken_back() -> None:
    schedule, _ = vote(station(3), "a", 1, now_us=THEN, boundary=SOON)
    schedule, had_voted = unvote(schedule, "a")
    assert had_voted
    assert unvote(schedule, "a") == (schedule, False)
    assert vote(schedule, "b", 1, now_us=THEN, boundary=SOON)[1].outcome is Outcome.COUNTED


def test_votes_vanish_with_their_entry() -> None:
    schedule, _ = vote(station(3), "a", 1, now_us=THEN, boundary=SOON)
    now = NOW + 70 * SECOND
    schedule, _ = advance(schedule, now_us=now, songs=songs(9))
    assert (schedule.votes_for, schedule.votes) == (0, frozenset())
    schedule, _ = crowd(schedule, "server 0", 3, now_us=now)
    assert vote(schedule, "b", 2, now_us=now, boundary=SOON)[1].outcome is Outcome.COUNTED


@pytest.mark.parametrize(("number", "now"), [(2, THEN), (0, THEN), (1, NOW + 60 * SECOND)])
def test_only_what_is_heard_can_be_voted_against(number: int, now: int) -> None:
    schedule = station(1)
    found = vote(schedule, "a", number, now_us=now, boundary=SOON)
    assert found == (schedule, Tally(Outcome.NOT_ON_AIR))


@pytest.mark.parametrize(
    "boundary",
    [None, Boundary(until=1, lasts_us=10 * SECOND + SKIP_AHEAD_US - 1), Boundary(10**9, 10**9)],
)
def test_what_others_may_have_sent_is_not_cut(boundary: Boundary | None) -> None:
    schedule, tally = vote(station(1), "a", 1, now_us=THEN, boundary=boundary)
    assert tally == Tally(Outcome.TOO_LATE, 1, 1)
    assert not schedule.entries[0].is_cut


def test_a_song_is_skipped_once() -> None:
    schedule, _ = vote(station(1), "a", 1, now_us=THEN, boundary=SOON)
    sooner = Boundary(until=190_000, lasts_us=11 * SECOND + SECOND // 2)
    voted, tally = vote(schedule, "b", 1, now_us=THEN, boundary=sooner)
    assert tally.outcome is Outcome.SKIPPED
    assert voted.entries == schedule.entries


def test_those_who_leave_may_leave_a_majority_behind() -> None:
    schedule, _ = vote(station(1, 2), "a", 1, now_us=THEN, boundary=SOON)
    assert settle(schedule, now_us=THEN, boundary=SOON)[1].outcome is Outcome.COUNTED
    schedule, total = crowd(schedule, "server 1", 0, now_us=THEN)
    assert total == 1
    assert settle(schedule, now_us=THEN, boundary=SOON)[1].outcome is Outcome.SKIPPED


def test_a_server_that_died_has_no_listeners() -> None:
    schedule = station(2, 1)
    later = THEN + CROWD_LASTS_US
    assert listeners(schedule, later - 1) == 3
    assert listeners(schedule, later) == 0
    schedule, total = crowd(schedule, "server 1", 1, now_us=later)
    assert total == 1
    assert [crowd.server for crowd in schedule.crowds] == ["server 1"]


def test_a_crowd_is_renewed_before_it_expires_and_not_each_time() -> None:
    schedule = station(2)
    assert crowd(schedule, "server 0", 2, now_us=THEN + SECOND) == (schedule, 2)
    renewed, _ = crowd(schedule, "server 0", 2, now_us=THEN + CROWD_LASTS_US // 2 + 1)
    assert listeners(renewed, THEN + CROWD_LASTS_US) == 2


def test_there_are_only_so_many_servers() -> None:
    schedule = STATION
    for number in range(MAX_CROWDS + 3):
        schedule, _ = crowd(schedule, str(number), 1, now_us=NOW + number)
    assert len(schedule.crowds) == MAX_CROWDS
    assert {"0", "1", "2"}.isdisjoint({crowd.server for crowd in schedule.crowds})


def test_so_many_votes_are_enough_for_any_crowd() -> None:
    schedule = station(10 * MAX_VOTES)
    assert needed(schedule, THEN) == MAX_VOTES
