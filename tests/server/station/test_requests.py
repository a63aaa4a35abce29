# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks for a song hears whether and when it comes."""

from hypothesis import given
from hypothesis import strategies as st

from server.station.airing import advance
from server.station.requests import Outcome, Request, queue_times, request
from server.station.schedule import MAX_QUEUE, Schedule, on_air
from tests.server.station.songs import NOW, SECOND, STATION, digest_of, songs

MANY = songs(MAX_QUEUE + 10)


def ask(schedule: Schedule, number: int, now_us: int = NOW) -> tuple[Schedule, Request]:
    return request(schedule, digest_of(number), by="ada", now_us=now_us, songs=MANY)


def test_a_request_says_its_place_and_when_it_comes() -> None:
    schedule, _ = advance(STATION, now_us=NOW, songs=MANY)
    schedule, first = ask(schedule, 4, NOW + 10 * SECOND)
    schedule, second = ask(schedule, 5, NOW + 10 * SECOND)
    assert first == Request(Outcome.REQUESTED, 1, 50 * SECOND)
    assert second == Request(Outcome.REQUESTED, 2, 110 * SECOND)
    assert queue_times(schedule, NOW) == (NOW + 60 * SECOND, NOW + 120 * SECOND)
    assert [(wish.title, wish.by) for wish in schedule.queue] == [
        ("Song 4", "ada"),
        ("Song 5", "ada"),
    ]


def test_before_the_first_song_a_wish_comes_at_once() -> None:
    schedule, answer = ask(STATION, 4)
    assert answer == Request(Outcome.REQUESTED, 1, 0)
    schedule, _ = advance(schedule, now_us=NOW, songs=MANY)
    assert schedule.entries[0].digest == digest_of(4)


def test_a_song_waits_once() -> None:
    schedule, _ = ask(STATION, 4)
    assert ask(schedule, 4) == (schedule, Request(Outcome.ALREADY, 1, 0))


def test_a_song_that_is_fixed_as_the_next_is_not_asked_for_again() -> None:
    schedule, _ = ask(advance(STATION, now_us=NOW, songs=MANY)[0], 4)
    now = NOW + 59 * SECOND
    schedule, _ = advance(schedule, now_us=now, songs=MANY)
    assert schedule.queue == ()
    assert ask(schedule, 4, now)[1] == Request(Outcome.ALREADY, 1, SECOND)
    # Behind it, another one is the second.
    assert ask(schedule, 5, now)[1] == Request(Outcome.REQUESTED, 2, 61 * SECOND)


def test_the_song_that_is_heard_may_be_asked_for_again() -> None:
    schedule, _ = ask(STATION, 4)
    schedule, _ = advance(schedule, now_us=NOW, songs=MANY)
    assert ask(schedule, 4)[1].outcome is Outcome.REQUESTED


def test_a_song_that_nobody_has_is_unknown() -> None:
    assert ask(STATION, 5000) == (STATION, Request(Outcome.UNKNOWN))


def test_the_queue_has_an_end() -> None:
    schedule = STATION
    for number in range(MAX_QUEUE):
        schedule, _ = ask(schedule, number)
    assert ask(schedule, MAX_QUEUE) == (schedule, Request(Outcome.FULL))
    assert ask(schedule, 3)[1].outcome is Outcome.ALREADY


@given(st.lists(st.integers(0, 30), unique=True, max_size=10), st.integers(0, 59 * SECOND))
def test_wishes_are_heard_when_it_was_said(numbers: list[int], later: int) -> None:
    schedule, _ = advance(STATION, now_us=NOW, songs=MANY)
    said: list[tuple[bytes, int]] = []
    for number in numbers:
        schedule, answer = ask(schedule, number, NOW + later)
        said.append((digest_of(number), NOW + later + answer.starts_in_us))
    for digest, begins_us in said:
        schedule, _ = advance(schedule, now_us=begins_us, songs=MANY)
        heard = on_air(schedule, begins_us)
        assert heard is not None
        assert (heard[0].digest, heard[1]) == (digest, 0)
