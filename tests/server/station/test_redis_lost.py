# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a station whose Redis starts again, freezes, or forgets."""

import logging
from pathlib import Path

import gevent
import pytest

from server.station import redis_connection, redis_store
from server.station.codec import encode
from server.station.requests import Outcome
from server.station.schedule import Schedule, on_air
from tests.server.station.carried import Opener, ask, queued, same, step
from tests.server.station.redis_server import RedisServer, until
from tests.server.station.songs import SECOND, digest_of


def test_a_server_that_starts_again_goes_on_in_the_song(redis: RedisServer, opened: Opener) -> None:
    first = opened(redis)
    step(first)
    ask(first, 3)
    before = first.load()
    first.close()
    again = opened(redis)
    assert again.load() == before
    heard = on_air(again.load(), again.now_us())
    assert heard is not None
    assert heard[0] == before.entries[0]


def test_a_redis_that_starts_again_with_its_data(
    kept_redis: RedisServer, opened: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    one, two = opened(kept_redis), opened(kept_redis)
    step(one)
    ask(one, 1)
    until(lambda: same(one, two))
    kept_redis.kill()
    assert ask(one, 2) is Outcome.REQUESTED
    assert ask(two, 3) is Outcome.REQUESTED
    until(lambda: one.is_away and two.is_away)
    kept_redis.start()
    until(lambda: same(one, two) and len(queued(one)) == 3)
    assert queued(one) == {digest_of(1), digest_of(2), digest_of(3)}
    assert one.load() == opened(kept_redis).load()
    until(lambda: not one.is_away and not two.is_away)
    words = [record.getMessage() for record in caplog.records]
    assert sum("is away, going on alone" in line for line in words) == 2
    assert sum("is back" in line for line in words) == 2


def test_a_redis_that_has_forgotten_everything(redis: RedisServer, opened: Opener) -> None:
    one, two = opened(redis), opened(redis)
    step(one)
    ask(one, 1)
    until(lambda: same(one, two))
    before = one.load()
    redis.kill()
    until(lambda: one.is_away and two.is_away)
    ask(two, 2)
    redis.start()
    until(lambda: same(one, two) and len(queued(one)) == 2)
    after = opened(redis).load()
    assert (after.station_id, after.seed, after.entries) == (
        before.station_id,
        before.seed,
        before.entries,
    )


def test_data_that_vanish_under_a_running_redis_are_written_again(
    redis: RedisServer, opened: Opener
) -> None:
    one = opened(redis)
    step(one)
    redis.command("FLUSHALL")
    until(lambda: redis.command("EXISTS", "antiphon:station:one") == "1")
    assert opened(redis).load() == one.load()


def test_apart_both_play_the_same(kept_redis: RedisServer, opened: Opener) -> None:
    one, two = opened(kept_redis), opened(kept_redis)
    step(one)
    ask(one, 5)
    until(lambda: same(one, two))
    kept_redis.kill()
    until(lambda: one.is_away and two.is_away)
    for minute in range(0, 300, 7):
        for store in (one, two):
            step(store, minute * 60 * SECOND)
    assert one.load().entries == two.load().entries
    assert len(one.load().entries) > 20
    kept_redis.start()
    until(lambda: not one.is_away and not two.is_away and same(one, two))
    assert len(one.load().entries) > 20


def test_a_redis_that_is_not_there_yet_is_waited_for(
    kept_redis: RedisServer, opened: Opener
) -> None:
    old = opened(kept_redis)
    step(old)
    old.close()
    kept_redis.kill()
    late = opened(kept_redis)
    assert late.is_away
    assert late.load().station_id != old.load().station_id
    step(late)
    for _ in range(5):
        step(late, 3600 * SECOND)
    ask(late, 9)
    told: list[Schedule] = []
    late.watch(told.append)
    kept_redis.start()
    until(lambda: told)
    # The station that was there is the station; only the wish is taken along.
    assert late.load().station_id == old.load().station_id
    assert late.load().entries == old.load().entries
    assert queued(late) == {digest_of(9)}


def test_an_update_in_the_midst_of_coming_back_is_not_lost(
    redis: RedisServer, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = opened(redis)
    step(one)
    redis.kill()
    until(lambda: one.is_away)

    def encode_while_somebody_asks(schedule: Schedule) -> bytes:
        monkeypatch.undo()
        assert ask(one, 8) is Outcome.REQUESTED
        return encode(schedule)

    monkeypatch.setattr(redis_store, "encode", encode_while_somebody_asks)
    redis.start()
    until(lambda: not one.is_away)
    assert queued(one) == {digest_of(8)}
    assert opened(redis).load() == one.load()


def test_a_frozen_redis_stops_nobody_else(
    redis: RedisServer, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_connection, "TIMEOUT", 0.3)
    one = opened(redis)
    step(one)
    redis.freeze()
    asking = [gevent.spawn(ask, one, number) for number in range(5)]
    others = 0
    while not all(greenlet.dead for greenlet in asking):
        gevent.sleep(0)
        others += 1
    # Had the hub been blocked, it would have turned a few times only.
    assert others > 100
    assert [greenlet.value for greenlet in asking] == [Outcome.REQUESTED] * 5
    assert one.is_away
    assert ask(one, 6) is Outcome.REQUESTED
    redis.thaw()
    until(lambda: not one.is_away)
    assert len(queued(one)) == 6
    assert opened(redis).load() == one.load()


def test_another_reason_why_it_is_away_is_told(
    redis: RedisServer, folder: Path, opened: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    one = opened(redis)
    redis.kill()
    until(lambda: one.is_away)
    guarded = RedisServer(folder, "--requirepass", "open sesame")
    until(lambda: 'reason="Authentication required' in caplog.text)
    guarded.kill()
