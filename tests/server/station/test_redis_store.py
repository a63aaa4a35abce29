# SPDX-License-Identifier: GPL-3.0-or-later
"""Several servers carry one station in a real Redis."""

import re
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from server.station import redis_clock
from server.station.airing import Advance
from server.station.errors import StationError
from server.station.redis_store import RedisStore
from server.station.requests import Outcome, request
from server.station.schedule import MAX_QUEUE, Schedule
from server.station.votes import Boundary, Tally, crowd, unvote, vote
from server.station.votes import Outcome as Vote
from tests.server.station.carried import KNOWN, Opener, ask, queued, same, step
from tests.server.station.redis_server import RedisServer, until
from tests.server.station.songs import SECOND, digest_of


def test_two_servers_carry_one_station(redis: RedisServer, opened: Opener) -> None:
    one, two = opened(redis), opened(redis)
    assert same(one, two)
    told: list[Schedule] = []
    two.watch(told.append)
    assert step(one) is Advance.EXTENDED
    assert ask(one, 7) is Outcome.REQUESTED
    until(lambda: queued(two))
    assert same(one, two)
    assert told[-1] == two.load()
    assert ask(two, 7) is Outcome.ALREADY
    assert step(two) is Advance.UNCHANGED


def test_a_skip_is_decided_by_the_listeners_of_both(redis: RedisServer, opened: Opener) -> None:
    one, two = opened(redis), opened(redis)
    step(one)
    now = one.now_us()
    boundary = Boundary(until=1000, lasts_us=300 * SECOND)

    def votes(store: RedisStore, voter: str) -> Tally:
        return store.update(lambda s: vote(s, voter, 1, now_us=now, boundary=boundary))

    assert one.update(lambda s: crowd(s, "one", 2, now_us=now)) == 2
    assert two.update(lambda s: crowd(s, "two", 1, now_us=now)) == 3
    assert votes(one, "a") == Tally(Vote.COUNTED, 1, 2)
    assert votes(two, "b") == Tally(Vote.SKIPPED, 2, 2)
    until(lambda: one.load().entries[0].is_cut)
    assert same(one, two)


def test_what_another_server_takes_back_stays_away(redis: RedisServer, opened: Opener) -> None:
    one, two = opened(redis), opened(redis)
    step(one)
    now = one.now_us()
    one.update(lambda s: crowd(s, "one", 9, now_us=now))
    one.update(lambda s: vote(s, "a", 1, now_us=now, boundary=None))
    one.update(lambda s: vote(s, "b", 1, now_us=now, boundary=None))
    until(lambda: same(one, two))
    assert one.update(lambda s: unvote(s, "a"))
    known = one.load()
    until(lambda: two.load().version >= known.version)
    assert two.load() == opened(redis).load() == known
    assert known.votes == {"b"}


def test_who_changes_it_is_not_told_of_it(redis: RedisServer, opened: Opener) -> None:
    one, two = opened(redis), opened(redis)
    told: list[Schedule] = []
    one.watch(told.append)
    ask(one, 1)
    ask(two, 2)
    until(lambda: len(queued(one)) == 2)
    until(lambda: told)
    assert [len(schedule.queue) for schedule in told] == [2]


def test_two_stations_in_one_redis_are_two(redis: RedisServer, opened: Opener) -> None:
    one, two = opened(redis, "one"), opened(redis, "two")
    assert one.load().station_id != two.load().station_id
    ask(one, 1)
    assert opened(redis, "two").load().queue == ()


def test_who_was_too_slow_begins_again_from_what_the_other_made(
    redis: RedisServer, opened: Opener
) -> None:
    one, two = opened(redis), opened(redis)
    seen: list[int] = []

    def overtaken(schedule: Schedule) -> tuple[Schedule, Outcome]:
        seen.append(len(schedule.queue))
        if len(seen) == 2:  # after a look at the copy, the first time with what Redis holds
            assert ask(two, 2) is Outcome.REQUESTED
        changed, answer = request(schedule, digest_of(1), by="", now_us=one.now_us(), songs=KNOWN)
        return changed, answer.outcome

    assert one.update(overtaken) is Outcome.REQUESTED
    assert seen == [0, 0, 1]
    assert [wish.digest for wish in opened(redis).load().queue] == [digest_of(2), digest_of(1)]


