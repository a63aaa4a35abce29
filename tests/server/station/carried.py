# SPDX-License-Identifier: GPL-3.0-or-later
"""A station that several stores carry."""

from collections.abc import Callable

from server.station.airing import Advance, advance
from server.station.redis_store import RedisStore
from server.station.requests import Outcome, request
from server.station.schedule import MAX_QUEUE
from server.station.store import Store
from tests.server.station.songs import digest_of, songs

KNOWN = songs(MAX_QUEUE, seconds=600)
Opener = Callable[..., RedisStore]


def step(store: Store, later_us: int = 0) -> Advance:
    return store.update(lambda s: advance(s, now_us=store.now_us() + later_us, songs=KNOWN))


def ask(store: Store, number: int) -> Outcome:
    answer = store.update(
        lambda s: request(s, digest_of(number), by="ada", now_us=store.now_us(), songs=KNOWN)
    )
    return answer.outcome


def queued(store: Store) -> set[bytes]:
    return {wish.digest for wish in store.load().queue}


def same(*stores: Store) -> bool:
    first, *others = (store.load() for store in stores)
    return all(other == first for other in others)