def test_simultaneous_wishes_are_all_kept(redis: RedisServer, opened: Opener) -> None:
    stores = [opened(redis) for _ in range(4)]
    for store in stores:
        step(store)
    asking = [gevent.spawn(ask, stores[number % 4], number) for number in range(0, MAX_QUEUE, 2)]
    gevent.joinall(asking, raise_error=True)
    # The song that is heard may be asked for as well.
    assert {greenlet.value for greenlet in asking} == {Outcome.REQUESTED}
    until(lambda: same(*stores))
    assert queued(stores[0]) == {digest_of(number) for number in range(0, MAX_QUEUE, 2)}


@pytest.mark.parametrize(
    "value",
    [
        ["SET", "antiphon:station:one", "hello"],
        ["HSET", "antiphon:station:one", "schedule", "hello", "tag", "x"],
        ["HSET", "antiphon:station:one", "schedule", '{"format":2}'],
    ],
)
def test_what_is_no_schedule_is_not_written_over(
    redis: RedisServer, opened: Opener, value: list[str]
) -> None:
    redis.command(*value)
    before = redis.command("DUMP", "antiphon:station:one")
    with pytest.raises(StationError, match="cannot keep the station"):
        opened(redis)
    assert redis.command("DUMP", "antiphon:station:one") == before


def test_what_becomes_odd_later_is_left_alone_too(redis: RedisServer, opened: Opener) -> None:
    one = opened(redis)
    redis.command("HSET", "antiphon:station:one", "schedule", "odd", "tag", "odd")
    until(lambda: one.is_away)
    assert step(one) is Advance.EXTENDED
    redis.command("DEL", "antiphon:station:one")
    until(lambda: not one.is_away)
    assert opened(redis).load() == one.load()


@pytest.fixture
def guarded_redis(folder: Path) -> Iterator[RedisServer]:
    """One that lets nobody in without a password."""
    server = RedisServer(folder, "--requirepass", "open sesame")
    yield server
    server.kill()


def test_a_password_is_used_and_not_told(
    guarded_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = guarded_redis
    url = f"{server.url}?password=open%20sesame"
    store = RedisStore(url, "one")
    step(store)
    server.kill()
    until(lambda: store.is_away)
    store.close()
    server.start()
    with pytest.raises(StationError) as refused:
        RedisStore(f"{server.url}?password=open%20barley", "one")
    with pytest.raises(StationError, match="cannot keep the station"):
        RedisStore(server.url, "one")
    assert "sesame" not in caplog.text
    assert "barley" not in f"{caplog.text}{refused.value}"


def test_a_schedule_without_a_tag_is_not_taken_for_none(redis: RedisServer, opened: Opener) -> None:
    one = opened(redis)
    step(one)
    redis.command("HDEL", "antiphon:station:one", "tag")
    two = opened(redis)
    assert two.load() == one.load()
    redis.command("FLUSHALL")
    until(lambda: redis.command("HEXISTS", "antiphon:station:one", "tag") == "1")
    assert opened(redis).load() == one.load()


def test_the_clock_of_redis_is_looked_at_again_and_again(
    redis: RedisServer, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_clock, "TIME_EVERY", 0.0)
    opened(redis)

    def looked() -> int:
        found = re.search(r"cmdstat_time:calls=(\d+)", redis.command("INFO", "commandstats"))
        return int(found[1]) if found else 0

    until(lambda: looked() > 2 * redis_clock.TIME_TRIPS)


def test_a_closed_store_calls_nobody(redis: RedisServer, opened: Opener) -> None:
    one, two = opened(redis), opened(redis)
    told: list[Schedule] = []
    one.watch(told.append)
    one.close()
    ask(two, 1)
    third = opened(redis)
    until(lambda: queued(third))
    assert not told
    assert queued(one) == set()
